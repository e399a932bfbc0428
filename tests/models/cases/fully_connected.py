"""Fully connected layers, and operations that rearrange values before them."""

from cases.build import NEWEST, floats, graph, ints, node, weight

SMALL = (4, 3, 2)  # 24 values per image
FC_W, FC_WT, FC_B = weight("w", 24, 5), weight("wt", 5, 24), weight("b", 5)
FLAT, PRODUCT = node("Flatten", "x", "f"), node("Gemm", "f w b", "y")


def full(name, nodes, tensors=(FC_W, FC_B), **options):
    """A case that ends in a fully connected layer; the default weights are PRODUCT's."""
    return graph(f"fc_{name}", nodes, tensors, shape=SMALL, **options)


def products():
    """The forms of Gemm and MatMul after a Flatten."""
    return [
        full("gemm", [FLAT, PRODUCT]),
        full("gemm_7", [FLAT, PRODUCT], opset=7),
        full("gemm_newest", [FLAT, PRODUCT], opset=NEWEST),
        full("gemm_transposed", [FLAT, node("Gemm", "f wt b", "y", transB=1)], [FC_WT, FC_B]),
        full("gemm_alpha_beta", [FLAT, node("Gemm", "f wt b", "y", transB=1, alpha=0.5, beta=2.0)],
             [FC_WT, FC_B], opset=9),
        full("gemm_no_bias", [FLAT, node("Gemm", "f w", "y", alpha=1.5)], [FC_W], opset=11),
        full("gemm_scalar_bias", [FLAT, node("Gemm", "f w s", "y")], [FC_W, floats("s", 0.4)]),
        full("gemm_row_bias", [FLAT, node("Gemm", "f w r", "y", beta=0.5)],
             [FC_W, weight("r", 1, 5)]),
        full("gemm_relu_gemm", [FLAT, node("Gemm", "f w b", "g"), node("Relu", "g", "r"),
                                node("Gemm", "r v", "y", transB=1)],
             [FC_W, FC_B, weight("v", 3, 5)]),
        full("matmul", [FLAT, node("MatMul", "f w", "y")], [FC_W]),
        full("matmul_add", [FLAT, node("MatMul", "f w", "m"), node("Add", "m b", "y")]),
        full("matmul_add_first_7", [FLAT, node("MatMul", "f w", "m"), node("Add", "b m", "y")],
             opset=7),
        full("matmul_transposed_weight", [FLAT, node("Transpose", "wt", "t", perm=[1, 0]),
                                          node("MatMul", "f t", "y")], [FC_WT]),
    ]


def flattening():
    """Conversions of a map to a vector before a product, and rearrangements that may be refused."""
    return [
        full("flatten_axis_1", [node("Flatten", "x", "f", axis=1), PRODUCT], opset=9),
        full("flatten_negative", [node("Flatten", "x", "f", axis=-3), PRODUCT], opset=11),
        full("flatten_after_conv", [node("Conv", "x c", "a"), node("Relu", "a", "r"),
                                    node("Flatten", "r", "f"), node("Gemm", "f v", "y")],
             [weight("c", 6, 4, 2, 2), weight("v", 12, 5)]),
        full("reshape_keep_infer", [node("Reshape", "x s", "f"), PRODUCT],
             [ints("s", [0, -1]), FC_W, FC_B]),
        full("reshape_infer_batch", [node("Reshape", "x s", "f"), PRODUCT],
             [ints("s", [-1, 24]), FC_W, FC_B], opset=7),
        full("reshape_keep_count", [node("Reshape", "x s", "f"), PRODUCT],
             [ints("s", [0, 24]), FC_W, FC_B]),
        full("reshape_allowzero_0", [node("Reshape", "x s", "f", allowzero=0), PRODUCT],
             [ints("s", [0, -1]), FC_W, FC_B], opset=14),
        full("reshape_1x1", [node("Reshape", "x s", "f"), node("Conv", "f v", "y")],
             [ints("s", [0, -1, 1, 1]), weight("v", 5, 24, 1, 1)], may_refuse=True),
        full("transpose_flatten", [node("Transpose", "x", "t", perm=[0, 2, 3, 1]),
                                   node("Flatten", "t", "f"), PRODUCT]),
        full("transpose_reshape_7", [node("Transpose", "x", "t", perm=[0, 2, 3, 1]),
                                     node("Reshape", "t s", "f"), PRODUCT],
             [ints("s", [-1, 24]), FC_W, FC_B], opset=7),
        full("transpose_swaps_space", [node("Transpose", "x", "t", perm=[0, 1, 3, 2]),
                                       node("Flatten", "t", "f"), PRODUCT],
             may_refuse=True),
        full("global_pool_flatten", [node("GlobalAveragePool", "x", "g"), node("Flatten", "g", "f"),
                                     node("Gemm", "f v", "y")], [weight("v", 4, 5)]),
        full("mean_gemm", [node("ReduceMean", "x", "f", axes=[2, 3], keepdims=0),
                           node("Gemm", "f v", "y")], [weight("v", 4, 5)]),
        full("squeeze", [node("GlobalAveragePool", "x", "g"),
                         node("Squeeze", "g", "f", axes=[2, 3]), node("Gemm", "f v", "y")],
             [weight("v", 4, 5)], opset=11, may_refuse=True),
        full("softmax", [FLAT, node("Gemm", "f w b", "g"), node("Softmax", "g", "y")]),
        full("flatten_axis_2", [node("Flatten", "x", "y", axis=2)], [], may_refuse=True),
        full("matmul_of_rows", [node("MatMul", "x v", "y")], [weight("v", 2, 5)],
             may_refuse=True),
        full("channel_shuffle", [node("Reshape", "x s", "a"),
                                 node("Transpose", "a", "t", perm=[0, 2, 1, 3, 4]),
                                 node("Reshape", "t u", "y")],
             [ints("s", [0, 2, 2, 3, 2]), ints("u", [0, 4, 3, 2])], may_refuse=True),
    ]


def moves():
    """Moves that a later one undoes, with an operation between them; input [2, 4, 3, 2]."""
    last = node("Transpose", "r", "t", perm=[0, 2, 3, 1])
    first = node("Transpose", "u", "m", perm=[0, 3, 1, 2])
    conv, after = node("Conv", "x c", "r", pads=[1, 1, 1, 1]), node("Conv", "m d", "y")
    c, d = weight("c", 4, 4, 3, 3), weight("d", 3, 4, 1, 1)
    flat, back = node("Reshape", "r s", "t"), node("Reshape", "u b", "m")
    shapes = [ints("s", [0, -1]), ints("b", [0, 4, 3, 2])]

    def between(name, inner, weights=(), outputs=("y",), opset=13):
        return full(f"moves_{name}", [conv, last, *inner, first, after], [c, d, *weights],
                    outputs=outputs, opset=opset)

    return [
        between("factors", [node("Mul", "t g", "u")], [weight("g", 4)]),
        between("factors_of_rows", [node("Mul", "t g", "u")], [weight("g", 3, 1, 1)]),
        between("shifts_of_values", [node("Add", "t g", "u")], [weight("g", 3, 2, 4)]),
        between("softmax", [node("Softmax", "t", "u", axis=3)]),
        between("layer_norm", [node("LayerNormalization", "t scale shift", "u")],
                [weight("scale", 4), weight("shift", 4)], opset=17),
        between("relu_read_twice", [node("Relu", "t", "a"), node("Sigmoid", "a", "b"),
                                    node("Mul", "a b", "u")]),
        between("output_between", [node("Sigmoid", "t", "u")], outputs=("u", "y")),
        between("nothing", [node("Identity", "t", "u")]),
        full("moves_three_turns", [
            node("Transpose", "x", "a", perm=[0, 2, 3, 1]),
            node("Transpose", "a", "b", perm=[0, 2, 3, 1]),
            node("Relu", "b", "e"), node("Transpose", "e", "y", perm=[0, 2, 3, 1])], []),
        full("moves_not_undone", [conv, last, node("Relu", "t", "u"),
                                  node("Transpose", "u", "y", perm=[0, 3, 2, 1])], [c]),
        full("moves_join", [conv, last, node("Sigmoid", "x", "q"),
                            node("Transpose", "q", "w", perm=[0, 2, 3, 1]),
                            node("Concat", "t w", "j", axis=3), node("Relu", "j", "u"), first,
                            node("Conv", "m e", "y")], [c, weight("e", 3, 8, 1, 1)]),
        full("moves_reshape", [conv, flat, node("Relu", "t", "u"), back, after], [c, d, *shapes]),
        full("moves_reshape_factors", [conv, flat, node("Mul", "t g", "u"), back, after],
             [c, d, *shapes, weight("g", 24)]),
    ]


CASES = products() + flattening() + moves()
