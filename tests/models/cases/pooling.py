"""Pooling, local response normalisation, and means over space."""

import dataclasses

import numpy as np

from cases.build import NEWEST, floats, graph, ints, node, single


def pool(name, kind, opset=13, shape=(3, 9, 8), **attributes):
    """One pooling node."""
    return single(f"{kind.lower()}_{name}", kind, (), opset, shape, **attributes)


def both_kinds():
    """Geometries that maximum and average pooling share."""
    found = []
    for kind in ("MaxPool", "AveragePool"):
        found += [
            pool("2x2", kind, kernel_shape=[2, 2], strides=[2, 2]),
            pool("opset7", kind, opset=7, kernel_shape=[3, 3], strides=[2, 2]),
            pool("newest", kind, opset=NEWEST, kernel_shape=[3, 3], strides=[2, 2]),
            pool("stride_default", kind, kernel_shape=[3, 3]),
            pool("kernel_differs", kind, kernel_shape=[3, 2], strides=[1, 2]),
            pool("pads", kind, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
            pool("asymmetric_pads", kind, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 2, 1]),
            pool("pads_at_end", kind, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1]),
            pool("ceil", kind, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, shape=(3, 8, 8)),
            pool("ceil_opset10", kind, opset=10, kernel_shape=[3, 3], strides=[2, 2],
                 ceil_mode=1, shape=(3, 8, 8)),
            pool("ceil_pads", kind, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
                 ceil_mode=1, shape=(3, 8, 10)),
            pool("ceil_drops_window", kind, kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1],
                 ceil_mode=1, shape=(3, 7, 7)),
            pool("ceil_stride_3", kind, kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1,
                 shape=(3, 8, 9)),
            pool("ceil_not_needed", kind, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
            pool("same_upper", kind, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
            pool("same_upper_even", kind, kernel_shape=[2, 2], auto_pad="SAME_UPPER"),
            pool("same_lower", kind, kernel_shape=[2, 2], auto_pad="SAME_LOWER"),
            pool("same_lower_stride_2", kind, kernel_shape=[4, 4], strides=[2, 2],
                 auto_pad="SAME_LOWER"),
            pool("valid", kind, kernel_shape=[3, 3], strides=[2, 2], auto_pad="VALID"),
            pool("whole_map", kind, kernel_shape=[9, 8]),
            pool("1x1", kind, kernel_shape=[1, 1]),
            pool("1x1_stride_2", kind, kernel_shape=[1, 1], strides=[2, 2]),
            pool("overlapping_17_channels", kind, kernel_shape=[3, 3], strides=[2, 2],
                 shape=(17, 9, 8)),
        ]
    return found


def own_attributes():
    """Features that only one of the two has."""
    square = {"kernel_shape": [3, 3], "strides": [2, 2]}
    return [
        pool("dilation_2", "MaxPool", kernel_shape=[3, 3], dilations=[2, 2]),
        pool("dilation_pads", "MaxPool", dilations=[2, 1], pads=[1, 1, 1, 1], **square),
        pool("dilation_opset10_ceil", "MaxPool", opset=10, dilations=[2, 2], ceil_mode=1, **square),
        pool("storage_order_0", "MaxPool", storage_order=0, **square),
        graph("maxpool_indices_unread", [node("MaxPool", "x", "y i", **square)]),
        pool("count_pads", "AveragePool", pads=[1, 1, 1, 1], count_include_pad=1, **square),
        pool("count_pads_asymmetric", "AveragePool", pads=[0, 1, 2, 1], count_include_pad=1,
             **square),
        pool("count_pads_opset7", "AveragePool", opset=7, pads=[1, 1, 1, 1], count_include_pad=1,
             **square),
        pool("count_pads_ceil", "AveragePool", pads=[1, 1, 1, 1], count_include_pad=1, ceil_mode=1,
             shape=(3, 8, 10), opset=19, **square),
        pool("ceil_opset19", "AveragePool", ceil_mode=1, shape=(3, 8, 8), opset=19, **square),
        pool("count_pads_same", "AveragePool", auto_pad="SAME_UPPER", count_include_pad=1,
             **square),
        pool("dilations_of_one", "AveragePool", opset=19, dilations=[1, 1], **square),
        pool("dilation_2", "AveragePool", opset=19, dilations=[2, 2], kernel_shape=[3, 3],
             may_refuse=True),
    ]


def over_space():
    """Global pools and means over both spatial axes."""
    axes, both = ints("axes", [2, 3]), {"axes": [2, 3]}
    flat = [node("GlobalAveragePool", "x", "g"), node("Flatten", "g", "y")]
    return [
        pool("plain", "GlobalAveragePool"),
        pool("opset7", "GlobalAveragePool", opset=7),
        pool("newest", "GlobalMaxPool", opset=NEWEST),
        pool("plain", "GlobalMaxPool"),
        pool("1x1", "GlobalAveragePool", shape=(3, 1, 1)),
        graph("global_flatten", flat),
        single("reducemean_kept", "ReduceMean", opset=13, keepdims=1, **both),
        single("reducemean_not_kept", "ReduceMean", opset=13, keepdims=0, **both),
        single("reducemean_default_keeps", "ReduceMean", opset=11, **both),
        single("reducemean_opset7", "ReduceMean", opset=7, keepdims=0, **both),
        single("reducemean_negative", "ReduceMean", opset=11, axes=[-2, -1], keepdims=0),
        single("reducemean_reversed", "ReduceMean", opset=11, axes=[3, 2], keepdims=1),
        single("reducemean_input", "ReduceMean", [axes], opset=18, keepdims=1),
        single("reducemean_input_not_kept", "ReduceMean", [axes], opset=NEWEST, keepdims=0),
        single("reducemean_noop_attribute", "ReduceMean", [axes], opset=18, keepdims=0,
               noop_with_empty_axes=0),
        single("reducemean_one_axis", "ReduceMean", opset=13, axes=[3], keepdims=1,
               may_refuse=True),
        single("reducemean_channels", "ReduceMean", opset=13, axes=[1], keepdims=1,
               may_refuse=True),
        graph("reducemean_two_steps", [node("ReduceMean", "x", "a", axes=[3], keepdims=0),
                                       node("ReduceMean", "a", "y", axes=[2], keepdims=0)],
              may_refuse=True),
    ]


def even_response(size, alpha, beta, bias):
    """LRN over an even window, which ONNX Runtime lacks; a twin model spells out the formula.

    The window of channel c runs from c - floor((size - 1) / 2) to c + ceil((size - 1) / 2) (the
    operator's definition); the sum of squares is a 1x1 convolution with a band of ones.
    """
    channels = 11
    before, after = (size - 1) // 2, size // 2
    offset = np.arange(channels) - np.arange(channels)[:, None]
    band = ((offset >= -before) & (offset <= after)) * (alpha / size)
    nodes = [node("Mul", "x x", "q"), node("Conv", "q band", "s"), node("Add", "s bias", "t"),
             node("Pow", "t beta", "d"), node("Div", "x d", "y")]
    tensors = [floats("band", band[:, :, None, None]), floats("bias", bias), floats("beta", beta)]
    shape = (channels, 5, 4)
    case = single(f"lrn_even_{size}", "LRN", (), 13, shape, size=size, alpha=alpha, beta=beta,
                  bias=bias)
    return dataclasses.replace(case, twin=graph("twin", nodes, tensors, shape=shape).model)


def response_normalisation():
    """LRN over odd and even windows; alpha is large, so that the window matters."""
    wide = (11, 5, 4)
    return [
        single("lrn_5", "LRN", opset=13, shape=wide, size=5, alpha=0.5, beta=0.75, bias=1.0),
        single("lrn_3", "LRN", opset=7, shape=wide, size=3, alpha=0.5, beta=0.6, bias=2.0),
        single("lrn_1", "LRN", shape=wide, size=1, alpha=0.5, beta=0.75),
        even_response(4, 0.9, 0.75, 1.0),
        even_response(2, 0.9, 0.5, 1.5),
        even_response(6, 2.0, 0.75, 1.0),
        single("lrn_over_channels", "LRN", shape=(3, 5, 4), size=9, alpha=0.9, beta=0.75),
        single("lrn_17_channels", "LRN", shape=(17, 5, 4), size=5, alpha=2.0, beta=0.75),
        single("lrn_defaults", "LRN", opset=NEWEST, shape=wide, size=5),
    ]


CASES = both_kinds() + own_attributes() + over_space() + response_normalisation()
