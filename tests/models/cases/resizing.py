"""Resize, Upsample, transposed convolution, and padding with the map's own values."""

import itertools

from cases.build import (NEWEST, channels_last, floats, graph, ints, node, norm_weights, single,
                         weight)

COORDINATES = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
               "asymmetric", "tf_crop_and_resize")
NEAREST = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
FACTORS = {"up": (2, 3), "odd": (1.5, 2.25), "down": (0.5, 0.6), "mixed": (1.2, 0.75)}
REGION = [0, 0, 0.1, -0.2, 1, 1, 0.9, 1.1]


def resize(name, factors=None, sizes=None, roi=None, opset=19, shape=(3, 9, 8), **attributes):
    """One Resize by FACTORS or to SIZES."""
    tensors, names = [], ["x"]
    for key, values, kind in (("roi", roi, floats), ("s", factors, floats), ("n", sizes, ints)):
        if values is not None:
            tensors.append(kind(key, values))
        names.append("-" if values is None else key)
    while names[-1] == "-":
        names.pop()
    return graph(f"resize_{name}", [node("Resize", " ".join(names), "y", **attributes)], tensors,
                 opset, shape, batch=1, declared_batch=1)


def all_modes():
    """Every mode with every kind of coordinates."""
    for (name, factors), place in itertools.product(FACTORS.items(), COORDINATES):
        cropped = place == "tf_crop_and_resize"
        common = {"coordinate_transformation_mode": place, "factors": [1, 1, *factors],
                  "roi": REGION if cropped else None}
        if cropped:
            common["extrapolation_value"] = 0.75
        for nearest in NEAREST:
            yield resize(f"{nearest}_{place}_{name}", mode="nearest", nearest_mode=nearest, **common)
        yield resize(f"linear_{place}_{name}", mode="linear", **common)
        yield resize(f"linear_antialias_{place}_{name}", mode="linear", antialias=1, **common)
        yield resize(f"cubic_{place}_{name}", mode="cubic", **common)
        yield resize(f"cubic_outside_{place}_{name}", mode="cubic", exclude_outside=1,
                     cubic_coeff_a=-0.5, **common)
        yield resize(f"cubic_antialias_{place}_{name}", mode="cubic", antialias=1, **common)


def sizes():
    """Extents instead of factors; single precision decides which cell is nearest."""
    for n, m in ((7, 38), (13, 15), (14, 19), (18, 21), (20, 6), (26, 64), (10, 7), (33, 11)):
        for nearest in NEAREST:
            yield resize(f"{nearest}_{n}_to_{m}", sizes=[1, 2, m, 5], shape=(2, n, 4),
                         mode="nearest", nearest_mode=nearest)
        yield resize(f"linear_{n}_to_{m}", sizes=[1, 2, m, 9], shape=(2, n, 4), mode="linear")
    yield resize("to_one_cell", sizes=[1, 3, 1, 4], mode="linear",
                 coordinate_transformation_mode="pytorch_half_pixel")
    yield resize("of_one_cell", sizes=[1, 3, 4, 5], shape=(3, 1, 1), mode="cubic")
    yield resize("rows_only", factors=[1, 1, 2, 1], mode="linear")
    yield resize("same_size", factors=[1, 1, 1.05, 1.1], mode="linear")
    yield resize("almost_same_size", factors=[1, 1, 1.05, 2], mode="linear")
    yield resize("almost_same_size_antialias", factors=[1, 1, 1.05, 2], mode="linear", antialias=1)
    yield resize("axes", sizes=[5, 20], axes=[3, 2], mode="linear")
    yield resize("axes_negative", factors=[2, 3], axes=[-2, -1], mode="nearest")
    yield resize("axes_region", factors=[2, 3], axes=[2, 3], roi=[0.1, 0.2, 0.8, 0.9],
                 mode="linear", coordinate_transformation_mode="tf_crop_and_resize")
    for policy in ("not_larger", "not_smaller"):
        yield resize(policy, sizes=[20, 11], axes=[2, 3], mode="linear",
                     keep_aspect_ratio_policy=policy)


TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


def last(values):
    """Numbers of N, C, H, W in the order of channels-last tensors, halves each for themselves."""
    halves = [values[i:i + 4] for i in range(0, len(values), 4)]
    return [half[axis] for half in halves for axis in TO_LAST]


def resize_last(name, factors, twin=False, roi=None, **attributes):
    """One Resize of a channels-last image and a convolution of the result. FACTORS and ROI: of N, C,
    H, W. TWIN: ONNX Runtime refuses it, and is given the same between two transposes."""
    def tensors(order):
        return [floats("s", order(factors)), weight("w", 5, 3, 3, 3),
                *([] if roi is None else [floats("r", order(roi))])]
    def nodes(before, inner, after):
        return [*before, node("Resize", f"{inner} {'-' if roi is None else 'r'} s", after,
                              name="node_r", **attributes),
                *([node("Transpose", "c", "b", perm=TO_LAST)] if before else []),
                node("Transpose", "b", "t", perm=TO_FIRST), node("Conv", "t w", "y")]
    options = {"opset": 19, "shape": (3, 9, 8), "batch": 1, "declared_batch": 1}
    name = f"resize_last_{name}"
    if twin:
        first = [node("Transpose", "x", "a", perm=TO_FIRST)]
        options["twin"] = channels_last(name, nodes(first, "a", "c"), tensors(list),
                                        **options).model
    return channels_last(name, nodes([], "x", "b"), tensors(last), **options)


def channels_last_modes():
    """Channels-last tensors: every mode on the image, and tensors whose values have moved."""
    for (name, (y, x)), place in itertools.product(FACTORS.items(), COORDINATES):
        cropped = place == "tf_crop_and_resize"
        common = {"coordinate_transformation_mode": place, "factors": [1, 1, y, x],
                  "roi": REGION if cropped else None}
        if cropped:
            common["extrapolation_value"] = 0.75
        end = f"{place}_{name}"
        yield resize_last(f"nearest_{end}", mode="nearest", **common)
        yield resize_last(f"linear_{end}", mode="linear", **common)
        yield resize_last(f"cubic_{end}", mode="cubic", twin=True, **common)
        yield resize_last(f"antialias_{end}", mode="linear", antialias=1, twin=True, **common)
    yield resize_last("rows", [1, 1, 2, 1], mode="linear")
    yield resize_last("columns", [1, 1, 1, 2], mode="nearest")
    conv, scales = node("Conv", "x w", "c"), floats("s", [1, 2, 3, 1])
    turned = node("Transpose", "c", "t", perm=TO_LAST)
    fixed = {"opset": 19, "batch": 1, "declared_batch": 1}
    w = weight("w", 8, 4, 3, 3)
    yield graph("resize_last_between", [
        conv, turned, node("Resize", "t - s", "u", mode="linear"), node("Softmax", "u", "y")],
        [w, scales], **fixed)
    yield graph("resize_last_of_one_position", [
        node("GlobalAveragePool", "x", "g"), node("Transpose", "g", "t", perm=TO_LAST),
        node("Resize", "t - - n", "u", mode="linear"), node("MatMul", "u m", "y")],
        [ints("n", [1, 9, 8, 4]), weight("m", 4, 5)], **fixed)
    yield graph("resize_last_of_blocks", [
        conv, node("DepthToSpace", "c", "d", blocksize=2),
        node("Transpose", "d", "t", perm=TO_LAST), node("Resize", "t - s", "u", mode="nearest"),
        node("Transpose", "u", "y", perm=TO_FIRST)], [w, scales], **fixed)
    yield graph("resize_last_of_tokens", [
        conv, turned, node("Reshape", "t flat", "f"), node("Softmax", "f", "p", axis=1),
        node("Reshape", "p square", "q"), node("Resize", "q - s", "y", mode="linear")],
        [w, scales, ints("flat", [1, 42, 8]), ints("square", [1, 7, 6, 8])], **fixed)


def other_axes():
    """Channels, lines and volumes."""
    yield resize("channels", factors=[1, 2, 2, 1.5], mode="nearest")
    yield resize("channels_alone", factors=[1, 3, 1, 1], mode="nearest")
    yield graph("resize_line", [node("Reshape", "x line", "f"),
                                node("Resize", "f - s", "y")],
                [ints("line", [1, 4, 72]), floats("s", [1, 1, 2])], opset=19, batch=1, declared_batch=1)
    for mode in ("nearest", "linear"):
        yield graph(f"resize_volume_{mode}", [
            node("Reshape", "x deep", "v"), node("Resize", "v - s", "y", mode=mode)],
            [ints("deep", [1, 2, 2, 9, 8]), floats("s", [1, 1, 2, 1.5, 3])], opset=19, batch=1,
            declared_batch=1)


def opsets():
    """Older and newer forms."""
    for factors in ((2, 2), (1.3, 2.5)):
        scales = [1.0, 1.0, *factors]
        for mode in ("nearest", "linear"):
            end = f"{mode}_{factors[0]}"
            options = {"batch": 1, "declared_batch": 1}
            yield graph(f"upsample_7_{end}", [node("Upsample", "x", "y", scales=scales, mode=mode)],
                        opset=7, **options)
            yield graph(f"upsample_9_{end}", [node("Upsample", "x s", "y", mode=mode)],
                        [floats("s", scales)], opset=9, **options)
            yield graph(f"resize_10_{end}", [node("Resize", "x s", "y", mode=mode)],
                        [floats("s", scales)], opset=10, **options)
    yield graph("resize_10_down", [node("Resize", "x s", "y", mode="nearest")],
                [floats("s", [1, 1, 0.6, 0.3])], opset=10, batch=1, declared_batch=1)
    yield resize("11_empty_inputs", roi=[], factors=[], sizes=[1, 3, 13, 15], opset=11,
                 mode="linear")
    yield resize("11_tf_half_pixel", roi=[], factors=[1, 1, 2, 0.6], opset=11, mode="nearest",
                 coordinate_transformation_mode="tf_half_pixel_for_nn")
    yield resize("13", factors=[1, 1, 2, 2], opset=13, mode="linear")
    yield resize("newest", factors=[1, 1, 2, 2], opset=NEWEST, mode="linear")
    yield graph("resize_in_network", [
        node("Conv", "x w", "c", strides=[2, 2], pads=[1] * 4), node("Relu", "c", "r"),
        node("Resize", "r - s", "u", mode="linear"), node("Concat", "u x", "j", axis=1),
        node("Conv", "j v", "y", pads=[1] * 4)],
        [weight("w", 4, 4, 3, 3), weight("v", 5, 8, 3, 3), floats("s", [1, 1, 2, 2])], opset=19,
        shape=(4, 8, 8))


def transposed(name, weights, bias=True, opset=13, shape=(4, 5, 6), **attributes):
    """One transposed convolution with weights [WEIGHTS]."""
    outs = weights[1] * attributes.get("group", 1)
    tensors = [weight("w", *weights)] + ([weight("b", outs)] if bias else [])
    return single(f"transposed_{name}", "ConvTranspose", tensors, opset, shape, **attributes)


def transposed_convolutions():
    """Strides, pads, output_padding, output_shape, auto_pad, groups and dilations."""
    kernel, norm = (4, 6, 3, 3), norm_weights("n", 6)
    yield transposed("plain", kernel)
    yield transposed("no_bias", kernel, bias=False)
    yield transposed("newest", kernel, opset=NEWEST, strides=[2, 2])
    yield transposed("opset7", kernel, opset=7, strides=[2, 2], kernel_shape=[3, 3])
    yield transposed("1x1", (4, 6, 1, 1), strides=[2, 3])
    yield transposed("kernel_is_stride", (4, 6, 2, 2), strides=[2, 2])
    yield transposed("stride_over_kernel", (4, 6, 2, 2), strides=[3, 4])
    yield transposed("pads", (4, 6, 4, 3), strides=[2, 2], pads=[1, 0, 2, 1])
    yield transposed("pads_stride_1", (4, 6, 4, 3), pads=[1, 0, 2, 1])
    yield transposed("output_padding", kernel, strides=[2, 3], pads=[1] * 4, output_padding=[1, 2])
    yield transposed("cut", (4, 6, 2, 2), strides=[3, 2], pads=[3, 1, 2, 4])
    yield transposed("cut_and_output_padding", (4, 6, 1, 2), strides=[3, 2], pads=[1, 3, 2, 0],
                     output_padding=[2, 1])
    yield transposed("groups", (4, 3, 3, 3), group=2, strides=[2, 2])
    yield transposed("depthwise", (4, 1, 4, 4), group=4, strides=[2, 2], pads=[1] * 4)
    yield transposed("depthwise_multiplier", (4, 3, 3, 3), group=4)
    yield transposed("dilation", kernel, dilations=[2, 3], strides=[2, 1])
    yield transposed("dilation_pads", kernel, dilations=[2, 2], strides=[3, 3], pads=[3, 1, 0, 5])
    for mode in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        yield transposed(mode.lower(), (4, 6, 4, 3), auto_pad=mode, strides=[3, 2])
        yield transposed(f"{mode.lower()}_small", (4, 6, 2, 2), auto_pad=mode, strides=[3, 3])
    for end, sides in (("smaller", [8, 11]), ("own", [11, 13])):
        yield transposed(f"output_shape_{end}", kernel, strides=[2, 2], output_shape=sides)
    yield graph("transposed_bn_relu", [
        node("ConvTranspose", "x w", "c", strides=[2, 2]),
        node("BatchNormalization", "c n.scale n.bias n.mean n.var", "n"), node("Relu", "n", "y")],
        [weight("w", *kernel), *norm], shape=(4, 5, 6))


def pad(name, pads, mode, opset=19, shape=(3, 6, 5), **options):
    """One Pad of rows and columns: before, then behind."""
    around = [0, 0, *pads[:2], 0, 0, *pads[2:]]
    return single(f"pad_{name}", "Pad", [ints("pads", around)], opset, shape, mode=mode, **options)


def pads():
    """Borders made of the map's own values."""
    for mode in ("reflect", "edge", "wrap"):
        yield pad(mode, [1, 2, 3, 4], mode)
        yield pad(f"{mode}_rows", [2, 0, 1, 0], mode)
        yield pad(f"{mode}_cut", [-2, 1, 2, -1], mode)
        yield pad(f"{mode}_only_cut", [-1, 0, -2, -3], mode)
        yield channels_last(f"pad_{mode}_last", [node("Pad", "x p", "a", mode=mode),
                                                 node("Transpose", "a", "t", perm=TO_FIRST),
                                                 node("Conv", "t w", "y")],
                            [ints("p", [0, 1, 2, 0, 0, 3, 1, 0]), weight("w", 6, 4, 3, 3)], opset=19)
        yield single(f"pad_{mode}_channels", "Pad", [ints("pads", [0, 1, 2, 0, 0, 2, 1, 0])], 19,
                     mode=mode)
    yield pad("edge_wide", [9, 7, 0, 8], "edge")
    yield pad("wrap_wide", [13, 7, 0, 17], "wrap")
    yield pad("edge_of_one_cell", [2, 1, 1, 2], "edge", shape=(9, 1, 1))
    yield single("pad_reflect_7", "Pad", opset=7, pads=[0, 0, 1, 2, 0, 0, 2, 1], mode="reflect")
    yield graph("pad_reflect_conv", [node("Pad", "x p", "a", mode="reflect"),
                                     node("Conv", "a w", "b"), node("Relu", "b", "y")],
                [ints("p", [0, 0, 2, 2, 0, 0, 2, 2]), weight("w", 6, 4, 5, 5)])


CASES = [*all_modes(), *sizes(), *channels_last_modes(), *other_axes(), *opsets(), *transposed_convolutions(), *pads()]
