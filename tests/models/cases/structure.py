"""Nodes that are folded or pruned, and the forms that a file may take."""

import numpy as np
import onnx
from onnx import helper

from cases.build import (NEWEST, constant, floats, graph, ints, node, norm_weights, single,
                         weight)

SMALL = (4, 3, 2)
FC = [weight("w", 24, 5), weight("b", 5)]
PRODUCT = node("Gemm", "f w b", "y")


def no_operations():
    """Dropout and identity in all their forms."""
    ratio, inference = floats("ratio", 0.4), helper.make_tensor("mode", 9, [], [False])
    convolved = [node("Conv", "x k", "c"), node("Dropout", "c", "d", ratio=0.3),
                 node("Relu", "d", "y")]
    return [
        single("dropout_7", "Dropout", opset=7, ratio=0.5),
        single("dropout_default", "Dropout", opset=10),
        graph("dropout_mask_unread", [node("Dropout", "x", "y m", ratio=0.5)], opset=9),
        single("dropout_12", "Dropout", [ratio], opset=12),
        single("dropout_seed", "Dropout", [ratio], opset=12, seed=3),
        single("dropout_13_inference", "Dropout", [ratio, inference], opset=13),
        single("dropout_newest", "Dropout", opset=NEWEST),
        graph("conv_dropout_relu", convolved, [weight("k", 6, 4, 3, 3)], opset=10),
        single("identity", "Identity"),
        graph("identity_chain", [node("Identity", "x", "a"), node("Relu", "a", "b"),
                                 node("Identity", "b", "c"), node("Identity", "c", "y")]),
        graph("cast_to_float", [node("Relu", "x", "a"), node("Cast", "a", "y", to=1)],
              may_refuse=True),
    ]


def constants():
    """The attributes by which a Constant node may hold its value; ConstantOfShape."""
    filler = helper.make_tensor("value", onnx.TensorProto.FLOAT, [1], [0.25])
    return [
        graph("constant_value", [constant("k", np.full((4, 1, 1), 1.5, np.float32)),
                                 node("Mul", "x k", "y")]),
        graph("constant_value_float", [node("Constant", "", "k", value_float=1.5),
                                       node("Mul", "x k", "y")]),
        graph("constant_value_floats", [node("Constant", "", "k", value_floats=[1.5]),
                                        node("Mul", "x k", "y")], opset=12),
        graph("constant_value_ints", [node("Constant", "", "s", value_ints=[0, -1]),
                                      node("Reshape", "x s", "f"), PRODUCT], FC, shape=SMALL),
        graph("constantofshape_weight", [node("ConstantOfShape", "s", "k", value=filler),
                                         node("Conv", "x k", "y")], [ints("s", [6, 4, 3, 3])],
              opset=9),
        graph("constantofshape_zero", [node("ConstantOfShape", "s", "k"), node("Add", "x k", "y")],
              [ints("s", [4, 1, 1])]),
        graph("constant_arithmetic", [node("Add", "u v", "k"), node("Mul", "x k", "y")],
              [weight("u", 4, 1, 1), weight("v", 4, 1, 1, offset=1)]),
        graph("constant_folds_deep", [node("Sqrt", "u", "a"), node("Div", "v a", "k"),
                                      node("Mul", "x k", "y")],
              [floats("u", np.linspace(1, 2, 4).reshape(4, 1, 1)), weight("v", 4, 1, 1)],
              may_refuse=True),
    ]


def folded(name, nodes, tensors=(), opset=11, **options):
    """Shape arithmetic that ends in a Reshape of x to f, before a product [N, 5]."""
    case = graph(f"shape_{name}", [*nodes, node("Reshape", "x s", "f"), PRODUCT],
                 [*FC, *tensors], opset=opset, shape=SMALL, **options)
    declared = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["N", 5])
    case.model.graph.output[0].CopyFrom(declared)
    return case


def shape_arithmetic():
    """The graphs that exporters write for view(x.size(0), -1) and similar calls."""
    zero, one, minus = ints("i0", 0), ints("one", [1]), ints("minus", [-1])
    size = node("Shape", "x", "h")
    batch = [size, node("Gather", "h i0", "g", axis=0)]
    return [
        folded("view_9", [*batch, node("Unsqueeze", "g", "u", axes=[0]),
                          node("Concat", "u minus", "s", axis=0)], [zero, minus], 9),
        folded("view_13", [*batch, node("Unsqueeze", "g a", "u"),
                           node("Concat", "u minus", "s", axis=0)],
               [zero, minus, ints("a", [0])], 13),
        folded("view_constants", [constant("c", np.array(0)), size, node("Gather", "h c", "g"),
                                  node("Unsqueeze", "g", "u", axes=[0]),
                                  constant("m", np.array([-1])),
                                  node("Concat", "u m", "s", axis=0)], (), 9),
        folded("slice", [size, node("Slice", "h zero one", "u"),
                         node("Concat", "u minus", "s", axis=0)],
               [ints("zero", [0]), one, minus], 10),
        folded("slice_attributes", [size, node("Slice", "h", "u", starts=[0], ends=[1], axes=[0]),
                                    node("Concat", "u minus", "s", axis=0)], [minus], 9),
        folded("cast", [size, node("Cast", "h", "j", to=6), node("Cast", "j", "k", to=7),
                        node("Gather", "k i0", "g"), node("Unsqueeze", "g", "u", axes=[0]),
                        node("Concat", "u minus", "s", axis=0)], [zero, minus], 11),
        folded("product", [*batch, *[n for i in (1, 2, 3)
                                     for n in (constant(f"c{i}", np.array(i)),
                                               node("Gather", f"h c{i}", f"g{i}"))],
                           node("Mul", "g1 g2", "p"), node("Mul", "p g3", "q"),
                           node("Unsqueeze", "q", "v", axes=[0]),
                           node("Concat", "minus v", "s", axis=0)], [zero, minus], 11),
        folded("start_end", [node("Shape", "x", "u", start=0, end=1),
                             node("Concat", "u minus", "s", axis=0)], [minus], 15),
        folded("of_relu", [node("Relu", "x", "r"), node("Shape", "r", "h"),
                           node("Gather", "h i0", "g"), node("Unsqueeze", "g", "u", axes=[0]),
                           node("Concat", "u minus", "s", axis=0)], [zero, minus], 11),
        folded("squeeze", [size, node("Slice", "h zero one", "v"),
                           node("Squeeze", "v", "g", axes=[0]),
                           node("Unsqueeze", "g", "u", axes=[0]),
                           node("Concat", "u minus", "s", axis=0)],
               [ints("zero", [0]), one, minus], 11, may_refuse=True),
    ]


def file_forms():
    """Declared batches, initialisers as inputs, pruning, names and storage."""
    conv, w = node("Conv", "x k", "y", pads=[1, 1, 1, 1]), weight("k", 6, 4, 3, 3)
    flatten = [node("Reshape", "x s", "f"), PRODUCT]
    unnamed = helper.make_node("Relu", ["x"], ["y"])
    exotic = helper.make_node("Frobnicate", ["x"], ["z"], domain="com.example", name="exotic")
    return [
        graph("listed_conv", [conv], [w], opset=7, listed=True),
        graph("listed_fc", flatten, [ints("s", [0, -1]), *FC], opset=8, listed=True, shape=SMALL),
        graph("listed_clip", [node("Clip", "x lo hi", "y")],
              [floats("lo", -0.3), floats("hi", 0.4)], opset=11, listed=True),
        graph("batch_one", [conv], [w], declared_batch=1),
        graph("batch_one_fc", flatten, [ints("s", [1, -1]), *FC], declared_batch=1, shape=SMALL),
        graph("batch_one_fc_count", flatten, [ints("s", [1, 24]), *FC], declared_batch=1,
              shape=SMALL),
        graph("batch_one_single", flatten, [ints("s", [1, 24]), *FC], declared_batch=1,
              shape=SMALL, batch=1),
        graph("batch_unnamed", [conv], [w], declared_batch=None),
        graph("batch_of_three", [conv], [w], batch=3),
        graph("node_without_name", [unnamed]),
        graph("two_outputs", [conv, node("Relu", "y", "z")], [w], outputs=("y", "z")),
        graph("unused_weight", [conv], [w, weight("unused", 3, 3)]),
        graph("unused_branch", [conv, node("Erf", "x", "e"), node("Softplus", "e", "f")], [w]),
        graph("unused_tail", [node("Relu", "x", "y"), node("Tanh", "x", "t")]),
        graph("unused_unknown_domain", [conv, exotic], [w], domains=("com.example",)),
    ]


def every_opset():
    """The same plain network at every opset from 7 on, with that opset's usual IR version."""
    nodes = [node("Conv", "x k kb", "c", pads=[1, 1, 1, 1]), node("Relu", "c", "r"),
             node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2]),
             node("BatchNormalization", "p n.scale n.bias n.mean n.var", "n"),
             node("GlobalAveragePool", "n", "g"), node("Flatten", "g", "f"),
             node("Gemm", "f v b", "y", transB=1)]
    tensors = [weight("k", 6, 4, 3, 3), weight("kb", 6), *norm_weights("n", 6),
               weight("v", 5, 6), weight("b", 5)]
    return [graph(f"opset_{opset}", nodes, tensors, opset=opset)
            for opset in range(7, NEWEST + 1)]


CASES = no_operations() + constants() + shape_arithmetic() + file_forms() + every_opset()
