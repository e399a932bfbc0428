"""Checks `rfmap theory` on random small networks: which pixels change which positions.

For each pixel of an image, ONNX Runtime computes the network with and without a change of that
pixel. Every position of a node's map that changes must have the pixel in its clipped box. In
networks of windows, moves and sums, nearly all boxes must be the hull of the pixels that change
their row or column (but for values that cancel each other and maxima that stay).

    random_fields.py --rfmap build/bin/rfmap --dump build/bin/dump_activations --work WORK
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import onnx

import compare
import ort_reference
import random_layouts
from random_graph import Network
from random_steps import LOCAL_STEPS, grow

LEAST_EXACT = 0.95  # of the boxes of local networks


def run_all(net, path):
    """[pixel y, pixel x, ...] of each tensor: whether a change of that pixel changes the value."""
    session = ort_reference.session(path, threads=1)
    names = [t.name for t in net.tensors]
    image = np.moveaxis(net.input.values[:1], 3, 1) if net.channels_last else net.input.values[:1]
    height, width = image.shape[2:]

    def tensors(picture):
        fed = np.moveaxis(picture, 1, 3) if net.channels_last else picture
        return session.run(names, {net.input.name: np.ascontiguousarray(fed)})

    plain, moved = tensors(image), {name: [] for name in names}
    for y, x in np.ndindex(height, width):
        changed = [np.zeros(p.shape, bool) for p in plain]
        for times in (3, -2):
            picture = image.copy()
            picture[0, :, y, x] += times * (1 + net.random.random(image.shape[1], np.float32))
            for one, values, old in zip(changed, tensors(picture), plain):
                one |= np.abs(values - old) > 1e-5 * max(float(np.abs(old).max()), 1e-3)
        for name, one in zip(names, changed):
            moved[name].append(one)
    return {name: np.stack(m).reshape(height, width, -1) for name, m in moved.items()}


def of_map(entry, changed):
    """[pixel y, pixel x, row, column] for the map of a dumped node; None if no tensor shows it."""
    shape = entry["shape"][1:]
    places = np.arange(np.prod(shape)).reshape(1, *shape)
    orders = [(name, places) for name in entry["tensors"]]
    orders += [(name, compare.in_order(places, order)) for name, order in entry["moved"]]
    for name, order in orders:
        if name in changed and changed[name].shape[2] == order.size:
            inverse = np.argsort(order.ravel())
            found = changed[name][:, :, inverse].reshape(*changed[name].shape[:2], *shape)
            return found.any(axis=2)
    return None


def hulls(changed, axis):
    """[(first, last)] of the pixels that change a row (axis 0) or column (1); None without any."""
    pixels = changed.any(axis=(1 - axis, 3 - axis))  # [pixel, position]
    found = [np.flatnonzero(pixels[:, i]) for i in range(pixels.shape[1])]
    return [(int(f[0]), int(f[-1])) if f.size else None for f in found]


def compare_boxes(name, changed, layer):
    """(faults, exact boxes, boxes) of a layer."""
    faults, exact, total = [], 0, 0
    for axis, letter in enumerate("yx"):
        wanted, boxes = hulls(changed, axis), layer["boxes_clipped"][letter]
        if len(boxes) != len(wanted):
            return [f"{name} has {len(boxes)} boxes along {letter}, not {len(wanted)}"], 0, 0
        for i, (box, hull) in enumerate(zip(boxes, wanted)):
            if hull and not (box and box[0] <= hull[0] and hull[1] <= box[1]):
                faults.append(f"{name} at {letter} = {i} is changed by {hull}, outside {box}")
            if layer["size"][axis] is None:  # not followed: its boxes are an outer bound
                continue
            total += 1
            exact += (tuple(box) if box else None) == hull
    return faults, exact, total


def theory(options, net, folder):
    """Maps the name of a node to its theoretical fields."""
    layout = "nhwc" if net.channels_last else "nchw"
    done = subprocess.run(
        [options.rfmap, "theory", "--model", folder / "model.onnx", "--input-layout", layout,
         "--positions", "--format", "json"], capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr.strip()
    return {layer["node"]: layer for layer in json.loads(done.stdout)["layers"]}, ""


def check(options, net, folder):
    """(faults, exact boxes, boxes)"""
    index = folder / "dump" / "index.json"
    if not index.is_file():
        return [], 0, 0
    layers, problem = theory(options, net, folder)
    if layers is None:
        return [problem], 0, 0
    model = net.model()
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=t.name) for t in net.tensors)
    onnx.save(model, folder / "probe.onnx")
    changed = run_all(net, folder / "probe.onnx")
    faults, exact, total = [], 0, 0
    for entry in json.loads(index.read_text()):
        moved = of_map(entry, changed)
        if moved is None or entry["node"] not in layers:
            continue
        found, good, boxes = compare_boxes(entry["node"], moved, layers[entry["node"]])
        faults, exact, total = faults + found, exact + good, total + boxes
    return faults, exact, total


def single_images(first, count, steps=None):
    """Networks that take one image at a time, or an open batch."""
    seed, found = first, []
    while len(found) < count:
        net = Network(seed)
        seed += 1
        if net.declared != 3:
            found.append(grow(net, 12, steps))
    return found


def check_all(options, networks):
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    random_layouts.run(options, networks)
    failed, exact, total = 0, 0, 0
    for net in networks:
        faults, good, boxes = check(options, net, options.work / net.name)
        failed, exact, total = failed + bool(faults), exact + good, total + boxes
        for fault in faults[:3]:
            print(f"{net.name}: {fault}")
    return failed, exact, total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rfmap", required=True)
    parser.add_argument("--dump", required=True, help="the dump tool")
    parser.add_argument("--engine", default="cpu")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="kept where one failed")
    parser.add_argument("--networks", type=int, default=60, help="of each kind")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first network")
    options = parser.parse_args()
    options.work = options.work.resolve()
    good = True
    for kind, steps, least in (("local", LOCAL_STEPS, LEAST_EXACT), ("any", None, 0)):
        networks = single_images(options.first, options.networks, steps)
        failed, exact, total = check_all(options, networks)
        print(f"{len(networks)} networks of {kind} operations, {failed} of them wrong; "
              f"{exact} of {total} boxes are exact")
        good = good and not failed and total > 0 and exact >= least * total
        if not good:
            return 1
    shutil.rmtree(options.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
