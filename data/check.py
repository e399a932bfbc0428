#!/usr/bin/env python3
"""Checks the committed files; with --images DIR also that the network's units respond to them.

The hashes need only the standard library, --images also numpy, Pillow, onnx and onnxruntime: it
compares ONNX Runtime with network.py's own arithmetic and counts dead units, those that no image
activates. Exit code 1 if a check fails.
"""

import argparse
import hashlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE / "leafnet.onnx"
MOST_DEAD = 0.02  # share of a layer's units
TOLERANCE = 1e-5  # of the layer's largest value: float32 sums of 800 products in another order


def wrong_hashes():
    """Names of the files whose SHA-256 is not the one in SHA256SUMS."""
    lines = (HERE / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    wrong = []
    for digest, name in (line.split() for line in lines):
        if hashlib.sha256((HERE / name).read_bytes()).hexdigest() != digest:
            wrong.append(name)
    return wrong


def read_layers(model):
    """[(weight, bias)] of conv1, conv2, ... in an ONNX model."""
    from onnx import numpy_helper

    arrays = {a.name: numpy_helper.to_array(a) for a in model.graph.initializer}
    names = sorted(name[:-7] for name in arrays if name.endswith(".weight"))
    return [(arrays[f"{name}.weight"], arrays[f"{name}.bias"]) for name in names]


def open_runtime(model):
    """(`model` in ONNX Runtime on one thread, names of its ReLU outputs)."""
    import onnx
    import onnxruntime

    names = [node.output[0] for node in model.graph.node if node.op_type == "Relu"]
    outputs = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in names]
    model.graph.output.extend(outputs)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    runtime = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    return runtime, names


def read_input(path):
    """[3, y, x] network input of an image file, reduced to the network's side."""
    import network
    from PIL import Image

    with Image.open(path) as image:
        side = (network.SIDE, network.SIDE)
        return network.preprocess(image.convert("RGB").resize(side, Image.Resampling.BOX))


def check_images(paths):
    """Runs the network on every image; returns complaints (none if all is well)."""
    import network
    import numpy as np
    import onnx

    model = onnx.load(MODEL)
    layers = read_layers(model)
    runtime, names = open_runtime(model)
    firing = [[] for _ in names]
    complaints = []
    for index, path in enumerate(paths):
        data = read_input(path)
        got = [maps[0] for maps in runtime.run(names, {"data": data[None]})]
        for layer, maps in enumerate(got):
            firing[layer].append((maps > 0).mean(axis=(1, 2)))
        wanted = network.forward(data, layers)[0] if index < 10 else []
        for name, a, b in zip(names, got, wanted):
            if not np.abs(a - b).max() <= TOLERANCE * b.max():
                complaints.append(f"{path.name}: {name} of ONNX Runtime and of network.py differ")
    for name, shares in zip(names, firing):
        complaints += report(name, np.array(shares))
    return complaints


def report(name, shares):
    """Prints a layer's line from shares [image, unit] of firing positions; returns complaints."""
    dead = float((shares.max(axis=0) == 0).mean())
    print(f"{name}: {shares.shape[1]} units, dead {dead:.1%}, above zero at {shares.mean():.1%} of "
          f"the positions, in {(shares > 0).mean():.1%} of the (image, unit) pairs")
    return [f"{name}: {dead:.1%} of the units are dead"] if dead >= MOST_DEAD else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=pathlib.Path, metavar="DIR", help="folder of PNG images")
    arguments = parser.parse_args()
    complaints = [f"{name}: not the file whose hash SHA256SUMS holds" for name in wrong_hashes()]
    if arguments.images:
        paths = sorted(arguments.images.glob("*.png"))
        complaints += check_images(paths) if paths else [f"{arguments.images}: no PNG images"]
    for complaint in complaints:
        print(f"check: {complaint}", file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
