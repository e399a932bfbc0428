"""Quantised networks: the values are those of a float twin with the dequantised weights, whose
activations are clipped where 8-bit numbers saturate."""

import dataclasses

import numpy as np
import onnx
from onnx import numpy_helper

from cases.build import floats, graph, node

MICROSOFT = "com.microsoft"
SCALE = {"x": 0.02, "c": 0.03, "y": 0.04}
ZERO = {"x": 120, "c": 0, "y": 131}  # c begins at zero: its saturation is a ReLU


def typed(name, values, kind):
    """An initialiser NAME of the numpy type KIND."""
    return numpy_helper.from_array(np.asarray(values, kind), name)


def activation(name):
    """Scale and zero point of the activation NAME, and the bounds of its values."""
    low, high = ((n - ZERO[name]) * SCALE[name] for n in (0, 255))
    return [floats(f"{name}.s", SCALE[name]), typed(f"{name}.z", ZERO[name], np.uint8),
            floats(f"{name}.low", low), floats(f"{name}.high", high)]


def numbers(name, *extents):
    """8-bit weights NAME, the same at every call."""
    count = int(np.prod(extents))
    values = (np.arange(count) * 37 % 251 - 125).reshape(extents)
    return typed(name, values, np.int8)


def clip(name, source, target):
    """A Clip to the bounds of the activation NAME."""
    return node("Clip", f"{source} {name}.low {name}.high", target)


def case(name, nodes, twin, tensors, opset=13, domains=(), **options):
    """A case from quantised NODES and the nodes of its float TWIN."""
    tensors = [*tensors, *activation("x"), *activation("c"), *activation("y")]
    model = graph(f"quantised_{name}", nodes, tensors, opset, domains=domains, **options)
    other = graph("twin", twin, tensors, opset, **options)
    return dataclasses.replace(model, twin=other.model)


KERNEL, SCALES = numbers("k", 6, 4, 3, 3), np.linspace(0.002, 0.004, 6).astype(np.float32)
ZEROS = np.array([0, 1, -2, 3, 0, 5], np.int8)
BIAS = typed("b", [400, -300, 200, 100, -900, 0], np.int32)
WEIGHTS = [KERNEL, floats("k.s", SCALES), typed("k.z", ZEROS, np.int8), BIAS,
           floats("b.s", SCALES * np.float32(SCALE["x"])),
           typed("b.z", np.zeros(6), np.int32)]
DEQUANTISED = [node("DequantizeLinear", "k k.s k.z", "kf", axis=0),
               node("DequantizeLinear", "b b.s b.z", "bf", axis=0)]
ROWS = [numbers("w", 6, 5), floats("w.s", np.linspace(0.002, 0.004, 5)),
        typed("w.z", [0, 1, -2, 3, 0], np.int8), floats("w.one", np.ones(5))]


def pair(name, source, target):
    """QuantizeLinear and DequantizeLinear with the scale of the activation NAME."""
    return [node("QuantizeLinear", f"{source} {name}.s {name}.z", f"{target}.q"),
            node("DequantizeLinear", f"{target}.q {name}.s {name}.z", target)]


def around_floats():
    """Pairs around float operations (QDQ)."""
    conv = node("Conv", "xd kf bf", "c", pads=[1, 1, 1, 1])
    twin = [*DEQUANTISED, clip("x", "x", "xd"), conv, clip("c", "c", "cd")]
    quantised = [*DEQUANTISED, *pair("x", "x", "xd"), conv, *pair("c", "c", "cd")]
    pool = node("MaxPool", "cd", "p", kernel_shape=[2, 2])
    return [
        case("qdq_conv", [*quantised, node("Sigmoid", "cd", "y")],
             [*twin, node("Sigmoid", "cd", "y")], WEIGHTS),
        case("qdq_pool", [*quantised, pool, *pair("c", "p", "pd"), node("Tanh", "pd", "y")],
             [*twin, pool, node("Tanh", "p", "y")], WEIGHTS),
        case("qdq_pool_of_numbers",
             [*quantised[:-1], node("MaxPool", "cd.q", "p", kernel_shape=[2, 2]),
              node("DequantizeLinear", "p c.s c.z", "pd"), node("Tanh", "pd", "y")],
             [*twin, pool, node("Tanh", "p", "y")], WEIGHTS),
        case("qdq_weight_of_floats",
             [node("QuantizeLinear", "f k.s k.z", "fq", axis=0),
              node("DequantizeLinear", "fq k.s k.z", "kf", axis=0), node("Conv", "x kf", "y")],
             [node("QuantizeLinear", "f k.s k.z", "fq", axis=0),
              node("DequantizeLinear", "fq k.s k.z", "kf", axis=0), node("Conv", "x kf", "y")],
             [floats("f", np.sin(np.arange(216)).reshape(6, 4, 3, 3)), *WEIGHTS[1:3]]),
    ]


def operators():
    """Operations on quantised numbers (QLinearConv and its like)."""
    first = node("QuantizeLinear", "x x.s x.z", "xq")
    conv = node("QLinearConv", "xq x.s x.z k k.s k.z c.s c.z b", "cq", pads=[1, 1, 1, 1])
    last = node("DequantizeLinear", "yq y.s y.z", "y")
    twin = [*DEQUANTISED, clip("x", "x", "xd"),
            node("Conv", "xd kf bf", "c", pads=[1, 1, 1, 1]), clip("c", "c", "cd")]

    def own(kind, inputs, **attributes):
        return node(kind, inputs, "yq", domain=MICROSOFT, **attributes)

    def after(name, quantised, float_nodes, tensors=(), **options):
        return case(name, [first, conv, *quantised, last],
                    [*twin, *float_nodes, clip("y", "f", "y")], [*WEIGHTS, *tensors],
                    domains=(MICROSOFT,), **options)

    def single(name, kind, float_kind, **attributes):
        return after(name, [own(kind, "cq c.s c.z y.s y.z", **attributes)],
                     [node(float_kind, "cd", "f", **attributes)])

    pooled = [node("QLinearGlobalAveragePool", "cq c.s c.z c.s c.z", "gq", domain=MICROSOFT),
              node("Flatten", "gq", "fq")]
    mean = [node("GlobalAveragePool", "cd", "g"), clip("c", "g", "gd"), node("Flatten", "gd", "v")]
    rows = node("DequantizeLinear", "w w.s w.z", "wf", axis=1)
    shift = [typed("d", [10, -20, 3000, 0, 7], np.int32),
             floats("d.s", np.linspace(0.002, 0.004, 5).astype(np.float32) * np.float32(0.03)),
             typed("d.z", np.zeros(5), np.int32)]
    return [
        case("conv", [first, conv, node("DequantizeLinear", "cq c.s c.z", "y")],
             [*twin, node("Identity", "cd", "y")], WEIGHTS),
        after("add", [own("QLinearAdd", "cq c.s c.z cq c.s c.z y.s y.z")],
              [node("Add", "cd cd", "f")]),
        after("mul", [own("QLinearMul", "cq c.s c.z m m.s m.z y.s y.z")],
              [node("DequantizeLinear", "m m.s m.z", "md"), node("Mul", "cd md", "f")],
              [typed("m", 80, np.uint8), floats("m.s", 0.01), typed("m.z", 120, np.uint8)]),
        single("leaky_relu", "QLinearLeakyRelu", "LeakyRelu", alpha=0.3),
        single("sigmoid", "QLinearSigmoid", "Sigmoid"),
        single("average_pool", "QLinearAveragePool", "AveragePool", kernel_shape=[2, 2]),
        after("concat", [own("QLinearConcat", "y.s y.z cq c.s c.z xq x.s x.z", axis=1)],
              [node("Concat", "cd xd", "f", axis=1)]),
        after("matmul", [*pooled, node("QLinearMatMul", "fq c.s c.z w w.s w.z y.s y.z", "yq")],
              [*mean, rows, node("MatMul", "v wf", "f")], ROWS),
        after("gemm", [*pooled, own("QGemm", "fq c.s c.z w w.s w.z d y.s y.z")],
              [*mean, rows, node("DequantizeLinear", "d d.s d.z", "df", axis=0),
               node("Gemm", "v wf df", "f")], [*ROWS, *shift]),
    ]


def dynamic():
    """Activations whose scale is computed for each image."""
    ones = floats("k.one", np.ones(6, np.float32))
    zero = typed("k.zero", 3, np.int8)
    whole = node("DequantizeLinear", "k k.unit k.zero", "kf")
    unit, factor = floats("k.unit", 1), floats("k.factor", 0.003)
    conv = [node("DynamicQuantizeLinear", "x", "xq xs xz"),
            node("ConvInteger", "xq k xz k.zero", "n", pads=[1, 1, 1, 1]),
            node("Cast", "n", "nf", to=1), node("Mul", "xs k.factor", "s"),
            node("Mul", "nf s", "y")]
    twin = [whole, node("Conv", "x kf", "c", pads=[1, 1, 1, 1]), node("Mul", "c k.factor", "y")]
    pool = [node("Conv", "x kernel", "c"), node("GlobalAveragePool", "c", "g"),
            node("Flatten", "g", "v")]
    kernel = floats("kernel", np.cos(np.arange(24)).reshape(6, 4, 1, 1))
    rows = node("DequantizeLinear", "w w.one w.z", "wf", axis=1)
    return [
        case("dynamic_conv", conv, twin, [KERNEL, ones, zero, unit, factor]),
        case("dynamic_matmul",
             [*pool, node("DynamicQuantizeLinear", "v", "vq vs vz"),
              node("MatMulInteger", "vq w vz w.z", "n"), node("Cast", "n", "nf", to=1),
              node("Mul", "vs w.s", "s"), node("Mul", "nf s", "y")],
             [*pool, rows, node("MatMul", "v wf", "n"), node("Mul", "n w.s", "y")],
             [*ROWS, kernel]),
    ]


CASES = around_floats() + operators() + dynamic()
