#!/usr/bin/env python3
"""Trains leafnet without labels: whitening and spherical k-means, layer after layer.

After Coates and Ng, "Learning feature representations with k-means" (2012). Needs numpy, Pillow and
onnx, and the photographs of scikit-image; takes one core some minutes; the seed is fixed.
"""

import argparse
import pathlib
import sys

import numpy as np

import dead_leaves
import network
import photographs

SEED = 20150  # not the demo's seed, so that the crops differ; the photographs are the same
CROPS, LEAVES = 450, 150  # training images of either kind
PATCHES = 120_000  # per layer
ROUNDS = 60  # rounds of k-means
VARIANCE = (0.985, 0.90, 0.85)  # share of variance kept by the whitening of each layer
FIRING = (0.15, 0.12, 0.10)  # share of the positions at which a unit is above zero


def training_inputs(place):
    """List of [3, y, x] network inputs: crops of the photographs at `place`, then dead leaves."""
    found = photographs.read_photographs(place) if place and place.exists() else {}
    if not found:
        sys.exit("train_network: no photographs: install scikit-image or give --photos WHEEL")
    side = 2 * network.SIDE
    images = [image for _, image in photographs.crops(found, CROPS, side, SEED)]
    images += [dead_leaves.dead_leaves(side, [SEED, i]) for i in range(LEAVES)]
    images = [image.reduce(2) for image in images]
    pixels = np.concatenate([np.asarray(image, np.float64).reshape(-1, 3) for image in images])
    print(f"{len(images)} images, mean {pixels.mean(0).round(1)}, std {pixels.std(0).round(1)} "
          f"(used: {network.MEAN}, {network.STD})", flush=True)
    return [network.preprocess(image) for image in images]


def sample_patches(maps, stage, rng):
    """[PATCHES, values] at random positions, an equal number from each image's maps."""
    each = PATCHES // len(maps)
    rows = []
    for image_maps in maps:
        found = network.patches(image_maps, stage.kernel, stage.stride)
        found = found.reshape(-1, found.shape[-1])
        rows.append(found[rng.integers(0, len(found), each)])
    return np.concatenate(rows).astype(np.float64)


def without_flat(rows, share=0.5):
    """The rows with the largest variance: flat sky and wall would only add noise."""
    spread = rows.std(axis=1)
    return rows[spread >= np.quantile(spread, 1 - share)]


def whitening(rows, variance):
    """(mean, matrix [values, kept]): principal components with a share `variance` of the total
    variance, scaled.

    The smallest kept ones are damped: otherwise noise at their scale would be amplified.
    """
    mean = rows.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(rows - mean, rowvar=False))
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(values) / values.sum(), variance)) + 1
    damped = values[:kept] + values[kept - 1]
    return mean, vectors[:, :kept] / np.sqrt(damped)


def spherical_kmeans(rows, count, rng):
    """[count, values] unit centroids of rows normalised to unit length (gain-shape k-means)."""
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    centroids = rows[rng.choice(len(rows), count, replace=False)]
    for _ in range(ROUNDS):
        similar = rows @ centroids.T
        nearest = np.abs(similar).argmax(axis=1)
        gain = similar[np.arange(len(rows)), nearest]
        sums = np.zeros_like(centroids)
        np.add.at(sums, nearest, rows * gain[:, None])
        empty = np.bincount(nearest, minlength=count) == 0
        sums[empty] = rows[rng.choice(len(rows), int(empty.sum()), replace=False)]
        centroids = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return centroids


def rectify(rows, weight, firing):
    """(weight, bias): unit standard deviation of every response, above zero at a `firing` share of
    rows."""
    response = rows @ weight.T
    spread = response.std(axis=0)
    return weight / spread[:, None], -np.quantile(response / spread, 1 - firing, axis=0)


def train_layer(maps, index, rng):
    """(weight [channel, in, ky, kx], bias [channel]) in float32 from a layer's inputs."""
    stage = network.STAGES[index]
    rows = sample_patches(maps, stage, rng)
    textured = without_flat(rows)
    if index == 0:  # brightness carries no structure; subtracting the mean is linear and folded below
        textured = textured - textured.mean(axis=1, keepdims=True)
        textured /= textured.std(axis=1, keepdims=True)
    mean, whiten = whitening(textured, VARIANCE[index])
    centroids = spherical_kmeans((textured - mean) @ whiten, stage.channels, rng)
    weight = centroids @ whiten.T
    if index == 0:
        weight -= weight.mean(axis=1, keepdims=True)
    weight, bias = rectify(rows, weight, FIRING[index])
    print(f"conv{index + 1}: {whiten.shape[1]} of {whiten.shape[0]} dimensions kept", flush=True)
    shape = (stage.channels, len(maps[0]), stage.kernel, stage.kernel)
    return weight.reshape(shape).astype(np.float32), bias.astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="ONNX file to write")
    parser.add_argument("--photos", type=pathlib.Path, help="wheel or folder (default: installed)")
    arguments = parser.parse_args()
    rng = np.random.default_rng(SEED)
    maps = training_inputs(arguments.photos or photographs.installed_folder())
    layers = []
    for index, stage in enumerate(network.STAGES):
        weight, bias = train_layer(maps, index, rng)
        layers.append((weight, bias))
        maps = [network.pool(np.maximum(network.convolve(m, weight, bias, stage.stride), 0))
                for m in maps]
    arguments.output.write_bytes(network.make_onnx(layers).SerializeToString())


if __name__ == "__main__":
    main()
