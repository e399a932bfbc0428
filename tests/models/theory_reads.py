"""Checks `rfmap theory` against ONNX Runtime: which pixels change which outputs.

Small networks of one channel with positive weights and average pooling get one image for each
pixel, 1 there and 0 elsewhere. A position's theoretical field, clipped, must be the hull of the
pixels whose image changes it: convolution, pooling, SAME, ceil mode, dilation, transposed
convolution, every kind of resize and of padding, crops, skip connections.

    theory_reads.py --rfmap build/bin/rfmap --work WORK
"""

import argparse
import itertools
import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SIDES = (9, 7)


def ones(name, *shape):
    return numpy_helper.from_array(np.ones(shape, np.float32), name)


def numbers(name, values, kind=np.float32):
    return numpy_helper.from_array(np.array(values, kind), name)


def network(nodes, constants=(), opset=19):
    """A model from x to y with free batch; its nodes are named by their output."""
    for node in nodes:
        node.name = node.output[0]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 1, *SIDES])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["M", 1, "h", "w"])
    graph = helper.make_graph(nodes, "g", [x], [y], list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    return model


def one(op, inputs, constants=(), opset=19, **attributes):
    return network([helper.make_node(op, inputs.split(" "), ["y"], **attributes)], constants, opset)


def window_cases():
    kernel = ones("w", 1, 1, 3, 2)
    yield "conv_pads", one("Conv", "x w", [kernel], pads=[0, 1, 2, 0], strides=[2, 1])
    yield "conv_dilated", one("Conv", "x w", [kernel], dilations=[3, 2], pads=[2, 1, 1, 1])
    for mode in ("SAME_UPPER", "SAME_LOWER"):
        yield f"conv_{mode}", one("Conv", "x w", [kernel], auto_pad=mode, strides=[2, 3])
    yield "pool_ceil", one("AveragePool", "x", kernel_shape=[3, 2], strides=[2, 3], ceil_mode=1)
    yield "pool_plain", one("AveragePool", "x", kernel_shape=[2, 3], strides=[2, 2])


def transposed_cases():
    for k, s, p, more in ((2, 2, 0, 0), (3, 2, 1, 1), (4, 2, 1, 0), (5, 3, 2, 1), (3, 1, 1, 0)):
        yield f"transposed_{k}{s}{p}{more}", one(
            "ConvTranspose", "x w", [ones("w", 1, 1, k, k)], strides=[s, s], pads=[p] * 4,
            output_padding=[more] * 2)
    kernel = ones("w", 1, 1, 4, 3)
    for mode in ("SAME_UPPER", "SAME_LOWER"):
        yield f"transposed_{mode}", one("ConvTranspose", "x w", [kernel], strides=[3, 2], auto_pad=mode)
    yield "transposed_shape", one("ConvTranspose", "x w", [kernel], strides=[2, 2],
                                  output_shape=[18, 14])
    yield "transposed_dilated", one("ConvTranspose", "x w", [kernel], strides=[3, 2],
                                    dilations=[2, 3], pads=[2, 1, 0, 4])
    yield "transposed_cut", one("ConvTranspose", "x w", [kernel], strides=[2, 3],
                                pads=[5, 4, 3, 6])


COORDINATES = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
               "asymmetric")
NEAREST = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


def resize_cases():
    factors = {"up": (2, 3), "odd": (1.5, 2.5), "down": (0.5, 0.6)}
    for (name, factor), coordinates in itertools.product(factors.items(), COORDINATES):
        scales = numbers("s", [1, 1, *factor])
        for mode in ("linear", "cubic"):
            yield f"{mode}_{coordinates}_{name}", one(
                "Resize", "x  s", [scales], mode=mode, coordinate_transformation_mode=coordinates)
        for nearest in NEAREST:
            yield f"nearest_{nearest}_{coordinates}_{name}", one(
                "Resize", "x  s", [scales], mode="nearest", nearest_mode=nearest,
                coordinate_transformation_mode=coordinates)
    sizes = numbers("n", [1, 1, 20, 5], np.int64)
    yield "resize_to_size", one("Resize", "x   n", [sizes], mode="linear")
    yield "resize_antialias", one("Resize", "x  s", [numbers("s", [1, 1, 0.5, 0.4])], mode="linear",
                                  antialias=1)
    region = numbers("r", [0, 0, 0.1, -0.2, 1, 1, 0.9, 1.1])
    for mode in ("nearest", "linear", "cubic"):
        yield f"{mode}_region", one(
            "Resize", "x r s", [region, numbers("s", [1, 1, 1.5, 2])], mode=mode,
            coordinate_transformation_mode="tf_crop_and_resize")
    yield "upsample_9", one("Upsample", "x s", [numbers("s", [1, 1, 2, 3])], 9, mode="nearest")
    yield "resize_10", one("Resize", "x s", [numbers("s", [1, 1, 2, 2])], 10, mode="nearest")


def pad_cases():
    for mode, around in itertools.product(("constant", "reflect", "edge", "wrap"),
                                          ([2, 1, 3, 4], [-2, 3, 1, -1])):
        pads = numbers("p", [0, 0, *around[:2], 0, 0, *around[2:]], np.int64)
        yield f"pad_{mode}_{around[0]}", network([
            helper.make_node("Pad", ["x", "p"], ["a"], mode=mode),
            helper.make_node("Conv", ["a", "w"], ["y"])], [pads, ones("w", 1, 1, 3, 2)])


def structure_cases():
    node = helper.make_node
    w = ones("w", 1, 1, 3, 3)
    ends = [numbers("b", [1, 2], np.int64), numbers("e", [8, 6], np.int64),
            numbers("a", [2, 3], np.int64)]
    yield "crop", network([node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
                           node("Slice", ["c", "b", "e", "a"], ["y"])], [w, *ends])
    yield "skip", network([
        node("AveragePool", ["x"], ["p"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4),
        node("Conv", ["p", "w"], ["d"], pads=[1] * 4),
        node("ConvTranspose", ["d", "v"], ["u"], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Concat", ["u", "x"], ["c"], axis=1),
        node("Conv", ["c", "k"], ["y"], pads=[1] * 4)],
        [w, ones("v", 1, 1, 3, 3), ones("k", 1, 2, 3, 3)])
    yield "unaligned", network([
        node("AveragePool", ["x"], ["p"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
        node("Conv", ["x", "w"], ["c"], strides=[2, 2], pads=[1] * 4),
        node("Add", ["p", "c"], ["s"]), node("Elu", ["s"], ["e"]),
        node("Conv", ["e", "w"], ["y"], pads=[1] * 4)], [w])


def moved_hulls(model):
    """Per output position [h, w]: (first row, first column, last row, last column), -1: none."""
    height, width = SIDES
    pictures = np.eye(height * width, dtype=np.float32).reshape(-1, 1, height, width)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    # One image per run: resizes have factors for a batch of 1.
    moved = np.stack([session.run(["y"], {"x": p[None]})[0][0, 0] for p in pictures])
    moved = np.abs(moved - session.run(["y"], {"x": 0 * pictures[:1]})[0][0, 0]) > 1e-6
    moved = moved.reshape(height, width, *moved.shape[1:])
    hulls = np.full((*moved.shape[2:], 4), -1)
    for y, x in np.ndindex(moved.shape[2:]):
        rows, columns = np.nonzero(moved[:, :, y, x])
        if rows.size:
            hulls[y, x] = rows.min(), columns.min(), rows.max(), columns.max()
    return hulls


def theory_hulls(answer):
    (layer,) = answer["layers"]
    rows, columns = layer["boxes_clipped"]["y"], layer["boxes_clipped"]["x"]
    hulls = np.full((len(rows), len(columns), 4), -1)
    for y, x in np.ndindex(hulls.shape[:2]):
        if rows[y] and columns[x]:
            hulls[y, x] = rows[y][0], columns[x][0], rows[y][1], columns[x][1]
    return hulls


def neuron_hull(answer):
    y0, x0, y1, x1 = answer["neurons"][0]["box_clipped"]
    return np.array([y0, x0, y1 - 1, x1 - 1])


def check(name, model, options):
    """The fault of this case, or None."""
    onnx.checker.check_model(model)
    path = options.work / f"{name}.onnx"
    onnx.save(model, path)
    wanted = moved_hulls(model)
    middle = (wanted.shape[0] // 2, wanted.shape[1] // 3)
    run = subprocess.run(
        [options.rfmap, "theory", "--model", path, "--layers", "y", "--positions", "--format",
         "json", "--neuron", f"y:{middle[0]}:{middle[1]}"], capture_output=True, text=True)
    if run.returncode:
        return run.stderr.strip()
    answer = json.loads(run.stdout)
    got = theory_hulls(answer)
    if got.shape != wanted.shape:
        return f"theory has a map of {got.shape[:2]}, ONNX Runtime of {wanted.shape[:2]}"
    if (neuron_hull(answer) != wanted[middle]).any():
        return f"the neuron at {middle} sees {neuron_hull(answer)}, not {wanted[middle]}"
    if (got == wanted).all():
        return None
    y, x = np.argwhere((got != wanted).any(axis=-1))[0]
    return f"position {y}, {x} sees {got[y, x]}, not {wanted[y, x]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rfmap", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    cases = list(itertools.chain(window_cases(), transposed_cases(), resize_cases(),
                                 pad_cases(), structure_cases()))
    wrong = 0
    for name, model in cases:
        problem = check(name, model, options)
        if problem:
            wrong += 1
            print(f"{name}: {problem}")
    print(f"{len(cases)} networks, {wrong} of them wrong")
    return 1 if wrong or len(cases) < 110 else 0


if __name__ == "__main__":
    sys.exit(main())
