#!/usr/bin/env python3
"""Changes of sizes and maps of small runs with the precision, against the CPU's fp32.

precision.py FOLDER PRECISION...     reads FOLDER/cpu.h5, FOLDER/PRECISION.h5 and FOLDER/again.h5

One row per layer: the mean size, the mean and the largest change of a unit's size, the share of
(unit, image) pairs that rank the same image at the same location, and among those the largest
difference of the maps relative to the layer's largest response. again.h5 repeats the first
precision: its maps must have the same bits, or the exit code is 1. Needs h5py and numpy.
"""

import pathlib
import sys
import warnings

import h5py
import numpy as np


def layer_of(file, name):
    group = file["layers"][name]
    return {key: group[key][:] for key in
            ("size", "top_image", "top_location", "top_activation", "discrepancy")}


def same_pairs(a, b):
    """[unit, rank] pairs with the same image and location in both."""
    return ((a["top_image"] >= 0) & (a["top_image"] == b["top_image"])
            & (a["top_location"] == b["top_location"]).all(axis=2))


def row(name, reference, other):
    moves = np.abs(other["size"] - reference["size"])
    same = same_pairs(reference, other)
    change = np.abs(other["discrepancy"] - reference["discrepancy"])[same]
    largest = np.max(np.abs(reference["top_activation"]))
    return (f"{name:8} {np.nanmean(other['size']):9.3f} {np.nanmean(moves):10.2e} "
            f"{np.nanmax(moves):10.2e} {same.mean():7.3f} "
            f"{(change.max() if change.size else np.nan) / largest:10.2e}")


def same_bits(a, b):
    return all(a[key].tobytes() == b[key].tobytes() for key in a)


def main():
    folder, precisions = pathlib.Path(sys.argv[1]), sys.argv[2:]
    files = {name: h5py.File(folder / f"{name}.h5") for name in ("cpu", *precisions, "again")}
    order = [name.decode() if isinstance(name, bytes) else name
             for name in files["cpu"]["layers"].attrs["order"]]
    warnings.simplefilter("ignore", RuntimeWarning)  # a layer without sizes gives a warning
    for precision in precisions:
        print(f"{precision}\n{'layer':8} {'mean size':>9} {'mean move':>10} {'largest':>10} "
              f"{'same':>7} {'maps':>10}")
        for name in order:
            print(row(name, layer_of(files["cpu"], name), layer_of(files[precision], name)))
    repeated = all(same_bits(layer_of(files[precisions[0]], name), layer_of(files["again"], name))
                   for name in order)
    print(f"repeated with {precisions[0]}: {'the same bits' if repeated else 'OTHER BITS'}")
    return 0 if repeated else 1


if __name__ == "__main__":
    sys.exit(main())
