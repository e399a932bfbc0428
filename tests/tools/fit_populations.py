#!/usr/bin/env python3
"""fit_populations.py FILE.h5: statistics of the images' own maps of a layer's units.

FILE.h5 comes from `rfmap estimate --keep-maps`. Per layer, the median over its units of: the median side of
the own maps (px, at the file's threshold), the standard deviation of the logarithm of that side, the standard
deviation of the logarithm of the maps' peaks, and the standard deviation of their centroids along an axis (px).
tests/populations.h holds what this prints for AlexNet.
"""

import sys

import h5py
import numpy


def unit_row(sizes, centroids, maps):
    drops = maps.reshape(len(maps), -1).max(axis=1)
    sound = (sizes > 0) & (drops > 0)
    jitter = numpy.sqrt(centroids[sound].var(axis=0, ddof=1).mean())
    return (numpy.median(sizes[sound]), numpy.log(sizes[sound]).std(ddof=1),
            numpy.log(drops[sound]).std(ddof=1), jitter)


def main(path):
    print(f"{'layer':10} {'units':>5} {'side':>7} {'spread':>7} {'peaks':>7} {'jitter':>7}")
    with h5py.File(path) as file:
        for name, layer in file["layers"].items():
            rows = [unit_row(layer["rank_size"][u], layer["rank_centroid"][u], layer["discrepancy"][u])
                    for u in range(len(layer["unit"]))]
            side, spread, peaks, jitter = numpy.nanmedian(rows, axis=0)
            print(f"{name:10} {len(rows):5} {side:7.1f} {spread:7.2f} {peaks:7.2f} {jitter:7.1f}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    main(sys.argv[1])
