"""Batch normalisation by itself, activations, softmax, and arithmetic."""

import numpy as np

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
    return graph(f"{kind.lower()}_{label}_first", nodes, tensors, may_refuse=kind == "Div")


def of_two_tensors():
    """Sums must run; products, differences and quotients of two tensors may."""
    two = [node("Conv", "x w", "a", pads=[1, 1, 1, 1]), node("Sigmoid", "x", "b")]
    w = weight("w", 4, 4, 3, 3)
    found = [graph(f"{kind.lower()}_two", [*two, node(kind, "a b", "y")], [w],
                   may_refuse=kind in ("Sub", "Div"))
             for kind in ("Add", "Sum", "Mul", "Sub", "Div")]
    gate = [node("GlobalAveragePool", "x", "g"), node("Sigmoid", "g", "s")]
    return found + [
        graph("add_two_opset7", [*two, node("Add", "a b", "y")], [w], opset=7),
        graph("sum_three", [*two, node("Sum", "a b x", "y")], [w]),
        graph("sum_three_opset7", [*two, node("Sum", "a b x", "y")], [w], opset=7),
        single("sum_one", "Sum"),
        graph("add_x_to_itself", [node("Add", "x x", "y")]),
        graph("sum_relu", [*two, node("Sum", "a b", "s"), node("Relu", "s", "y")], [w]),
        graph("swish", [node("Sigmoid", "x", "s"), node("Mul", "x s", "y")]),
        graph("mul_gate", [*gate, node("Mul", "x s", "y")], may_refuse=True),
        graph("mul_gate_first", [*gate, node("Mul", "s x", "y")], may_refuse=True),
        graph("add_gate", [*gate, node("Add", "x s", "y")], may_refuse=True),
    ]


CASES = (batch_normalisation() + activations() + clip() + softmax() + with_constants()
         + of_two_tensors())
