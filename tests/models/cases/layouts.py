"""Transposes, reshapes and what lies between them: layouts that are followed, tokens, attention."""

import numpy as np
from onnx import numpy_helper

from cases.build import channels_last, floats, graph, ints, node, weight

W = weight("w", 6, 4, 3, 3)
CONV = node("Conv", "x w", "c", pads=[1, 1, 1, 1])
TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


def weight_values(*extents):
    """The values of a weight of these extents."""
    return numpy_helper.to_array(weight("values", *extents))


def followed(name, nodes, tensors=(), **options):
    """A case of one image, whose reshapes may name its extents."""
    return graph(f"layout_{name}", nodes, tensors, declared_batch=1, batch=1, **options)


def last(name, nodes, tensors=(), **options):
    """A case whose input is channels-last."""
    return channels_last(f"layout_{name}", nodes, tensors, **options)


def inputs():
    """Channels-last inputs: transposed, transposed late, reshaped."""
    first = node("Transpose", "x", "t", perm=TO_FIRST)
    conv = node("Conv", "t w", "y")
    mean = floats("mean", [0.1, -0.2, 0.3])
    w3, w1 = weight("w", 5, 3, 3, 3), weight("w", 5, 1, 3, 3)
    return [
        last("input_transposed", [first, conv], [w3], shape=(3, 9, 8)),
        last("input_mean_first", [node("Sub", "x mean", "m"),
                                  node("Transpose", "m", "t", perm=TO_FIRST), conv],
             [w3, mean], shape=(3, 9, 8)),
        last("input_grey_reshaped", [node("Reshape", "x s", "t"), conv],
             [w1, ints("s", [-1, 1, 9, 8])], shape=(1, 9, 8)),
        last("input_and_output", [first, node("Conv", "t w", "c"),
                                  node("Transpose", "c", "y", perm=TO_LAST)],
             [w3], shape=(3, 9, 8)),
        last("input_flattened", [first, node("Conv", "t w", "c"),
                                 node("Transpose", "c", "n", perm=TO_LAST),
                                 node("Reshape", "n s", "f"), node("MatMul", "f m", "y")],
             [w3, ints("s", [-1, 210]), weight("m", 210, 7)], shape=(3, 9, 8)),
    ]


def between():
    """Pairs of moves with operations between them."""
    back = node("Conv", "b v", "y")
    v = weight("v", 5, 6, 3, 3)
    scale = floats("scale", np.linspace(0.5, 2, 6))
    out, home = node("Transpose", "c", "t", perm=TO_LAST), node("Transpose", "m", "b", perm=TO_FIRST)
    flat, square = ints("flat", [1, 6, 72]), ints("square", [1, 6, 9, 8])
    by_row = weight("rows", 9, 1, 1)
    return [
        followed("factor", [CONV, out, node("Mul", "t scale", "m"), home, back], [W, v, scale]),
        followed("factor_by_place", [CONV, out, node("Add", "t rows", "m"), home, back],
                 [W, v, by_row]),
        followed("softmax", [CONV, out, node("Softmax", "t", "m", axis=-1), home, back], [W, v]),
        followed("softmax_rows", [CONV, out, node("Softmax", "t", "m", axis=1), home, back], [W, v]),
        followed("flat_and_back", [CONV, node("Reshape", "c flat", "f"), node("Relu", "f", "r"),
                                   node("Reshape", "r square", "b"), back], [W, v, flat, square]),
        followed("flat_softmax", [CONV, node("Reshape", "c flat", "f"),
                                  node("Softmax", "f", "r", axis=2),
                                  node("Reshape", "r square", "b"), back], [W, v, flat, square]),
        followed("rows_and_columns", [CONV, node("Transpose", "c", "b", perm=[0, 1, 3, 2]),
                                      node("Conv", "b v", "y", strides=[2, 1], pads=[1, 0, 0, 2])],
                 [W, weight("v", 5, 6, 3, 2)]),
        followed("rows_and_columns_pooled", [CONV, node("Transpose", "c", "b", perm=[0, 1, 3, 2]),
                                             node("MaxPool", "b", "y", kernel_shape=[3, 2])], [W]),
        followed("channels_and_rows", [CONV, node("Transpose", "c", "b", perm=[0, 2, 1, 3]),
                                       node("Conv", "b v", "y")], [W, weight("v", 5, 9, 3, 3)]),
        followed("joined", [CONV, out, node("Relu", "t", "r"), node("Concat", "r t", "m", axis=3),
                            home, node("Conv", "b v", "y")], [W, weight("v", 5, 12, 3, 3)]),
        followed("two_layouts", [CONV, out, node("Reshape", "t s", "p"), node("Relu", "p", "q"),
                                 node("Reshape", "q u", "r"), node("Mul", "r t", "y")],
                 [W, ints("s", [1, 72, 6]), ints("u", [1, 9, 8, 6])]),
        followed("sum_of_two_layouts", [CONV, node("Conv", "x w2", "d"), out,
                                        node("Reshape", "d s", "e"), node("Add", "t e", "y")],
                 [W, weight("w2", 6, 4, 1, 1), ints("s", [1, 9, 8, 6])]),
    ]


def channels():
    """Channel shuffles, depth to space and back, by reshapes and by operations."""
    wide = weight("w", 12, 4, 3, 3)
    conv = node("Conv", "x w", "c", pads=[1, 1, 1, 1])
    after = node("Conv", "b v", "y")
    v = weight("v", 5, 12, 3, 3)
    blocks = [conv, node("Reshape", "c s", "d"), node("Transpose", "d", "e", perm=[0, 2, 1, 3, 4]),
              node("Reshape", "e u", "b"), after]
    up = [conv, node("Reshape", "c s", "d"),
          node("Transpose", "d", "e", perm=[0, 1, 4, 2, 5, 3]), node("Reshape", "e u", "b"), after]
    v3 = weight("v", 5, 3, 3, 3)
    return [
        followed("shuffle", blocks, [wide, v, ints("s", [1, 3, 4, 9, 8]),
                                     ints("u", [1, 12, 9, 8])]),
        followed("pixel_shuffle", up, [wide, v3, ints("s", [1, 3, 2, 2, 9, 8]),
                                       ints("u", [1, 3, 18, 16])]),
        followed("depth_to_space_dcr", [conv, node("DepthToSpace", "c", "b", blocksize=2), after],
                 [wide, v3]),
        followed("depth_to_space_crd", [conv, node("DepthToSpace", "c", "b", blocksize=2,
                                                   mode="CRD"), after], [wide, v3]),
        followed("space_to_depth", [node("SpaceToDepth", "x", "b", blocksize=2), after],
                 [weight("v", 5, 16, 3, 3)], shape=(4, 8, 10)),
        followed("focus", [*[node("Slice", f"x start{i} end axes step", f"s{i}") for i in range(4)],
                           node("Concat", "s0 s1 s2 s3", "b", axis=1), after],
                 [*[ints(f"start{i}", [i % 2, i // 2]) for i in range(4)], ints("axes", [2, 3]),
                  ints("end", [2**31, 2**31]), ints("step", [2, 2]), weight("v", 5, 16, 3, 3)],
                 shape=(4, 8, 10)),
        followed("reversed", [node("Slice", "x start end axes step", "b"), after],
                 [ints("start", [-1]), ints("end", [-(2**31)]), ints("axes", [3]),
                  ints("step", [-1]), weight("v", 5, 4, 3, 3)]),
        followed("every_second_channel", [conv, node("Slice", "c start end axes step", "b"), after],
                 [wide, ints("start", [1]), ints("end", [12]), ints("axes", [1]),
                  ints("step", [2]), weight("v", 5, 6, 3, 3)]),
    ]


def tokens():
    """Positions as tokens: linear maps, class tokens, attention."""
    to_tokens = [CONV, node("Reshape", "c flat", "f"), node("Transpose", "f", "t", perm=[0, 2, 1])]
    flat = ints("flat", [1, 6, 72])
    heads = ints("heads", [1, 72, 3, 2, 3])
    attention = [
        *to_tokens, node("MatMul", "t m", "u"), node("Reshape", "u heads", "v"),
        node("Transpose", "v", "qkv", perm=[2, 0, 3, 1, 4]),
        node("Split", "qkv", "q3 k3 v3", axis=0, num_outputs=3),
        *[node("Squeeze", f"{i}3 zero", i) for i in "qk"], node("Squeeze", "v3 zero", "val"),
        node("Transpose", "k", "kt", perm=[0, 1, 3, 2]), node("MatMul", "q kt", "scores"),
        node("Mul", "scores third", "scaled"), node("Softmax", "scaled", "p", axis=-1),
        node("MatMul", "p val", "o"), node("Transpose", "o", "o2", perm=[0, 2, 1, 3]),
        node("Reshape", "o2 joined", "o3"), node("MatMul", "o3 m2", "o4"),
        node("Add", "o4 bias", "o5"), node("Add", "t o5", "y")]
    attention_tensors = [W, flat, weight("m", 6, 18), heads, ints("zero", [0]),
                         floats("third", 0.577), ints("joined", [1, 72, 6]), weight("m2", 6, 6),
                         weight("bias", 6)]
    norm = [weight("g", 6, scale=0.2, offset=1), weight("h", 6)]
    return [
        followed("linear", [*to_tokens, node("MatMul", "t m", "u"), node("Add", "u b", "y")],
                 [W, flat, weight("m", 6, 7), weight("b", 7)]),
        followed("linear_last", [CONV, node("Transpose", "c", "t", perm=TO_LAST),
                                 node("LayerNormalization", "t g h", "n", axis=-1),
                                 node("MatMul", "n m", "u"), node("Add", "u b", "a"),
                                 node("Relu", "a", "r"), node("MatMul", "r m2", "s"),
                                 node("Transpose", "s", "p", perm=TO_FIRST),
                                 node("Add", "p c", "y")],
                 [W, *norm, weight("m", 6, 9), weight("b", 9), weight("m2", 9, 6)], opset=17),
        followed("layer_norm_tokens", [*to_tokens, node("LayerNormalization", "t g h", "y",
                                                        axis=-1)], [W, flat, *norm], opset=17),
        followed("class_token", [*to_tokens, node("Concat", "cls t", "a", axis=1),
                                 node("Add", "a place", "b"), node("MatMul", "b m", "u"),
                                 node("Gather", "u index", "y", axis=1)],
                 [W, flat, weight("cls", 1, 1, 6), weight("place", 1, 73, 6), weight("m", 6, 7),
                  ints("index", 0)]),
        followed("attention", attention, attention_tensors, opset=18),
        followed("constant_first", [*to_tokens, node("MatMul", "m t", "y")],
                 [W, flat, weight("m", 5, 72)]),
        followed("between_tokens", [*to_tokens, node("Transpose", "t", "u", perm=[0, 2, 1]),
                                    node("MatMul", "u m", "y")], [W, flat, weight("m", 72, 5)]),
        followed("windows", [CONV, node("Transpose", "c", "t", perm=TO_LAST),
                             node("Reshape", "t split", "a"),
                             node("Transpose", "a", "b", perm=[0, 1, 3, 2, 4, 5]),
                             node("Reshape", "b grouped", "d"),
                             node("Transpose", "d", "dt", perm=[0, 2, 1]),
                             node("MatMul", "d dt", "s"), node("Softmax", "s", "p", axis=-1),
                             node("MatMul", "p d", "o"), node("Reshape", "o ungrouped", "e"),
                             node("Transpose", "e", "f", perm=[0, 1, 3, 2, 4, 5]),
                             node("Reshape", "f whole", "g"), node("Add", "g t", "y")],
                 [W, ints("split", [1, 3, 3, 2, 4, 6]), ints("grouped", [6, 12, 6]),
                  ints("ungrouped", [1, 3, 2, 3, 4, 6]), ints("whole", [1, 9, 8, 6])]),
        followed("einsum_scores", [*to_tokens, node("Einsum", "t t", "y",
                                                    equation="bic,bjc->bij")], [W, flat]),
        followed("einsum_constant", [CONV, node("Einsum", "c m", "y", equation="bchw,co->bohw")],
                 [W, weight("m", 6, 7)]),
        followed("einsum_sum", [CONV, node("Einsum", "c", "y", equation="bchw->bwc")], [W]),
        followed("conv_through_the_batch",
                 [CONV, node("Reshape", "c s", "a"), node("Transpose", "a", "b", perm=[2, 0, 1, 3]),
                  node("Reshape", "b m", "e"), node("Conv", "e v", "f", pads=[1, 1, 1, 1]),
                  node("BatchNormalization", "f g h h g", "n"),
                  node("MaxPool", "n", "y", kernel_shape=[2, 2])],
                 [W, ints("s", [6, 3, 3, 8]), ints("m", [3, 6, 3, 8]), weight("v", 5, 6, 3, 3),
                  floats("g", np.linspace(0.5, 2, 5)), weight("h", 5)]),
        followed("gather_of_rank_two", [CONV, node("Reshape", "c s", "a"),
                                        node("Gather", "a places", "y", axis=0)],
                 [W, ints("s", [432]), ints("places", np.arange(6, 30).reshape(2, 1, 12))]),
        followed("through_the_batch", [CONV, node("Reshape", "c s", "a"),
                                       node("Transpose", "a", "b", perm=[1, 0, 2]),
                                       node("Softmax", "b", "p", axis=-1),
                                       node("Transpose", "p", "q", perm=[1, 0, 2]),
                                       node("Reshape", "q u", "y")],
                 [W, ints("s", [6, 9, 8]), ints("u", [1, 6, 9, 8])]),
    ]


def reductions():
    """Means, sums and norms over any axes; normalisation over space and groups."""
    def reduced(kind, name, axes, keep=1, opset=18):
        squared = node("Mul", "c c", "r") if "Log" in kind else node("Identity", "c", "r")
        return followed(f"reduce_{name}", [CONV, squared,
                                           node(kind, "r axes", "y", keepdims=keep)],
                        [W, ints("axes", axes)], opset=opset)
    groups = [CONV, node("Reshape", "c s", "a"), node("InstanceNormalization", "a one nil", "n"),
              node("Reshape", "n u", "m"), node("Mul", "m g", "o"), node("Add", "o h", "y")]
    gate = [CONV, node("ReduceMean", "c space", "m", keepdims=1), node("Conv", "m v", "v1"),
            node("Sigmoid", "v1", "s"), node("Mul", "c s", "y")]
    return [
        reduced("ReduceMean", "channels", [1]), reduced("ReduceMean", "rows", [2], keep=0),
        reduced("ReduceSum", "space", [2, 3]), reduced("ReduceMax", "channels_dropped", [1], keep=0),
        reduced("ReduceMin", "columns", [-1]), reduced("ReduceProd", "rows_kept", [2]),
        reduced("ReduceL1", "l1", [1]), reduced("ReduceL2", "l2", [1, 2]),
        reduced("ReduceSumSquare", "squares", [3]), reduced("ReduceLogSum", "log_sum", [1, 2]),
        reduced("ReduceLogSumExp", "log_sum_exp", [1], keep=0),
        followed("global_response", [CONV, node("Transpose", "c", "t", perm=TO_LAST),
                                     node("ReduceL2", "t axes", "n", keepdims=1),
                                     node("ReduceMean", "n last", "m", keepdims=1),
                                     node("Add", "m e", "d"), node("Div", "n d", "q"),
                                     node("Mul", "t q", "y")],
                 [W, ints("axes", [1, 2]), ints("last", [-1]), floats("e", 1e-6)], opset=18),
        followed("instance_norm", [CONV, node("InstanceNormalization", "c g h", "y")],
                 [W, weight("g", 6), weight("h", 6)]),
        followed("group_norm", groups, [W, ints("s", [0, 3, -1]), floats("one", [1, 1, 1]),
                                        floats("nil", [0, 0, 0]), ints("u", [1, 6, 9, 8]),
                                        weight("g", 6, 1, 1), weight("h", 6, 1, 1)]),
        followed("group_norm_operation", [CONV, node("GroupNormalization", "c g h", "y",
                                                     num_groups=3)],
                 [W, weight("g", 6), weight("h", 6)], opset=21),
        followed("squeeze_and_excite", gate, [W, ints("space", [2, 3]), weight("v", 6, 6, 1, 1)],
                 opset=18),
        followed("normalised", [CONV, node("LpNormalization", "c", "y", axis=1, p=2)], [W]),
        followed("expanded", [CONV, node("ReduceMean", "c space", "m", keepdims=1),
                              node("Expand", "m wide", "e"), node("Add", "e c", "y")],
                 [W, ints("space", [3]), ints("wide", [1, 6, 9, 8])], opset=18),
        followed("tiled", [CONV, node("Tile", "c times", "y")], [W, ints("times", [1, 2, 1, 3])]),
        followed("gathered", [CONV, node("Gather", "c places", "y", axis=1)],
                 [W, ints("places", [5, 0, 3])]),
    ]


def enlarged():
    """Results with more values than any input; padding that changes the layout."""
    mean = node("ReduceMean", "c one", "m", keepdims=1)
    one, constant = ints("one", [1]), weight("k", 6, 9, 8)
    line = node("ReduceMean", "c rows", "m", keepdims=1)
    return [
        followed("constant_less_mean", [CONV, mean, node("Sub", "k m", "y")], [W, one, constant],
                 opset=18),
        followed("choice_of_mean", [CONV, mean, node("Where", "mask m k", "y")],
                 [W, one, constant, numpy_helper.from_array(np.arange(8) % 3 > 0, "mask")],
                 opset=18),
        followed("sum_of_crossed", [CONV, node("Reshape", "c s", "a"),
                                    node("GlobalAveragePool", "c", "g"), node("Add", "a g", "y")],
                 [W, ints("s", [6, 1, 9, 8])]),
        followed("padded_line", [CONV, line, node("Pad", "m pads", "p"), node("Conv", "p v", "y")],
                 [W, ints("rows", [2]), ints("pads", [0, 0, 2, 1, 0, 0, 1, 1]),
                  weight("v", 5, 6, 3, 3)], opset=18),
        followed("padded_groups", [CONV, node("Reshape", "c s", "a"), node("Pad", "a pads", "y")],
                 [W, ints("s", [1, 2, 3, 9, 8]), ints("pads", [0, 0, 1, 1, 0, 0, 0, 0, 2, 1])]),
        followed("turned_parts", [CONV, node("Reshape", "c s", "a"),
                                  node("Transpose", "a", "b", perm=[0, 1, 3, 2]),
                                  node("MaxPool", "b", "y", kernel_shape=[3, 2])],
                 [W, ints("s", [2, 3, 9, 8])], may_refuse=True),
    ]


def batch_of_three():
    """A fixed batch of several images, whose axis moves too."""
    def three(name, nodes, tensors=(), **options):
        return graph(f"layout_three_{name}", nodes, tensors, declared_batch=3, batch=3, **options)
    tokens = [CONV, node("Reshape", "c flat", "f"), node("Transpose", "f", "t", perm=[0, 2, 1])]
    flat, start = ints("flat", [3, 6, 72]), floats("cls", np.tile(np.linspace(-1, 1, 6), (3, 1, 1)))
    moved = node("Transpose", "c", "t", perm=[1, 0, 2, 3])
    back = node("Transpose", "a", "y", perm=[1, 0, 2, 3])
    return [
        three("class_token", [*tokens, node("Concat", "cls t", "a", axis=1),
                              node("MatMul", "a m", "y")], [W, flat, start, weight("m", 6, 7)]),
        three("batch_of_matrices", [*tokens, node("MatMul", "t m", "y")],
              [W, flat, weight("m", 1, 6, 7)]),
        three("matrix_of_three", [CONV, node("Transpose", "c", "t", perm=[1, 2, 0, 3]),
                                  node("Reshape", "t s", "u"), node("MatMul", "u m", "a"),
                                  node("Transpose", "a", "y", perm=[1, 0, 2])],
              [W, ints("s", [54, 3, 8]), weight("m", 54, 8, 4)]),
        three("scores", [*tokens, node("MatMul", "t f", "s"), node("Softmax", "s", "p", axis=-1),
                         node("MatMul", "p t", "y")], [W, flat]),
        three("heads", [*tokens, node("Reshape", "t heads", "h"),
                        node("Einsum", "h h", "y", equation="bihd,bjhd->bhij")],
              [W, flat, ints("heads", [3, 72, 2, 3])]),
        three("einsum_constant", [CONV, node("Einsum", "c m", "y", equation="bchw,co->bohw")],
              [W, weight("m", 6, 7)]),
        three("constant_beside", [CONV, moved, node("Add", "t k", "a"), back],
              [W, weight("k", 1, 9, 8)]),
    ]


def merged_batches():
    """Fixed batches of three whose axis is joined with others: windows, groups, positions. A sum of
    a constant of the joined axis has the same values for each image."""
    def three(name, nodes, tensors=(), **options):
        return graph(f"layout_merged_{name}", nodes, tensors, declared_batch=3, batch=3, **options)
    windows = [CONV, node("Reshape", "c split", "s"), node("Transpose", "s", "t",
                                                           perm=[0, 2, 4, 3, 5, 1]),
               node("Reshape", "t joined", "w3")]  # 9 windows of 12 positions
    split, joined = ints("split", [3, 6, 3, 3, 2, 4]), ints("joined", [18, 12, 6])
    back = [node("Reshape", "a apart", "b"), node("Transpose", "b", "d", perm=[0, 5, 1, 3, 2, 4]),
            node("Reshape", "d square", "e"), node("Conv", "e v", "y")]
    apart, square = ints("apart", [3, 3, 2, 3, 4, 6]), ints("square", [3, 6, 9, 8])
    after = [apart, square, weight("v", 5, 6, 3, 3)]
    groups, whole = ints("groups", [9, 2, 9, 8]), ints("whole", [3, 15, 7, 6])
    mask = floats("mask", np.tile(np.random.default_rng(3).standard_normal((6, 12, 12)), (3, 1, 1)))
    return [
        three("linear", [*windows, node("MatMul", "w3 m", "a"), *back],
              [W, split, joined, weight("m", 6, 6), *after]),
        three("attention", [*windows, node("Transpose", "w3", "k", perm=[0, 2, 1]),
                            node("MatMul", "w3 k", "q"), node("Add", "q mask", "z"),
                            node("Softmax", "z", "p", axis=-1), node("MatMul", "p w3", "a"), *back],
              [W, split, joined, mask, *after]),
        three("matrices", [*windows, node("MatMul", "w3 m", "a"), *back],
              [W, split, joined, floats("m", np.tile(weight_values(6, 6, 6), (3, 1, 1))), *after]),
        three("matrices_first", [*windows, node("MatMul", "m w3", "a"), *back],
              [W, split, joined, floats("m", np.tile(weight_values(6, 12, 12), (3, 1, 1))),
               *after]),
        three("groups", [CONV, node("Reshape", "c groups", "g"), node("Conv", "g u", "h"),
                         node("Reshape", "h whole", "y")],
              [W, groups, whole, weight("u", 5, 2, 3, 3)]),
        three("groups_last", [CONV, node("Reshape", "c six", "g"),
                              node("Transpose", "g", "t", perm=[1, 0, 2, 3, 4]),
                              node("Reshape", "t nine", "n"), node("MaxPool", "n", "p",
                                                                  kernel_shape=[2, 2]),
                              node("Reshape", "p three", "q"),
                              node("Transpose", "q", "y", perm=[1, 0, 2, 3, 4])],
              [W, ints("six", [3, 3, 2, 9, 8]), ints("nine", [9, 2, 9, 8]),
               ints("three", [3, 3, 2, 8, 7])]),
        three("channels", [CONV, node("Reshape", "c joined", "j"), node("Softmax", "j", "s", axis=1),
                           node("ReduceMean", "j", "m", axes=[2]), node("Mul", "s m", "a"),
                           node("Reshape", "a square", "y")],
              [W, ints("joined", [18, 9, 8]), square]),
        three("positions", [CONV, node("Transpose", "c", "t", perm=TO_LAST),
                            node("Reshape", "t lines", "l"), node("MatMul", "l m", "n"),
                            node("Slice", "n two seven one", "k"), node("Concat", "k n", "j", axis=1),
                            node("Reshape", "j wide", "y")],
              [W, ints("lines", [216, 6]), weight("m", 6, 7), ints("two", [2]), ints("seven", [7]),
               ints("one", [1]), ints("wide", [3, 9, 8, 12])]),
        three("resized", [CONV, node("Reshape", "c joined", "j"), node("Resize", "j - s", "r"),
                          node("Reshape", "r square", "y")],
              [W, ints("joined", [18, 1, 9, 8]), floats("s", [1, 1, 2, 1]),
               ints("square", [3, 6, 18, 8])]),
    ]


CASES = (inputs() + between() + channels() + tokens() + reductions() + enlarged()
         + batch_of_three() + merged_batches())
