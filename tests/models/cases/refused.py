"""Models that must be refused, with the node's name and its operation in the message."""

import onnx
from onnx import helper

from cases.build import floats, graph, ints, node, norm_weights, weight

W = weight("w", 6, 4, 3, 3)


def refused(name, nodes, tensors=(), expect=("node_y",), **options):
    """A model that must be refused; the refused node is node_y unless EXPECT names another."""
    return graph(f"refuse_{name}", nodes, tensors, expect=expect, **options)


def one(name, kind, tensors=(), opset=13, expect=(), **attributes):
    """A single node that must be refused."""
    inputs = " ".join(["x"] + [t.name for t in tensors])
    return refused(name, [node(kind, inputs, "y", **attributes)], tensors, opset=opset,
                   expect=("node_y", kind, *expect))


def unknown():
    """Unknown operations and attributes that are needed."""
    frobnicate = helper.make_node("Frobnicate", ["x"], ["c"], domain="com.example", name="exotic")
    disguised = helper.make_node("Conv", ["x", "w"], ["y"], domain="com.example", name="node_y")
    return [
        one("hardmax", "Hardmax", axis=1),
        one("global_lp_pool", "GlobalLpPool"),
        one("unknown_name", "Frobnicate"),
        refused("unknown_domain", [frobnicate, node("Relu", "c", "y")], domains=("com.example",),
                expect=("exotic", "Frobnicate")),
        refused("known_name_in_other_domain", [disguised], [W], domains=("com.example",),
                expect=("node_y", "com.example")),
        one("conv_attribute", "Conv", [W], frobnication=3, expect=("frobnication",)),
        one("maxpool_attribute", "MaxPool", kernel_shape=[2, 2], frobnication=[1, 2],
            expect=("frobnication",)),
        one("relu_attribute", "Relu", frobnication=1.0, expect=("frobnication",)),
        one("attribute_of_other_operation", "MaxPool", kernel_shape=[2, 2], count_include_pad=1,
            expect=("count_include_pad",)),
    ]


def nonsense():
    """Known attributes with meaningless values, and tensors that do not fit."""
    return [
        one("auto_pad", "Conv", [W], auto_pad="SAME_BOTH", expect=("SAME_BOTH",)),
        one("auto_pad_pool", "MaxPool", kernel_shape=[2, 2], auto_pad="SAME", expect=("SAME",)),
        one("wrong_channels", "Conv", [weight("w", 6, 5, 3, 3)]),
        one("wrong_groups", "Conv", [weight("w", 6, 2, 3, 3)], group=3),
        one("wrong_kernel_shape", "Conv", [W], kernel_shape=[5, 5]),
        one("kernel_over_map", "Conv", [weight("w", 6, 4, 11, 11)]),
        one("stride_zero", "MaxPool", kernel_shape=[2, 2], strides=[0, 1]),
        one("bias_length", "Conv", [W, weight("b", 5)]),
        one("norm_length", "BatchNormalization", norm_weights("n", 5)),
        one("slice_without_ends", "Slice", opset=9),
        refused("no_such_tensor", [node("Add", "x nowhere", "y")], expect=("node_y", "nowhere")),
        refused("sizes_differ", [node("Conv", "x w", "a"), node("Add", "a x", "y")],
                [weight("w", 4, 4, 3, 3)], expect=("node_y", "Add")),
        refused("concat_sizes_differ", [node("Conv", "x w", "a"),
                                        node("Concat", "a x", "y", axis=1)], [W],
                expect=("node_y", "Concat")),
    ]


def unsupported():
    """Valid models with unsupported features."""
    deep = [node("Reshape", "x deep", "u"), node("Conv", "u w3", "y")]
    true = helper.make_tensor("mode", onnx.TensorProto.BOOL, [], [True])
    wide = [0, 0, 9, 0, 0, 0, 0, 0]
    return [
        refused("conv_3d", deep, [ints("deep", [0, 2, 2, 9, 8]), weight("w3", 6, 2, 2, 3, 3)],
                expect=("node_y", "Conv", "three axes (2 x 3 x 3)")),
        one("conv_weight_rank", "Conv", [weight("w", 6, 4, 3)]),
        one("pad_reflect_too_wide", "Pad", [ints("pads", wide)], mode="reflect",
            expect=("reflection",)),
        one("pad_cuts_everything", "Pad", [ints("pads", [0, 0, -5, 0, 0, 0, -4, 9])],
            expect=("negative padding",)),
        one("resize_batch", "Resize", [floats("roi", []), floats("s", [2, 1, 2, 2])],
            mode="nearest", expect=("batch",)),
        one("resize_nearest_antialias", "Resize",
            [floats("roi", []), floats("s", [1, 1, 0.5, 0.5])], opset=19, mode="nearest",
            antialias=1, expect=("antialias",)),
        one("resize_policy", "Resize", [floats("roi", []), floats("s", []),
                                        ints("n", [1, 4, 20, 20])], opset=19, mode="linear",
            keep_aspect_ratio_policy="as_you_like", expect=("as_you_like",)),
        one("transposed_groups", "ConvTranspose", [weight("t", 4, 2, 3, 3)], group=3),
        one("training_norm", "BatchNormalization", norm_weights("n", 4), opset=15,
            training_mode=1),
        one("norm_not_spatial", "BatchNormalization", norm_weights("n", 4), opset=7, spatial=0),
        one("training_dropout", "Dropout", [floats("ratio", 0.5), true]),
        refused("maxpool_indices", [node("MaxPool", "x", "p i", kernel_shape=[2, 2]),
                                    node("Cast", "i", "y", to=1)],
                expect=(("node_p", "node_y"), ("MaxPool", "Cast"))),
        refused("computed_weight", [node("GlobalAveragePool", "x", "g"),
                                    node("Conv", "x g", "y")], expect=("node_y", "Conv")),
    ]


def of_the_image():
    """Conditions, lengths and scales that no constant gives; functions that contain themselves."""
    kind = onnx.TensorProto.FLOAT
    result = [helper.make_tensor_value_info("t", kind, None)]
    branch = helper.make_graph([node("Relu", "x", "t")], "branch", [], result)
    values = [helper.make_tensor_value_info(n, kind, None) for n in ("i", "go", "v")]
    body = helper.make_graph([node("Relu", "v", "t"), node("Identity", "go", "g")], "body", values,
                             [helper.make_tensor_value_info("g", kind, None), *result])
    steps = [floats("s", 0.1), helper.make_tensor("z", onnx.TensorProto.UINT8, [], [1]),
             helper.make_tensor("zero", onnx.TensorProto.UINT8, [], [0])]
    itself = graph("refuse_function_in_itself", [node("again", "x", "y", domain="tests")],
                   domains=("tests",), expect=("again", "too deeply"))
    itself.model.functions.append(helper.make_function(
        "tests", "again", ["a"], ["o"], [node("again", "a", "o", domain="tests")],
        [helper.make_opsetid("", 13), helper.make_opsetid("tests", 1)]))
    return [
        one("if_of_image", "If", then_branch=branch, else_branch=branch,
            expect=("condition depends on the image",)),
        refused("loop_of_image", [node("Loop", "x - x", "y", body=body)],
                expect=("node_y", "Loop", "rounds depends on the image")),
        refused("loop_without_end", [node("Loop", "- - x", "y", body=body)],
                expect=("node_y", "Loop", "1000 rounds")),
        refused("quantised_two_ways", [node("QuantizeLinear", "x s z", "q"),
                                       node("DequantizeLinear", "q s zero", "y")], steps,
                expect=("node_y", "DequantizeLinear", "another zero point")),
        refused("arithmetic_on_bytes", [node("QuantizeLinear", "x s", "q"),
                                        node("Add", "q q", "y")], steps,
                expect=("node_y", "Add", "8-bit numbers")),
        itself,
    ]


CASES = unknown() + nonsense() + unsupported() + of_the_image()
