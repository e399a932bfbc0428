"""Batch normalisation by itself, activations, softmax, and arithmetic."""

import numpy as np
import onnx

from cases.build import (NEWEST, constant, floats, graph, ints, node, norm_weights, single,
                         weight)


def batch_normalisation():
    """The forms of opsets 7, 9, 14 and 15."""
    norm = norm_weights("n", 4)
    names = "n.scale n.bias n.mean n.var"
    found = [single(f"bn_opset{opset}", "BatchNormalization", norm, opset, epsilon=1e-3)
             for opset in (7, 9, 14, 15, NEWEST)]
    return found + [
        single("bn_spatial", "BatchNormalization", norm, 7, spatial=1),
        single("bn_momentum", "BatchNormalization", norm, 9, momentum=0.9),
        single("bn_inference", "BatchNormalization", norm, 15, training_mode=0),
        graph("bn_twice", [node("BatchNormalization", f"x {names}", "a"),
                           node("BatchNormalization", f"a {names}", "y")], norm),
        graph("bn_after_gemm", [node("Flatten", "x", "f"), node("Gemm", "f w", "g"),
                                node("BatchNormalization", f"g {names}", "y")],
              [weight("w", 288, 4, scale=0.1), *norm], may_refuse=True),
        graph("bn_relu_pool", [node("BatchNormalization", f"x {names}", "a"),
                               node("Relu", "a", "r"),
                               node("MaxPool", "r", "y", kernel_shape=[2, 2])], norm),
    ]


def activations():
    """Every activation over the opsets where its form changed."""
    slope = weight("slope", 4, 1, 1, scale=0.3)
    return [
        single("relu_7", "Relu", opset=7),
        single("relu_newest", "Relu", opset=NEWEST),
        single("leakyrelu_default", "LeakyRelu", opset=7),
        single("leakyrelu_055", "LeakyRelu", opset=16, alpha=0.55),
        single("leakyrelu_negative", "LeakyRelu", alpha=-0.3),
        single("leakyrelu_steep", "LeakyRelu", alpha=1.5),
        single("prelu_shared", "PRelu", [floats("slope", [0.3])], opset=9),
        single("prelu_shared_111", "PRelu", [floats("slope", [[[0.3]]])], opset=7),
        single("prelu_channel", "PRelu", [slope], opset=9),
        single("prelu_channel_16", "PRelu", [slope], opset=16),
        single("prelu_channel_4d", "PRelu", [weight("slope", 1, 4, 1, 1)], opset=9),
        graph("conv_prelu", [node("Conv", "x w", "c"), node("PRelu", "c slope", "y")],
              [weight("w", 4, 4, 3, 3), slope]),
        single("prelu_by_column", "PRelu", [weight("slope", 8)], opset=9, may_refuse=True),
        single("sigmoid", "Sigmoid", opset=7),
        single("sigmoid_newest", "Sigmoid", opset=NEWEST),
        single("tanh", "Tanh", opset=7),
        single("tanh_newest", "Tanh", opset=NEWEST),
        single("hard_swish", "HardSwish", opset=14),
        graph("conv_hard_swish", [node("Conv", "x w", "c"), node("HardSwish", "c", "y")],
              [weight("w", 4, 4, 3, 3)], opset=14),
        graph("conv_sigmoid", [node("Conv", "x w", "c"), node("Sigmoid", "c", "y")],
              [weight("w", 4, 4, 3, 3)]),
        graph("conv_tanh", [node("Conv", "x w", "c"), node("Tanh", "c", "y")],
              [weight("w", 4, 4, 3, 3, scale=0.1)]),
        graph("relu_twice", [node("Relu", "x", "r"), node("Relu", "r", "y")]),
        graph("leakyrelu_relu", [node("LeakyRelu", "x", "r", alpha=0.3), node("Relu", "r", "y")]),
    ]


def clip():
    """Attributes up to opset 10, inputs from 11 on, and omitted bounds."""
    low, high = floats("low", -0.4), floats("high", 0.7)
    convolved = [node("Conv", "x w", "c"), node("Clip", "c low high", "y")]
    return [
        single("clip_attributes", "Clip", opset=7, min=-0.4, max=0.7),
        single("clip_attributes_10", "Clip", opset=10, min=-0.4, max=0.7),
        single("clip_min_attribute", "Clip", opset=9, min=-0.4),
        single("clip_max_attribute", "Clip", opset=9, max=0.7),
        single("clip_relu6", "Clip", opset=9, min=0.0, max=6.0),
        single("clip_no_bounds", "Clip", opset=9),
        single("clip_inputs", "Clip", [low, high], opset=11),
        single("clip_inputs_newest", "Clip", [low, high], opset=NEWEST),
        single("clip_min_input", "Clip", [low], opset=12),
        graph("clip_max_input", [node("Clip", "x - high", "y")], [high], opset=13),
        graph("clip_constants", [constant("a", np.float32(-0.4)), constant("b", np.float32(0.7)),
                                 node("Clip", "x a b", "y")], opset=11),
        graph("conv_clip", convolved, [weight("w", 4, 4, 3, 3), low, high], opset=13),
        graph("conv_clip_one_side", [node("Conv", "x w", "c"), node("Clip", "c low", "y")],
              [weight("w", 4, 4, 3, 3), low], opset=13),
    ]


def softmax():
    """Flattened to two dimensions before opset 13, along one axis since."""
    flat = node("Flatten", "x", "f")
    return [
        single("softmax_flattening", "Softmax", opset=11, axis=1),
        single("softmax_default_7", "Softmax", opset=7),
        single("softmax_1x1", "Softmax", opset=9, shape=(10, 1, 1)),
        graph("softmax_flat_7", [flat, node("Softmax", "f", "y")], opset=7),
        graph("softmax_flat_axis_1", [flat, node("Softmax", "f", "y", axis=1)], opset=11),
        graph("softmax_flat_13", [flat, node("Softmax", "f", "y")], opset=13),
        graph("softmax_flat_newest", [flat, node("Softmax", "f", "y", axis=-1)], opset=NEWEST),
        single("softmax_channels_13", "Softmax", opset=13, axis=1),
        single("softmax_channels_negative", "Softmax", opset=13, axis=-3),
        single("softmax_1x1_13", "Softmax", opset=13, axis=1, shape=(10, 1, 1)),
        graph("softmax_large", [node("Mul", "x k", "m"), node("Softmax", "m", "y", axis=1)],
              [floats("k", 50.0)], opset=13),
        single("log_softmax_channels_13", "LogSoftmax", opset=13, axis=1),
        single("log_softmax_flattening", "LogSoftmax", opset=11, axis=1),
        graph("log_softmax_flat_newest", [flat, node("LogSoftmax", "f", "y")], opset=NEWEST),
        graph("log_softmax_large", [node("Mul", "x k", "m"), node("LogSoftmax", "m", "y", axis=1)],
              [floats("k", 50.0)], opset=13),
        single("layer_norm_of_columns", "LayerNormalization", [weight("s", 8), weight("b", 8)],
               opset=17),
        single("layer_norm_without_shift", "LayerNormalization", [weight("s", 8)], opset=17,
               axis=3, epsilon=0.1),
        graph("layer_norm_of_vectors",
              [flat, node("LayerNormalization", "f s b", "y")],
              [weight("s", 288), weight("b", 288)], opset=17),
        single("softmax_rows_13", "Softmax", opset=13, may_refuse=True),
        single("softmax_flattening_axis_2", "Softmax", opset=11, axis=2, may_refuse=True),
    ]


CONSTANT_SHAPES = {"scalar": (), "one": (1,), "ones": (1, 1, 1), "channel": (4, 1, 1),
                   "channel_4d": (1, 4, 1, 1)}
UNUSUAL_SHAPES = {"row": (8,), "map": (9, 8), "whole": (4, 9, 8)}


def with_constants():
    """Add, Sub, Mul and Div with a constant on either side."""
    found = []
    for kind in ("Add", "Sub", "Mul", "Div"):
        for label, extents in {**CONSTANT_SHAPES, **UNUSUAL_SHAPES}.items():
            k = weight("k", *extents, scale=0.3, offset=1.5)
            unusual = label in UNUSUAL_SHAPES
            found.append(graph(f"{kind.lower()}_{label}", [node(kind, "x k", "y")], [k],
                               may_refuse=unusual))
            if label in ("scalar", "channel", "channel_4d"):
                found.append(first(kind, label, k))
        found.append(graph(f"{kind.lower()}_channel_opset7", [node(kind, "x k", "y")],
                           [weight("k", 4, 1, 1, offset=2)], opset=7))
    scale = [node("Mul", "x m", "a"), node("Add", "a k", "y")]
    tensors = [weight("m", 4, 1, 1), weight("k", 4, 1, 1)]
    w = weight("w", 4, 4, 3, 3)
    return found + [
        graph("scale_and_shift", scale, tensors),
        graph("conv_scale_and_shift", [node("Conv", "x w", "c"), node("Mul", "c m", "a"),
                                       node("Add", "a k", "y")], [w, *tensors]),
        graph("scale_and_shift_conv", [*scale[:1], node("Add", "a k", "s"),
                                       node("Conv", "s w", "y", pads=[1, 1, 1, 1])],
              [w, *tensors]),
        graph("scale_by_unsqueeze", [node("Unsqueeze", "v", "m", axes=[1, 2]),
                                     node("Mul", "x m", "y")], [weight("v", 4)], opset=9),
        graph("scale_by_unsqueeze_13", [node("Unsqueeze", "v axes", "m"), node("Mul", "x m", "y")],
              [weight("v", 4), ints("axes", [1, 2])], opset=13),
        graph("sum_with_constant", [node("Sum", "x k", "y")], [weight("k", 4, 1, 1)]),
        graph("preprocessing", [node("Sub", "x mean", "a"), node("Div", "a std", "b"),
                                node("Conv", "b w", "y")],
              [w, weight("mean", 1, 4, 1, 1), weight("std", 1, 4, 1, 1, scale=0.1, offset=1)]),
    ]


def first(kind, label, k):
    """A constant as the first operand; the divisor of Div is not near zero."""
    nodes = [node(kind, "k x", "y")]
    tensors = [k]
    if kind == "Div":
        nodes = [node("Sigmoid", "x", "s"), node("Div", "k s", "y")]
    return graph(f"{kind.lower()}_{label}_first", nodes, tensors)


def of_two_tensors():
    """Sums, products, differences, quotients, powers and extrema of computed tensors."""
    two = [node("Conv", "x w", "a", pads=[1, 1, 1, 1]), node("Sigmoid", "x", "b")]
    w = weight("w", 4, 4, 3, 3)
    found = [graph(f"{kind.lower()}_two", [*two, node(kind, "a b", "y")], [w])
             for kind in ("Add", "Sum", "Mul", "Sub", "Div", "Max", "Min")]
    found.append(graph("pow_two", [*two, node("Pow", "b x", "y")], [w]))
    gate = [node("GlobalAveragePool", "x", "g"), node("Sigmoid", "g", "s")]
    return found + [
        graph("add_two_opset7", [*two, node("Add", "a b", "y")], [w], opset=7),
        graph("sum_three", [*two, node("Sum", "a b x", "y")], [w]),
        graph("sum_three_opset7", [*two, node("Sum", "a b x", "y")], [w], opset=7),
        single("sum_one", "Sum"),
        graph("add_x_to_itself", [node("Add", "x x", "y")]),
        graph("sum_relu", [*two, node("Sum", "a b", "s"), node("Relu", "s", "y")], [w]),
        graph("swish", [node("Sigmoid", "x", "s"), node("Mul", "x s", "y")]),
        graph("mul_gate", [*gate, node("Mul", "x s", "y")]),
        graph("mul_gate_first", [*gate, node("Mul", "s x", "y")]),
        graph("add_gate", [*gate, node("Add", "x s", "y")]),
        graph("sub_gate_first", [*gate, node("Sub", "s x", "y")]),
        graph("div_gate", [*gate, node("Div", "x s", "y")]),
    ]


FUNCTIONS = {
    "HardSigmoid": (13, {}, {"alpha": 0.3, "beta": 0.4}),
    "Erf": (13, {}),
    "Gelu": (20, {}, {"approximate": "tanh"}, {"approximate": "none"}),
    "Mish": (18, {}),
    "Elu": (13, {}, {"alpha": 0.6}),
    "Selu": (13, {}, {"alpha": 1.5, "gamma": 0.8}),
    "Celu": (13, {}, {"alpha": 0.6}),
    "Softplus": (13, {}),
    "Softsign": (13, {}),
    "Exp": (13, {}),
    "Abs": (13, {}),
    "Sign": (13, {}),
    "Sin": (13, {}),
    "Cos": (13, {}),
    "Floor": (13, {}),
    "Ceil": (13, {}),
    "Round": (13, {}),
    "ThresholdedRelu": (13, {"alpha": 0.2}),
    "Shrink": (13, {}, {"lambd": 0.3, "bias": 0.2}),
}


def functions():
    """Functions of one number, alone and after a convolution with a partly filled block."""
    w = weight("w", 6, 4, 3, 3, scale=0.2)
    found = []
    for kind, (opset, *forms) in FUNCTIONS.items():
        for i, attributes in enumerate(forms):
            found.append(single(f"{kind.lower()}_{i}", kind, opset=opset, **attributes))
        found.append(graph(f"conv_{kind.lower()}_conv",
                           [node("Conv", "x w", "c"), node(kind, "c", "f", **forms[-1]),
                            node("Conv", "f v", "y")],
                           [w, weight("v", 3, 6, 3, 3, scale=0.2)], opset=opset))
    positive = node("Softplus", "x", "p")
    for kind in ("Log", "Sqrt", "Reciprocal"):
        found.append(graph(kind.lower(), [positive, node(kind, "p", "y")]))
    two = floats("two", 2.0)
    return found + [
        graph("gelu_of_parts", [node("Div", "x root", "d"), node("Erf", "d", "e"),
                                node("Add", "e one", "a"), node("Mul", "x a", "m"),
                                node("Mul", "m half", "y")],
              [floats("root", 2 ** 0.5), floats("one", 1.0), floats("half", 0.5)]),
        graph("large_values", [node("Mul", "x k", "m"), node("Softplus", "m", "a"),
                               node("Mish", "m", "b"), node("Add", "a b", "y")],
              [floats("k", 100.0)], opset=18),
        graph("pow_2", [node("Pow", "x two", "y")], [two]),
        graph("pow_3_integer", [node("Pow", "x k", "y")], [ints("k", [3])]),
        graph("pow_root", [positive, node("Pow", "p k", "y")], [floats("k", 0.5)]),
        graph("pow_inverse_root", [positive, node("Pow", "p k", "y")], [floats("k", [-0.5])]),
        graph("pow_17", [positive, node("Pow", "p k", "y")], [floats("k", 1.7)]),
        graph("pow_of_2", [node("Pow", "two x", "y")], [two]),
        graph("pow_of_channels", [node("Pow", "k x", "y")],
              [floats("k", [[[0.5]], [[1.0]], [[2.0]], [[3.0]]])]),
        graph("pow_by_channel", [positive, node("Pow", "p k", "y")],
              [floats("k", [[[0.5]], [[1.0]], [[2.0]], [[3.0]]])], may_refuse=True),
    ]


def extrema():
    """Max and Min with numbers and with a number per channel."""
    bound = weight("k", 4, 1, 1, scale=0.5)
    found = []
    for kind in ("Max", "Min"):
        name = kind.lower()
        found += [
            single(f"{name}_number", kind, [floats("k", 0.25)]),
            single(f"{name}_number_opset8", kind, [floats("k", [0.25])], opset=8),
            single(f"{name}_of_channels", kind, [bound]),
            single(f"{name}_of_values", kind, [weight("k", 4, 9, 8)]),
            graph(f"{name}_first", [node(kind, "k x", "y")], [floats("k", 0.25)]),
            graph(f"{name}_three", [node("Neg", "x", "n"), node(kind, "x n k", "y")], [bound]),
            single(f"{name}_one", kind),
        ]
    return found + [
        graph("relu_min", [node("Relu", "x", "r"), node("Min", "r k", "y")], [floats("k", 0.6)]),
    ]


def sliced(output, axis):
    """Nodes that cut position 1 out of AXIS of x."""
    return [constant(f"{output}_{name}", np.array([value]))
            for name, value in (("b", 1), ("e", 2), ("a", axis))] + [
        node("Slice", f"x {output}_b {output}_e {output}_a", output)]


def broadcasting():
    """Computed tensors with one position along some axes."""
    found = []
    for kind in ("Add", "Sub", "Mul", "Max"):
        for axis in (1, 2, 3):
            found += [
                graph(f"{kind.lower()}_axis_{axis}",
                      [*sliced("s", axis), node(kind, "x s", "y")]),
                graph(f"{kind.lower()}_axis_{axis}_first",
                      [*sliced("s", axis), node(kind, "s x", "y")]),
                graph(f"{kind.lower()}_both_{axis}",
                      [*sliced("s", axis), *sliced("t", axis % 3 + 1), node(kind, "s t", "y")]),
            ]
    return found + [
        graph("broadcast_then_conv",
              [node("Conv", "x w", "c"), *sliced("s", 1), node("Sigmoid", "s", "g"),
               node("MaxPool", "g", "p", kernel_shape=[3, 3]), node("Mul", "p c", "m"),
               node("Conv", "m w", "y")], [weight("w", 4, 4, 3, 3)]),
        graph("sum_of_three_that_broadcast",
              [*sliced("s", 1), *sliced("t", 3), node("Sum", "s t x", "y")]),
    ]


COMPARISONS = ("Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal")


def number(condition):
    """The node that makes y of a condition."""
    return node("Cast", condition, "y", to=onnx.TensorProto.FLOAT)


def conditions():
    """Comparisons, logic, choices and casts."""
    rounded = [node("Round", "x", "r"), node("Neg", "r", "n")]
    truth = onnx.numpy_helper.from_array(np.arange(4).reshape(4, 1, 1) % 2 == 1, "truth")
    mask = onnx.numpy_helper.from_array(np.arange(72).reshape(9, 8) % 3 == 0, "mask")
    two = [node("Greater", "x k", "a"), node("Abs", "x", "abs"), node("Less", "abs m", "b")]
    limits = [floats("k", -0.5), floats("m", 1.0)]
    found = []
    for kind in COMPARISONS:
        name = kind.lower()
        found += [
            graph(f"{name}_two", [*rounded, node(kind, "r n", "c"), number("c")], opset=16),
            graph(f"{name}_number", [*rounded, node(kind, "r k", "c"), number("c")],
                  [floats("k", 0.0)], opset=16),
            graph(f"{name}_number_first", [*rounded, node(kind, "k r", "c"), number("c")],
                  [floats("k", 0.0)], opset=16),
            graph(f"{name}_channels", [*rounded, node(kind, "r k", "c"), number("c")],
                  [floats("k", [[[0.0]], [[-1.0]], [[1.0]], [[0.0]]])], opset=16),
        ]
    for kind in ("And", "Or", "Xor"):
        found += [
            graph(f"{kind.lower()}_two", [*two, node(kind, "a b", "c"), number("c")], limits),
            graph(f"{kind.lower()}_constant", [*two, node(kind, "a truth", "c"), number("c")],
                  [*limits, truth]),
        ]
    chosen = [node("Neg", "x", "n"), node("Exp", "x", "e")]
    return found + [
        graph("not", [*two, node("Not", "a", "c"), number("c")], limits),
        graph("cast_to_bool", [node("Relu", "x", "r"), node("Cast", "r", "c", to=9),
                               number("c")]),
        graph("cast_to_integer", [node("Cast", "x", "i", to=7), number("i")], may_refuse=True),
        graph("where_two", [*two, *chosen, node("Where", "a n e", "y")], limits),
        graph("where_number", [*two, node("Where", "a x k", "y")], limits),
        graph("where_number_first", [*two, node("Where", "a k x", "y")], limits),
        graph("where_numbers", [*two, node("Where", "a k m", "y")], limits),
        graph("where_broadcast", [*sliced("s", 1), node("Greater", "s k", "a"),
                                  node("Where", "a x m", "y")], limits),
        graph("where_mask", [*chosen, node("Where", "mask n e", "y")], [mask]),
        graph("where_mask_number", [node("Where", "mask x k", "y")], [mask, floats("k", 2.0)]),
        graph("where_mask_number_first", [node("Where", "mask k x", "y")],
              [mask, floats("k", 2.0)]),
        graph("where_mask_infinite",
              [node("Where", "mask x k", "m"), node("Softmax", "m", "y", axis=-1)],
              [mask, floats("k", -np.inf)]),
        graph("where_channels", [*chosen, node("Where", "truth n e", "y")], [truth]),
    ]


CASES = (batch_normalisation() + activations() + clip() + softmax() + with_constants()
         + of_two_tensors() + functions() + extrema() + broadcasting() + conditions())
