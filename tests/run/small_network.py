"""A small network as an ONNX file, written with only the standard library.

conv1 (3 x 3, padding 1) - relu1 - pool1 (max 2 x 2 / 2) - conv2 (3 x 3) - relu2, weights drawn from
a seed. Field numbers are those of onnx.proto.
"""

import random
import struct


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def chunk(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name, shape, values):
    """TensorProto of float32."""
    raw = struct.pack(f"<{len(values)}f", *values)
    dims = b"".join(number(1, n) for n in shape)
    return dims + number(2, 1) + chunk(8, name) + chunk(9, raw)


def attribute(name, ints):
    """AttributeProto of a list of integers."""
    return chunk(1, name) + b"".join(number(8, n) for n in ints) + number(20, 7)


def on_axis(axis):
    """AttributeProto of an operation along one axis."""
    return chunk(1, "axis") + number(3, axis) + number(20, 2)


def node(operation, inputs, output, attributes=(), more=b"", others=()):
    """NodeProto; its name is its output's. MORE: an attribute as bytes; OTHERS: further outputs."""
    return (
        b"".join(chunk(1, i) for i in inputs)
        + b"".join(chunk(2, o) for o in (output, *others))
        + chunk(3, output)
        + chunk(4, operation)
        + b"".join(chunk(5, attribute(name, ints)) for name, ints in attributes)
        + (chunk(5, more) if more else b"")
    )


def value(name, shape):
    """ValueInfoProto of a float32 tensor."""
    dims = b"".join(chunk(1, number(1, n)) for n in shape)
    return chunk(1, name) + chunk(2, chunk(1, number(1, 1) + chunk(2, dims)))


def model_file(nodes, initializers, given, made):
    """ModelProto of operator set 13."""
    graph = (
        b"".join(chunk(1, n) for n in nodes)
        + chunk(2, "small")
        + b"".join(chunk(5, t) for t in initializers)
        + chunk(11, given)
        + chunk(12, made)
    )
    return number(1, 8) + chunk(7, graph) + chunk(8, number(2, 13))


def weights(draw, name, out, channels, mirrored=False):
    """Weights and bias of a 3 x 3 convolution; every unit is active for some image. MIRRORED: its
    rows run from right to left."""
    count = out * channels * 9
    spread = (channels * 9) ** -0.5
    values = [draw.gauss(0, spread) for _ in range(count)]
    if mirrored:
        values = [values[i - i % 3 + 2 - i % 3] for i in range(count)]
    return [
        tensor(name + ".w", (out, channels, 3, 3), values),
        tensor(name + ".b", (out,), [0.1] * out),
    ]


def gate(draw, channels):
    """Squeeze-and-excitation of pool1: its nodes, its initializers, and what conv2 reads."""
    mixing = [draw.gauss(0, channels**-0.5) for _ in range(channels * channels)]
    nodes = [
        node("GlobalAveragePool", ("pool1",), "squeeze"),
        node("Conv", ("squeeze", "excite.w"), "excite", [("kernel_shape", (1, 1))]),
        node("Sigmoid", ("excite",), "factor"),
        node("Mul", ("pool1", "factor"), "gated"),
    ]
    return nodes, [tensor("excite.w", (channels, channels, 1, 1), mixing)], "gated"


def small_network(channels=3, side=32, units=(4, 5), gated=False, pool=2, mirrored=False):
    """The file's bytes. GATED: pool1 is scaled by squeeze-and-excitation before conv2. POOL: side
    of its windows, which overlap at 3 (SIDE odd). MIRRORED: kernels flipped along x."""
    draw = random.Random(1)
    first, second = units
    inner = (side - pool) // 2 + 1 - 2
    initializers = weights(draw, "conv1", first, channels, mirrored)
    initializers += weights(draw, "conv2", second, first, mirrored)
    pad = ("pads", (1, 1, 1, 1))
    kernel3, kernel2 = ("kernel_shape", (3, 3)), ("kernel_shape", (pool, pool))
    inner_nodes, more, second_input = gate(draw, first) if gated else ([], [], "pool1")
    initializers += more
    nodes = [
        node("Conv", ("data", "conv1.w", "conv1.b"), "conv1", [kernel3, pad]),
        node("Relu", ("conv1",), "relu1"),
        node("MaxPool", ("relu1",), "pool1", [kernel2, ("strides", (2, 2))]),
        *inner_nodes,
        node("Conv", (second_input, "conv2.w", "conv2.b"), "conv2", [kernel3]),
        node("Relu", ("conv2",), "relu2"),
    ]
    return model_file(nodes, initializers, value("data", (1, channels, side, side)),
                      value("relu2", (1, second, inner, inner)))


def swapped_network(channels=3, side=32, units=4):
    """conv1 - relu1, whose lower half of rows then comes before the upper one: swapped - conv2."""
    draw = random.Random(1)
    initializers = weights(draw, "conv1", units, channels) + weights(draw, "conv2", units, units)
    window = [("kernel_shape", (3, 3)), ("pads", (1, 1, 1, 1))]
    nodes = [
        node("Conv", ("data", "conv1.w", "conv1.b"), "conv1", window),
        node("Relu", ("conv1",), "relu1"),
        node("Split", ("relu1",), "upper", more=on_axis(2), others=("lower",)),
        node("Concat", ("lower", "upper"), "swapped", more=on_axis(2)),
        node("Conv", ("swapped", "conv2.w", "conv2.b"), "conv2", window),
    ]
    return model_file(nodes, initializers, value("data", (1, channels, side, side)),
                      value("conv2", (1, units, side, side)))
