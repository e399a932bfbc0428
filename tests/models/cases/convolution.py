"""Convolutions, and operations that may be folded into them."""

import dataclasses

import numpy as np

from cases.build import NEWEST, constant, graph, node, norm_weights, single, weight


def conv(name, extents, bias=True, opset=13, shape=(4, 9, 8), **attributes):
    """One convolution with weights [EXTENTS]."""
    tensors = [weight("w", *extents)] + ([weight("b", extents[0])] if bias else [])
    return single(f"conv_{name}", "Conv", tensors, opset, shape, **attributes)


def with_twin(case, twin):
    """CASE with its expected outputs from TWIN's model."""
    return dataclasses.replace(case, twin=twin.model)


def geometries():
    """Strides, pads, dilations, groups and kernels."""
    return [
        conv("plain", (6, 4, 3, 3), pads=[1, 1, 1, 1]),
        conv("opset7", (6, 4, 3, 3), opset=7, kernel_shape=[3, 3], strides=[1, 1]),
        conv("opset9", (6, 4, 3, 3), opset=9, kernel_shape=[3, 3], strides=[2, 2]),
        conv("newest", (6, 4, 3, 3), opset=NEWEST, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        conv("no_bias", (6, 4, 3, 3), bias=False),
        conv("stride_2", (6, 4, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1]),
        conv("strides_differ", (6, 4, 3, 3), strides=[2, 1], pads=[1, 1, 1, 1]),
        conv("stride_over_kernel", (6, 4, 2, 2), strides=[3, 3]),
        conv("asymmetric_pads", (6, 4, 3, 3), pads=[0, 1, 2, 1]),
        conv("pads_at_end", (6, 4, 3, 3), pads=[0, 0, 1, 1], strides=[2, 2]),
        conv("large_pads", (6, 4, 5, 5), pads=[4, 3, 4, 3]),
        conv("groups_2", (6, 2, 3, 3), group=2, pads=[1, 1, 1, 1]),
        conv("groups_2_no_bias", (6, 2, 3, 3), bias=False, group=2),
        conv("groups_4_wide", (8, 2, 3, 3), group=4, shape=(8, 9, 8)),
        conv("depthwise", (4, 1, 3, 3), group=4, pads=[1, 1, 1, 1]),
        conv("depthwise_stride_2", (4, 1, 3, 3), group=4, strides=[2, 2], pads=[1, 1, 1, 1]),
        conv("depthwise_multiplier", (8, 1, 3, 3), group=4),
        conv("depthwise_17", (17, 1, 5, 5), group=17, pads=[2, 2, 2, 2], shape=(17, 9, 8)),
        conv("dilation_2", (6, 4, 3, 3), dilations=[2, 2], pads=[2, 2, 2, 2]),
        conv("dilations_differ", (6, 4, 3, 3), dilations=[1, 3]),
        conv("dilated_depthwise", (4, 1, 3, 3), group=4, dilations=[2, 2], pads=[2, 2, 2, 2]),
        conv("dilated_stride", (6, 4, 3, 3), dilations=[2, 2], strides=[2, 2], pads=[1, 2, 3, 0]),
        conv("kernel_1x1", (6, 4, 1, 1)),
        conv("kernel_1x1_stride_2", (6, 4, 1, 1), strides=[2, 2]),
        conv("kernel_1x5", (6, 4, 1, 5), pads=[0, 2, 0, 2]),
        conv("kernel_5x1", (6, 4, 5, 1), pads=[2, 0, 2, 0]),
        conv("kernel_2x2", (6, 4, 2, 2)),
        conv("kernel_whole_map", (6, 4, 9, 8)),
        conv("image_one_row", (6, 4, 1, 3), shape=(4, 1, 12), pads=[0, 1, 0, 1]),
        conv("one_channel", (3, 1, 3, 3), shape=(1, 9, 8)),
        conv("one_filter", (1, 4, 3, 3)),
        conv("odd_channels", (19, 13, 3, 3), shape=(13, 9, 8), pads=[1, 1, 1, 1]),
    ]


def automatic_padding():
    """Every auto_pad value."""
    return [
        conv("same_upper", (6, 4, 3, 3), auto_pad="SAME_UPPER"),
        conv("same_upper_even", (6, 4, 4, 4), auto_pad="SAME_UPPER"),
        conv("same_upper_stride_2", (6, 4, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2]),
        conv("same_upper_opset7", (6, 4, 2, 2), auto_pad="SAME_UPPER", strides=[2, 2], opset=7),
        conv("same_lower_even", (6, 4, 4, 4), auto_pad="SAME_LOWER"),
        conv("same_lower_stride_2", (6, 4, 3, 3), auto_pad="SAME_LOWER", strides=[2, 2]),
        with_twin(conv("same_upper_dilated", (6, 4, 3, 3), auto_pad="SAME_UPPER",
                       dilations=[2, 2]),
                  conv("dilated", (6, 4, 3, 3), pads=[2, 2, 2, 2], dilations=[2, 2])),
        conv("same_upper_depthwise", (4, 1, 4, 4), auto_pad="SAME_UPPER", group=4),
        conv("same_stride_over_kernel", (6, 4, 1, 1), auto_pad="SAME_UPPER", strides=[3, 3]),
        conv("valid", (6, 4, 3, 3), auto_pad="VALID", strides=[2, 2]),
        conv("notset", (6, 4, 3, 3), auto_pad="NOTSET", pads=[1, 0, 1, 0]),
    ]


def folding():
    """Convolutions next to batch normalisation, activations and sums, fused or not."""
    w, b, norm = weight("w", 4, 4, 3, 3), weight("b", 4), norm_weights("n", 4)
    names = "n.scale n.bias n.mean n.var"
    conv_c = node("Conv", "x w b", "c", pads=[1, 1, 1, 1])
    norm_n = node("BatchNormalization", f"c {names}", "n", epsilon=1e-3)
    return [
        graph("conv_relu", [conv_c, node("Relu", "c", "y")], [w, b]),
        graph("conv_bn", [conv_c, node("BatchNormalization", f"c {names}", "y")], [w, b, *norm]),
        graph("conv_bn_relu", [conv_c, norm_n, node("Relu", "n", "y")], [w, b, *norm]),
        graph("conv_bn_no_bias", [node("Conv", "x w", "c"),
                                  node("BatchNormalization", f"c {names}", "y")], [w, *norm]),
        graph("conv_groups_bn", [node("Conv", "x g", "c", group=2),
                                 node("BatchNormalization", f"c {names}", "y")],
              [weight("g", 4, 2, 3, 3), *norm]),
        graph("bn_conv", [node("BatchNormalization", f"x {names}", "n"),
                          node("Conv", "n w b", "y", pads=[1, 1, 1, 1])], [w, b, *norm]),
        graph("bn_relu_conv", [node("BatchNormalization", f"x {names}", "n"),
                               node("Relu", "n", "r"),
                               node("Conv", "r w b", "y", pads=[1, 1, 1, 1])], [w, b, *norm]),
        graph("conv_relu_bn", [conv_c, node("Relu", "c", "r"),
                               node("BatchNormalization", f"r {names}", "y")], [w, b, *norm]),
        graph("conv_bn_two_readers", [conv_c, norm_n, node("Relu", "n", "r"),
                                      node("Add", "r c", "y")], [w, b, *norm]),
        graph("conv_bn_both_outputs", [conv_c, norm_n], [w, b, *norm], outputs=("c", "n")),
        graph("conv_relu_two_readers", [conv_c, node("Relu", "c", "r"),
                                        node("Concat", "r c", "y", axis=1)], [w, b]),
        graph("conv_add_relu", [conv_c, node("Add", "c x", "a"), node("Relu", "a", "y")], [w, b]),
        graph("add_conv_relu", [conv_c, node("Add", "x c", "a"), node("Relu", "a", "y")], [w, b]),
        graph("conv_relu_add", [conv_c, node("Relu", "c", "r"), node("Add", "r x", "y")], [w, b]),
        graph("residual_block", [conv_c, norm_n, node("Relu", "n", "r"),
                                 node("Conv", "r w", "d", pads=[1, 1, 1, 1]),
                                 node("Add", "d x", "a"), node("Relu", "a", "y")], [w, b, *norm]),
        graph("conv_added_to_itself", [conv_c, node("Add", "c c", "y")], [w, b]),
        graph("shared_weights", [conv_c, node("Relu", "c", "r"), node("Conv", "r w b", "y")],
              [w, b]),
    ]


def weight_sources():
    """Weights that do not come from an initialiser."""
    w = np.random.Generator(np.random.PCG64(5)).standard_normal((6, 4, 3, 3), dtype=np.float32)
    stored = weight("w", 6, 4, 3, 3)
    plain = weight("w", 6, 4, 3, 3)
    plain.float_data.extend(np.frombuffer(plain.raw_data, np.float32).tolist())
    plain.ClearField("raw_data")
    return [
        graph("conv_weight_by_constant", [constant("k", w), node("Conv", "x k", "y")]),
        graph("conv_weight_by_identity", [node("Identity", "w", "i"), node("Conv", "x i", "y")],
              [stored]),
        graph("conv_weight_transposed", [node("Transpose", "t", "i", perm=[1, 0, 2, 3]),
                                         node("Conv", "x i", "y")], [weight("t", 4, 6, 3, 3)]),
        graph("conv_float_data", [node("Conv", "x w", "y")], [plain]),
    ]


CASES = geometries() + automatic_padding() + folding() + weight_sources()
