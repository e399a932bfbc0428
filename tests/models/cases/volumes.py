"""Windows over three axes that are one position wide along one of them or more."""

from cases.build import graph, ints, node, weight

DEEP = ints("deep", [0, 2, 3, 5, 8])  # from 6 channels


def volume(name, nodes, tensors=(), **options):
    """Nodes that read the image as the tensor `v` of rank 5, N x 2 x 3 x 5 x 8."""
    seen = node("Reshape", "x deep", "v")
    return graph(f"volume_{name}", [seen, *nodes], [DEEP, *tensors], shape=(6, 5, 8), **options)


def conv(name, kernel, channels=2, groups=1, **attributes):
    """A convolution of 4 filters with a bias."""
    w = weight("w", 4, channels, *kernel)
    return volume(f"conv_{name}", [node("Conv", "v w b", "y", group=groups, **attributes)],
                  [w, weight("b", 4)])


def convolutions():
    """A thin kernel along each axis, and along more than one."""
    return [
        conv("first", (1, 3, 3), pads=[0, 1, 1, 0, 1, 1]),
        conv("second", (2, 1, 3), pads=[1, 0, 0, 0, 0, 2], strides=[2, 1, 1]),
        conv("third", (3, 3, 1), pads=[1, 1, 0, 1, 1, 0], dilations=[1, 2, 1]),
        conv("groups", (1, 3, 2), channels=1, groups=2, strides=[1, 2, 1]),
        conv("two_thin", (1, 1, 3)),
        conv("all_thin", (1, 1, 1)),
        conv("same", (1, 3, 4), auto_pad="SAME_UPPER", strides=[1, 2, 2]),
        conv("kernel_shape", (1, 3, 3), kernel_shape=[1, 3, 3]),
        volume("conv_of_three", [node("Conv", "v w", "c"), node("Relu", "c", "r"),
                                 node("Conv", "r u", "y")],
               [weight("w", 4, 2, 1, 3, 3), weight("u", 3, 4, 2, 1, 3)], declared_batch=3,
               batch=3),
        volume("conv_turned", [node("Transpose", "v", "t", perm=[0, 1, 3, 4, 2]),
                               node("Conv", "t w", "c", pads=[1, 1, 0, 1, 1, 0]),
                               node("Transpose", "c", "y", perm=[0, 4, 1, 2, 3])],
               [weight("w", 4, 2, 3, 3, 1)]),
        volume("transposed", [node("ConvTranspose", "v w b", "y", strides=[1, 2, 2],
                                   output_padding=[0, 1, 0])],
               [weight("w", 2, 3, 1, 3, 3), weight("b", 3)]),
    ]


def others():
    """Pooling, and what comes between convolutions."""
    return [
        volume("max", [node("MaxPool", "v", "y", kernel_shape=[1, 2, 3], strides=[1, 2, 1])]),
        volume("average", [node("AveragePool", "v", "y", kernel_shape=[3, 1, 2],
                                pads=[1, 0, 0, 1, 0, 0])]),
        volume("normalised", [
            node("Conv", "v w", "c"), node("BatchNormalization", "c g h m s", "n"),
            node("Relu", "n", "r"), node("GlobalAveragePool", "r", "p"), node("Mul", "r p", "y")],
            [weight("w", 4, 2, 1, 3, 3), weight("g", 4), weight("h", 4), weight("m", 4),
             weight("s", 4, scale=0.1, offset=1)]),
    ]


CASES = convolutions() + others()
