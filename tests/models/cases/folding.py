"""Operations whose inputs are constants: the importer computes them, as ONNX Runtime does."""

import dataclasses

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from cases.build import constant, floats, graph, ints, ir_version, node, weight


def bools(name, values):
    """A boolean initialiser NAME with the given values."""
    return numpy_helper.from_array(np.asarray(values, bool), name)


def typed(name, values, kind):
    """An initialiser NAME of the numpy type KIND."""
    return numpy_helper.from_array(np.asarray(values, kind), name)


def size_of(nodes, tensors, opset, domains):
    """The number of values in the constant tensor `folded` that NODES compute."""
    result = helper.make_tensor_value_info("folded", onnx.TensorProto.FLOAT, None)
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domains]
    model = helper.make_model(helper.make_graph(nodes, "constants", [], [result], list(tensors)),
                              opset_imports=imports, ir_version=ir_version(opset))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    return session.run(["folded"], {})[0].size


def folds(name, nodes, tensors=(), opset=13, domains=()):
    """x + folded, which holds the values and the extents of the constant r that NODES compute."""
    nodes = [*nodes, constant("all", np.array([-1])), node("Cast", "r", "r_float", to=1),
             node("Reshape", "r_float all", "values"), node("Shape", "r", "extents"),
             node("Cast", "extents", "extents_float", to=1),
             node("Concat", "values extents_float", "folded", axis=0)]
    shape = (1, 1, size_of(nodes, tensors, opset, domains))
    return graph(f"fold_{name}", [*nodes, node("Add", "x folded", "y")], tensors, opset=opset,
                 shape=shape, domains=domains)


def one(name, kind, tensors, opset=13, **attributes):
    """The same of one node that reads TENSORS in order; None stands for an omitted input."""
    inputs = " ".join("-" if t is None else t.name for t in tensors)
    present = [t for t in tensors if t is not None]
    return folds(name, [node(kind, inputs, "r", **attributes)], present, opset)


A = weight("a", 2, 3, 4, scale=1)
B = weight("b", 3, 1, scale=1)
POSITIVE = floats("p", np.linspace(0.2, 3, 12).reshape(3, 4))
I = ints("i", np.arange(-6, 6).reshape(3, 4))
J = ints("j", [3, -2, 5, 1])
M = weight("m", 2, 4, 6, 6)
A2 = weight("a2", 3, 5)
TRUTH = bools("t", [[True], [False], [True]])


def pointwise():
    """Element-wise functions, with numpy's broadcasting."""
    plain = [one(f"{kind.lower()}", kind, [A]) for kind in (
        "Abs", "Atan", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "HardSigmoid", "LeakyRelu",
        "Elu", "Neg", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus",
        "Softsign", "Tan", "Tanh")]
    positive = [one(f"{kind.lower()}_positive", kind, [POSITIVE]) for kind in ("Log", "Sqrt")]
    floats_two = [one(f"{kind.lower()}_floats", kind, [A, B]) for kind in (
        "Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum", "Greater", "Less", "PRelu",
        "Equal")]
    integers_two = [one(f"{kind.lower()}_integers", kind, [I, J]) for kind in (
        "Add", "Sub", "Mul", "Div", "Max", "Min", "Mod", "Greater", "Less", "Equal",
        "GreaterOrEqual", "LessOrEqual")]
    other = bools("u", [True, False, False])
    return [
        *plain, *positive, *floats_two, *integers_two,
        one("sign_integers", "Sign", [I]),
        one("hardswish", "HardSwish", [A], opset=14),
        one("mish", "Mish", [A], opset=18),
        one("gelu", "Gelu", [A], opset=20),
        one("gelu_tanh", "Gelu", [A], opset=20, approximate="tanh"),
        one("sum_three", "Sum", [A, B, floats("c", [1, 2, 3, 4])]),
        one("min_three", "Min", [A, B, floats("c", 0.1)]),
        one("clip", "Clip", [A, floats("lo", -0.5), floats("hi", 0.4)]),
        one("clip_high", "Clip", [A, None, floats("hi", 0.4)]),
        one("clip_6", "Clip", [A], opset=7, min=-0.3, max=0.6),
        one("mod_fmod", "Mod", [A, B], fmod=1),
        one("pow", "Pow", [POSITIVE, floats("e", [0.5, 2, -1, 3])]),
        one("pow_integer_exponent", "Pow", [A, ints("e", 2)]),
        one("pow_integers", "Pow", [I, ints("e", [0, 1, 2, 3])]),
        one("and", "And", [TRUTH, other]),
        one("or", "Or", [TRUTH, other]),
        one("xor", "Xor", [TRUTH, other]),
        one("not", "Not", [TRUTH]),
        one("where", "Where", [TRUTH, A, floats("c", [9, 8, 7, 6])]),
        one("where_integers", "Where", [TRUTH, I, ints("c", 7)]),
        one("cast_to_integers", "Cast", [floats("f", [1.7, -1.7, 0.2, 300])], to=7),
        one("cast_to_bytes", "Cast", [ints("n", [255, 256, 300, -1])], to=2),
        one("cast_to_signed_bytes", "Cast", [ints("n", [127, 128, 300, -1])], to=3),
        one("cast_to_bool", "Cast", [floats("f", [0, 0.5, -2])], to=9),
        one("castlike", "CastLike", [A, ints("n", 1)], opset=15),
    ]


def reductions():
    """Sums, means, extrema, cumulative sums and softmax over axes."""
    kinds = ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
             "ReduceSumSquare", "ReduceLogSumExp")
    logarithm = floats("q", np.linspace(0.5, 2, 24).reshape(2, 3, 4))
    axes = ints("axes", [0, -1])
    return [
        *[one(f"{kind.lower()}", kind, [A], axes=[0, -1], keepdims=0) for kind in kinds],
        *[one(f"{kind.lower()}_all", kind, [A], keepdims=1) for kind in kinds],
        *[one(f"{kind.lower()}_18", kind, [A, axes], opset=18) for kind in kinds],
        one("reducelogsum", "ReduceLogSum", [logarithm], axes=[1]),
        one("reducesum_13", "ReduceSum", [A, axes]),
        one("reducesum_11", "ReduceSum", [A], opset=11, axes=[1]),
        one("reducesum_noop", "ReduceSum", [A], noop_with_empty_axes=1),
        one("reducemax_integers", "ReduceMax", [I], axes=[1]),
        one("reduceprod_integers", "ReduceProd", [J], keepdims=0),
        one("argmax", "ArgMax", [A], axis=2),
        one("argmin", "ArgMin", [A], axis=0, keepdims=0),
        one("argmax_last", "ArgMax", [ints("tie", [1, 5, 5, 2])], axis=0, select_last_index=1),
        one("cumsum", "CumSum", [A, ints("axis", 1)], opset=14),
        one("cumsum_exclusive", "CumSum", [A, ints("axis", -1)], opset=14, exclusive=1),
        one("cumsum_reverse", "CumSum", [I, ints("axis", 1)], opset=14, reverse=1),
        one("cumsum_both", "CumSum", [I, ints("axis", 0)], opset=14, reverse=1, exclusive=1),
        one("softmax", "Softmax", [A], axis=1),
        one("softmax_11", "Softmax", [A], opset=11, axis=1),
        one("logsoftmax", "LogSoftmax", [A], axis=-1),
    ]


def moves():
    """Operations that move, repeat or cut values."""
    pads, steps = ints("pads", [0, 1, 2, 1, 0, 1]), ints("n", [1, 2, 3])
    image = weight("image", 1, 8, 2, 3, scale=1)
    return [
        one("expand", "Expand", [B, ints("n", [2, 1, 4])]),
        one("expand_kept", "Expand", [A, ints("n", [1])]),
        one("tile", "Tile", [A, steps]),
        one("pad", "Pad", [A, pads, floats("v", 0.3)]),
        one("pad_plain", "Pad", [A, pads]),
        one("pad_reflect", "Pad", [A, pads], mode="reflect"),
        one("pad_edge", "Pad", [A, pads], mode="edge"),
        one("pad_wrap", "Pad", [A, pads], opset=19, mode="wrap"),
        one("pad_cut", "Pad", [A, ints("pads", [0, -1, 1, 0, 0, -2])]),
        one("pad_axes", "Pad", [A, ints("pads", [1, 2]), None, ints("axes", [-1])], opset=18),
        one("pad_attribute", "Pad", [A], opset=10, pads=[0, 0, 1, 0, 1, 0], value=2.0),
        one("depthtospace", "DepthToSpace", [image], blocksize=2),
        one("depthtospace_crd", "DepthToSpace", [image], blocksize=2, mode="CRD"),
        one("spacetodepth", "SpaceToDepth", [M], blocksize=3),
        one("triu", "Trilu", [A], opset=14),
        one("tril", "Trilu", [A, ints("k", 1)], opset=14, upper=0),
        one("flatten", "Flatten", [A], axis=2),
        one("range_down", "Range", [ints("s", 9), ints("e", 1), ints("d", -3)]),
        one("eyelike", "EyeLike", [A2], k=1),
        one("onehot", "OneHot", [ints("w", [[0, 2], [-1, 5]]), ints("d", 4), floats("v", [2, 7])],
            axis=1),
        folds("split", [node("Split", "a", "s0 s1 s2", axis=1), node("Mul", "s2 s0", "p"),
                        node("Sub", "p s1", "r")], [A]),
        folds("split_parts", [node("Split", "a parts", "s0 r", axis=-1)],
              [A, ints("parts", [1, 3])]),
        folds("split_uneven", [node("Split", "a", "s0 r", axis=1, num_outputs=2)], [A], 18),
        folds("dropout_mask", [node("Dropout", "a", "d mask"), node("Cast", "mask", "f", to=1),
                               node("Add", "d f", "r")], [A]),
    ]


def indexing():
    """Gather and scatter."""
    which = ints("w", [[[0, 1, 0, 2]], [[2, 0, -1, 1]]])
    pairs = ints("w", [[0, 2], [1, -1]])
    twice = ints("w", [[1], [1]])
    news = weight("news", 2, 3, 4, scale=1)
    return [
        one("gather", "Gather", [A, ints("w", [[2, 0], [-1, 1]])], axis=1),
        one("gatherelements", "GatherElements", [A, which], axis=1),
        one("gathernd", "GatherND", [A, pairs]),
        one("gathernd_whole", "GatherND", [A, ints("w", [[0, 2, 1], [1, 0, 3]])]),
        one("gathernd_batch", "GatherND", [A, ints("w", [[2], [0]])], batch_dims=1),
        one("scatterelements", "ScatterElements", [A, which, weight("n", 2, 1, 4)], axis=1),
        one("scatterelements_add", "ScatterElements",
            [A, ints("w", [[[1, 1, 1, 1]], [[0, 0, 0, 0]]]), weight("n", 2, 1, 4)], opset=16,
            axis=1, reduction="add"),
        one("scatternd", "ScatterND", [A, pairs, weight("n", 2, 4)]),
        one("scatternd_add", "ScatterND", [A, twice, news], opset=16, reduction="add"),
        one("scatternd_max", "ScatterND", [A, twice, news], opset=18, reduction="max"),
        one("nonzero", "NonZero", [I]),
    ]


def products():
    """Matrix products, Einsum, convolution and normalisation."""
    left, right = weight("l", 5, 1, 2, 3, scale=1), weight("r4", 2, 3, 4, scale=1)
    line = weight("line", 3, scale=1)
    stats = [weight("s", 4, offset=1), weight("t", 4), weight("u", 4)]
    norm = [M, *stats, floats("v", [0.5, 1, 2, 3])]
    training = node("BatchNormalization", "m s t u v", "r u2 v2", training_mode=1, epsilon=1e-3)
    old = node("BatchNormalization", "m s t u v", "r u2 v2 u3 v3")
    kernel = weight("kernel", 6, 2, 3, 2)
    return [
        one("matmul", "MatMul", [A2, weight("c", 5, 2)]),
        one("matmul_batched", "MatMul", [left, right]),
        one("matmul_vector", "MatMul", [right, weight("c", 4)]),
        one("matmul_row", "MatMul", [line, right]),
        one("matmul_vectors", "MatMul", [line, weight("c", 3)]),
        one("gemm", "Gemm", [A2, weight("c", 5, 2), weight("d", 2)], alpha=0.5, beta=2.0),
        one("gemm_transposed", "Gemm", [A2, weight("c", 2, 3)], transA=1, transB=1),
        one("einsum_product", "Einsum", [A2, weight("c", 5, 2)], equation="ij,jk->ik"),
        one("einsum_implicit", "Einsum", [A2, weight("c", 5, 2)], equation="ij, jk"),
        one("einsum_transpose", "Einsum", [A2], equation="ij->ji"),
        one("einsum_total", "Einsum", [A2], equation="ij->"),
        one("einsum_diagonal", "Einsum", [weight("c", 3, 3)], equation="ii->i"),
        one("einsum_outer", "Einsum", [line, weight("c", 4)], equation="c,h->ch"),
        one("einsum_ellipsis", "Einsum", [weight("l3", 2, 2, 3), right],
            equation="...ij,...jk->...ik"),
        one("einsum_three", "Einsum", [A2, weight("c", 5, 2), weight("d", 2)],
            equation="ij,jk,k->i"),
        one("batchnorm", "BatchNormalization", norm, opset=15),
        folds("batchnorm_training", [training], norm, 15),
        folds("batchnorm_training_13", [old], norm, 13),
        one("instancenorm", "InstanceNormalization", [M, *stats[:2]]),
        one("layernorm", "LayerNormalization", [A, weight("s", 4, offset=1), weight("t", 4)],
            opset=17),
        one("layernorm_axis", "LayerNormalization", [A, weight("s", 3, 4, offset=1)], opset=17,
            axis=1, epsilon=1e-2),
        one("conv", "Conv", [M, weight("kernel", 6, 4, 3, 3), weight("shift", 6)],
            pads=[1, 0, 2, 1]),
        one("conv_groups", "Conv", [M, kernel], group=2, strides=[2, 1], dilations=[1, 2]),
        one("conv_line", "Conv", [A, weight("kernel", 2, 3, 2)]),
    ]


def quantised():
    """8-bit weights."""
    numbers = np.arange(-60, 60).reshape(4, 5, 6)
    scales, zeros = [0.1, 0.02, 0.3, 0.4], [0, 3, -2, 7]
    blocks = floats("s", np.linspace(0.1, 2, 40).reshape(4, 5, 2))
    return [
        one("dequantize", "DequantizeLinear",
            [typed("q", numbers, np.int8), floats("s", 0.1), typed("z", 3, np.int8)]),
        one("dequantize_axis", "DequantizeLinear",
            [typed("q", numbers, np.int8), floats("s", scales), typed("z", zeros, np.int8)],
            axis=0),
        one("dequantize_bias", "DequantizeLinear",
            [typed("q", [-70000, 5, 99], np.int32), floats("s", 0.001)]),
        one("dequantize_blocks", "DequantizeLinear", [typed("q", numbers, np.int8), blocks],
            opset=21, axis=2, block_size=3),
        one("quantize", "QuantizeLinear", [A, floats("s", 0.013), typed("z", 100, np.uint8)]),
        one("quantize_signed", "QuantizeLinear", [A, floats("s", 0.01), typed("z", -3, np.int8)]),
        one("quantize_axis", "QuantizeLinear",
            [A, floats("s", [0.1, 0.02, 0.3]), typed("z", [0, 3, 7], np.uint8)], axis=1),
        one("quantize_halves", "QuantizeLinear",
            [floats("f", [0.5, 1.5, 2.5, -0.5, 3.49]), floats("s", 1), typed("z", 0, np.int8)]),
        folds("dynamic", [node("DynamicQuantizeLinear", "a", "q s z"),
                          node("DequantizeLinear", "q s z", "r")], [A]),
    ]


def weights():
    """Weights that are computed in the file: standardised, masked, dequantised."""
    k = weight("k", 6, 4, 3, 3)
    small = floats("small", 1e-5)
    standardised = [node("ReduceMean", "k", "mean", axes=[1, 2, 3]), node("Sub", "k mean", "c"),
                    node("Mul", "c c", "c2"), node("ReduceMean", "c2", "var", axes=[1, 2, 3]),
                    node("Add", "var small", "v"), node("Sqrt", "v", "d"),
                    node("Div", "c d", "w"), node("Conv", "x w", "y", pads=[1, 1, 1, 1])]
    reshaped = [node("Reshape", "k flat", "f"),
                node("BatchNormalization", "f gain zero zero one", "n m2 v2", training_mode=1),
                node("Reshape", "n full", "w"), node("Conv", "x w", "y")]
    gain = np.linspace(0.5, 1, 6)
    numbers = typed("q", np.arange(-108, 108).reshape(6, 4, 3, 3), np.int8)
    return [
        graph("folded_weight_standardised", standardised, [k, small]),
        # ONNX Runtime's own statistics are not those of the definition.
        dataclasses.replace(
            graph("folded_weight_batchnorm", reshaped,
                  [k, ints("flat", [1, 6, -1]), ints("full", [6, 4, 3, 3]),
                   floats("gain", gain), floats("zero", np.zeros(6)), floats("one", np.ones(6))],
                  opset=15),
            twin=graph("twin", [*standardised[:-2], node("Div", "c d", "u"),
                                node("Mul", "u gain", "w"), node("Conv", "x w", "y")],
                       [k, small, floats("gain", gain.reshape(6, 1, 1, 1))]).model),
        graph("folded_weight_dequantised", [node("DequantizeLinear", "q s z", "w", axis=0),
                                            node("Conv", "x w", "y")],
              [numbers, floats("s", np.linspace(0.01, 0.02, 6)),
               typed("z", [0, 1, 2, -3, 4, 5], np.int8)]),
    ]


CASES = pointwise() + reductions() + moves() + indexing() + products() + quantised() + weights()
