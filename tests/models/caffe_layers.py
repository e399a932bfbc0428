"""Checks layers of Caffe and its forks against OpenCV's DNN module, and against their formulas.

Each network is written with random weights, run by the dump tool, and compared: every blob that
OpenCV (or, where OpenCV has no such layer, the formula below) knows must agree within 1e-4.

    caffe_layers.py --dump build/tests/dump_activations --work WORK --engine reference
"""

import argparse
import pathlib
import shlex
import shutil
import subprocess
import sys

import numpy as np

import caffe_reference
import compare

GENERATOR = np.random.default_rng(5)


def varint(number):
    """NUMBER as protobuf's variable-length integer."""
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, payload):
    """A length-delimited protobuf field."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def blob(values):
    """A BlobProto: shape and data."""
    extents = field(1, b"".join(varint(n) for n in values.shape))
    return field(7, extents) + field(5, values.astype("<f4").tobytes())


def caffemodel(weights):
    """Weights {layer: (type, arrays)} as the bytes of a caffemodel."""
    return b"".join(
        field(100, field(1, name.encode()) + field(2, kind.encode())
              + b"".join(field(7, blob(v)) for v in arrays))
        for name, (kind, arrays) in weights.items())


def draw(*shape):
    """Random weights."""
    return GENERATOR.standard_normal(shape).astype(np.float32) * 0.4


def convolution(name, bottom, num_output, inputs, kernel, settings=""):
    """(text, weights) of a convolution."""
    text = (f'layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}"\n'
            f'  convolution_param {{ num_output: {num_output} kernel_size: {kernel} {settings} }} '
            '}\n')
    return text, {name: ("Convolution", [draw(num_output, inputs, kernel, kernel),
                                         draw(num_output)])}


def layer(name, kind, bottoms, settings=""):
    """The text of a layer."""
    reads = " ".join(f'bottom: "{b}"' for b in bottoms)
    return f'layer {{ name: "{name}" type: "{kind}" {reads} top: "{name}" {settings} }}\n'


def network(sides, after, weights=(), channels=6):
    """Input, a convolution `a` of CHANNELS channels, and the layers AFTER it."""
    head = ('layer { name: "data" type: "Input" top: "data"\n'
            f'  input_param {{ shape {{ dim: 1 dim: 3 dim: {sides[0]} dim: {sides[1]} }} }} }}\n')
    text, first = convolution("a", "data", channels, 3, 3, "pad: 1")
    return head + text + after, {**first, **dict(weights)}


def gate():
    """The text and weights of a number per channel `g`, as a matrix [1, 6]."""
    text, weights = convolution("c", "p", 6, 6, 1)
    pooled = layer("p", "Pooling", ["a"], "pooling_param { pool: AVE global_pooling: true }")
    return pooled + text + layer("s", "Sigmoid", ["c"]) + layer("g", "Flatten", ["s"]), weights


def reorg(values, stride):
    """Darknet's reorg_cpu, index by index."""
    channels, height, width = values.shape
    flat, out = values.ravel(), np.empty(values.size, np.float32)
    wide, deep = width * stride, channels // stride**2
    for c, y, x in np.ndindex(channels, height, width):
        part, from_c = divmod(c, deep)
        row, column = y * stride + part // stride, x * stride + part % stride
        out[x + width * (y + height * c)] = flat[column + wide * (row + height * stride * from_c)]
    return out.reshape(channels * stride**2, height // stride, width // stride)


FUNCTIONS = (
    ("AbsVal", "", np.abs),
    ("ELU", "elu_param { alpha: 0.5 }", lambda a: np.where(a > 0, a, 0.5 * np.expm1(a))),
    ("BNLL", "", lambda a: np.log1p(np.exp(a))),
    ("Power", "power_param { power: 2 scale: 0.5 shift: 1 }", lambda a: (0.5 * a + 1)**2),
    ("Power", "power_param { scale: 0.5 shift: 3 }", lambda a: 0.5 * a + 3),
    ("Exp", "", np.exp),
    ("Exp", "exp_param { base: 2 scale: 0.5 shift: 1 }", lambda a: 2**(0.5 * a + 1)),
    ("ReLU6", "", lambda a: np.clip(a, 0, 6)),
    ("Swish", "swish_param { beta: 1.5 }", lambda a: a / (1 + np.exp(-1.5 * a))),
    ("Mish", "", lambda a: a * np.tanh(np.log1p(np.exp(a)))),
    ("HardSwish", "", lambda a: a * np.clip(a + 3, 0, 6) / 6),
    ("Threshold", "threshold_param { threshold: 0.25 }", lambda a: a > 0.25),
)


def functions():
    """Networks of one function of `a` each, with its formula; logarithms of numbers above 0."""
    for i, (kind, settings, function) in enumerate(FUNCTIONS):
        yield (f"{kind.lower()}_{i}", network((6, 7), layer("y", kind, ["a"], settings)),
               lambda blobs, function=function: function(blobs["a"]))
    positive = layer("e", "Exp", ["a"])
    for i, settings in enumerate(("", "log_param { base: 10 scale: 2 shift: 1 }")):
        after = positive + layer("y", "Log", ["e"], settings)
        yield f"log_{i}", network((6, 7), after), (
            lambda blobs, i=i: np.log10(2 * np.exp(blobs["a"]) + 1) if i else blobs["a"])
def interpolated(values, sides):
    """VALUES [..., h, w] at SIDES positions, linear between the corners."""
    for axis, side in zip((-2, -1), sides):
        n = values.shape[axis]
        places = np.linspace(0, n - 1, side)
        values = np.apply_along_axis(lambda line: np.interp(places, np.arange(n), line), axis,
                                     values)
    return values


def deconvolved(values, weights, bias, stride, dilation, pad):
    """A transposed convolution by scattering; weights [in, out, k, k]."""
    k, (_, _, h, w) = weights.shape[-1], values.shape
    reach = dilation * (k - 1) + 1
    out = np.zeros((len(values), weights.shape[1], (h - 1) * stride + reach,
                    (w - 1) * stride + reach))
    for y, x, ky, kx in np.ndindex(h, w, k, k):
        out[:, :, y * stride + ky * dilation, x * stride + kx * dilation] += (
            values[:, :, y, x] @ weights[:, :, ky, kx])
    cut = slice(pad, -pad or None)
    return out[:, :, cut, cut] + bias[:, None, None]


def stretching_networks():
    """Yields as networks() does: transposed convolutions and resized maps."""
    for name, kernel, groups, settings in (("plain", 4, 1, "stride: 2 pad: 1"),
                                           ("groups", 3, 3, "stride: 3"),
                                           ("depthwise", 4, 6, "stride: 2 pad: 1")):
        weights = {"y": ("Deconvolution", [draw(6, 6 // groups, kernel, kernel), draw(6)])}
        yield f"deconvolution_{name}", network((5, 6), layer(
            "y", "Deconvolution", ["a"], f"convolution_param {{ num_output: 6 group: {groups} "
            f"kernel_size: {kernel} {settings} }}"), weights), None
    kernel, bias = draw(6, 4, 3, 3), draw(4)
    dilated = ("convolution_param { num_output: 4 kernel_size: 3 stride: 2 dilation: 2 pad: 3 }")
    yield "deconvolution_dilated", network((5, 6), layer("y", "Deconvolution", ["a"], dilated),
                                           {"y": ("Deconvolution", [kernel, bias])}), (
        lambda blobs: deconvolved(blobs["a"], kernel, bias, 2, 2, 3))
    for name, settings, sides in (("size", "height: 9 width: 4", (9, 4)),
                                  ("zoom", "zoom_factor: 2", (9, 11))):
        yield f"interp_{name}", network((5, 6), layer("y", "Interp", ["a"],
                                                      f"interp_param {{ {settings} }}")), (
            lambda blobs, sides=sides: interpolated(blobs["a"], sides))
    yield "upsample", network((5, 6), layer("y", "Upsample", ["a"],
                                            "upsample_param { scale: 2 }")), (
        lambda blobs: blobs["a"].repeat(2, axis=2).repeat(2, axis=3))


def networks():
    """Yields (name, (text, weights), formula or None): FORMULA maps OpenCV's blobs to `y`."""
    depthwise = {"y": ("", [draw(6, 1, 3, 3)])}
    settings = ("convolution_param { num_output: 6 kernel_size: 3 pad: 1 stride: 2 "
                "bias_term: false }")
    yield "depthwise", network((9, 8), layer("y", "ConvolutionDepthwise", ["a"], settings),
                               depthwise), None
    yield "shuffle", network((5, 4), layer("y", "ShuffleChannel", ["a"],
                                           "shuffle_channel_param { group: 3 }")), None
    for size in (1, 3, 5):
        lrn = f"lrn_param {{ norm_region: WITHIN_CHANNEL local_size: {size} alpha: 2 beta: 0.75 }}"
        yield f"lrn_{size}", network((7, 8), layer("y", "LRN", ["a"], lrn)), None
    for kernel, stride in ((1, 2), (2, 3)):
        pool = f"pooling_param {{ pool: MAX kernel_size: {kernel} stride: {stride} }}"
        yield f"pool_{kernel}", network((6, 9), layer("y", "Pooling", ["a"], pool)), None
    text, weights = gate()
    product = layer("y", "Scale", ["a", "g"], "scale_param { axis: 0 }")
    yield "scale", network((6, 7), text + product, weights), None
    yield "axpy", network((6, 7), text + layer("y", "Axpy", ["g", "a", "a"]), weights), (
        lambda blobs: blobs["g"][..., None, None] * blobs["a"] + blobs["a"])
    spread = draw(6) + 2
    norm = "norm_param { across_spatial: false channel_shared: false }"
    yield "normalize", network((5, 6), layer("y", "Normalize", ["a"], norm),
                               {"y": ("Normalize", [spread])}), (
        lambda blobs: blobs["a"] / np.sqrt((blobs["a"]**2).sum(1, keepdims=True) + 1e-10)
        * spread[:, None, None])
    norm = "norm_param { across_spatial: true }"
    yield "normalize_map", network((5, 6), layer("y", "Normalize", ["a"], norm),
                                   {"y": ("Normalize", [spread[:1]])}), (
        lambda blobs: blobs["a"] * spread[0]
        / np.sqrt((blobs["a"]**2).sum((1, 2, 3), keepdims=True) + 1e-10))
    for across, axes in (("false", (2, 3)), ("true", (1, 2, 3))):
        mvn = f"mvn_param {{ across_channels: {across} eps: 0.1 }}"
        yield f"mvn_{across}", network((5, 6), layer("y", "MVN", ["a"], mvn)), (
            lambda blobs, axes=axes: (blobs["a"] - blobs["a"].mean(axes, keepdims=True))
            / (blobs["a"].std(axes, keepdims=True) + 0.1))
    yield "mvn_mean", network((5, 6), layer("y", "MVN", ["a"],
                                            "mvn_param { normalize_variance: false }")), (
        lambda blobs: blobs["a"] - blobs["a"].mean((2, 3), keepdims=True))
    yield "reorg", network((4, 6), layer("y", "Reorg", ["a"], "reorg_param { stride: 2 }"),
                           channels=8), lambda blobs: np.stack([reorg(v, 2) for v in blobs["a"]])
    yield from functions()
    yield from stretching_networks()


def prepare(folder, text, weights):
    """Writes the files of a network; returns the prototxt's path."""
    folder.mkdir(parents=True)
    (folder / "net.prototxt").write_text(text)
    (folder / "net.caffemodel").write_bytes(caffemodel(weights))
    return folder / "net.prototxt"


def dump(tool, engine, prototxt, images):
    """The tensors that the dump tool writes for a network."""
    folder = prototxt.parent
    np.save(folder / "in.npy", images)
    command = [*tool, str(prototxt), "--weights", str(prototxt.with_suffix(".caffemodel")),
               "--input", str(folder / "in.npy"), "--engine", engine, "--threads", "1",
               "--out", str(folder / "dump")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise compare.DumpError(f"the tool exited with {done.returncode}: {done.stderr[-500:]}")
    return compare.read_dump(folder / "dump")


def expected_blobs(prototxt, images, formula):
    """Blobs by OpenCV, and `y` by its formula if there is one."""
    if formula is None:
        return caffe_reference.run(prototxt, prototxt.with_suffix(".caffemodel"), images)
    text = prototxt.read_text()
    before = prototxt.with_name("before.prototxt")
    before.write_text(text[:text.index('layer { name: "y"')])
    blobs = caffe_reference.run(before, prototxt.with_suffix(".caffemodel"), images)
    return {**blobs, "y": formula(blobs).astype(np.float32)}


def main():
    """Runs all networks; the exit code is 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True, help="the dump tool, with its leading options")
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--engine", required=True)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    failed = 0
    for name, (text, weights), formula in networks():
        prototxt = prepare(options.work / name, text, weights)
        sides = caffe_reference.input_extents(prototxt)
        images = GENERATOR.standard_normal((2, *sides)).astype(np.float32)
        try:
            expected = expected_blobs(prototxt, images, formula)
            tensors = dump(shlex.split(options.dump), options.engine, prototxt, images)
            result = compare.compare(tensors, {"y": expected["y"]}, ["y"], min_share=1)
            problems = result.problems
        except compare.DumpError as error:
            problems = [str(error)]
        print(f"{name}: {'; '.join(problems) if problems else 'agrees'}")
        failed += bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
