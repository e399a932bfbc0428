"""Steps by which a random network grows. Each adds nodes that read a tensor, or raises Unfit."""

import numpy as np

from random_graph import Unfit, count
from random_moves import (MOVES, PARTS, as_map, concat, crop, expect, ints, reshaped, slice_step,
                          transpose, transpose_map, transposed)


# Functions of numbers.

def unary(net, t):
    kind = net.pick(["Relu", "Tanh", "Sigmoid", "Softplus", "Abs", "Neg", "Elu", "Identity"])
    return net.add(kind, [t], net.place(t))


def constant_dims(net, t):
    axis, _ = net.place(t)
    dims = [1 if i == axis or net.chance(0.4) else n for i, n in enumerate(t.dims)]
    if net.chance(0.2):
        dims = [net.pick([2, 3]) if n == 1 and t.dims[i] == 1 and i != axis else n
                for i, n in enumerate(dims)]
    while dims and dims[0] == 1 and net.chance(0.7):
        dims.pop(0)
    return dims


def with_constant(net, t):
    kind = net.pick(["Add", "Mul", "Sub", "Div", "Max", "Min"])
    values = net.normal(constant_dims(net, t))
    if kind == "Div":
        values = np.abs(values) + np.float32(0.5)
    inputs = [t, values] if kind == "Div" or net.chance(0.6) else [values, t]
    return net.add(kind, inputs, net.place(t))


def where_constant(net, t):
    mask = net.normal(constant_dims(net, t)) > 0
    other = net.normal(constant_dims(net, t))
    return net.add("Where", [mask, t, other] if net.chance(0.5) else [mask, other, t], net.place(t))


def broadcasts(a, b):
    return all(x == y or 1 in (x, y) for x, y in zip(a.dims[::-1], b.dims[::-1]))


def together(net, kind, a, b):
    """KIND of two tensors whose samples lie along the same axis, counted from the last one."""
    (axis, inner), (other, inside) = net.place(a), net.place(b)
    if axis is not None:
        expect(inner == inside and axis - a.rank == other - b.rank)
        expect(inner * net.batch == a.dims[axis] or a.dims[axis] == b.dims[other])
        axis += max(0, b.rank - a.rank)
    if kind == "Div":
        b = net.add("Sigmoid", [b], net.place(b))
    return net.add(kind, [a, b], (axis, inner))


def binary(net, t):
    others = [o for o in [net.input, *net.tensors] if broadcasts(o, t)]
    expect(others)
    other = net.pick(others)
    pair = (t, other) if net.chance(0.5) else (other, t)
    return together(net, net.pick(["Add", "Mul", "Sub", "Div", "Max"]), *pair)


def with_own_layout(net, t):
    """The sum or product of a tensor with others of as many values, seen with its extents."""
    others = [o for o in [net.input, *net.tensors]
              if count(o.dims) == count(t.dims) and o.after == t.after]
    other = net.pick(others)
    moved = transpose(net, other) if net.chance(0.7) else other
    expect(moved.after == t.after)
    if moved.dims != t.dims:
        moved = reshaped(net, moved, t.dims, net.place(t))
    return together(net, net.pick(["Add", "Mul", "Sub"]), t, moved)


def with_mean(net, t):
    axes = [i for i in net.free_axes(t) if net.chance(0.5)]
    expect(axes)
    mean = net.add("ReduceMean", [t, ints(axes)], net.place(t), keepdims=1)
    return together(net, net.pick(["Add", "Mul", "Sub"]), *net.pick([(t, mean), (mean, t)]))


# Over axes.

def along(net, t):
    """An axis of several values, without samples."""
    axes = [i for i in net.free_axes(t) if t.dims[i] > 1]
    expect(axes)
    return net.pick(axes)


def softmax(net, t):
    return net.add(net.pick(["Softmax", "LogSoftmax"]), [t], net.place(t), axis=along(net, t))


def layer_norm(net, t):
    axis, inner = net.place(t)
    first = int(net.random.integers(0 if axis is None else axis + 1, t.rank + 1))
    expect(first < t.rank and count(t.dims[first:]) > 1)
    weights = [net.normal(t.dims[first:]) for _ in range(net.pick([1, 2]))]
    return net.add("LayerNormalization", [t, *weights], (axis, inner), axis=first, epsilon=0.01)


def reduce(net, t):
    kind = net.pick(["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceL1",
                     "ReduceLogSumExp", "ReduceSumSquare"])
    axis, inner = net.place(t)
    axes = [i for i in net.free_axes(t) if net.chance(0.4)]
    expect(axes)
    keep = int(net.chance(0.6))
    at = axis if axis is None or keep else axis - sum(i < axis for i in axes)
    return net.add(kind, [t, ints(axes)], (at, inner), keepdims=keep)


def instance_norm(net, t):
    axis, _ = net.place(t)
    expect(t.rank >= 3 and (axis == 0 and net.is_image(t, t.rank) or axis is None))
    expect(count(t.dims[2:]) > 1)
    return net.add("InstanceNormalization", [t, net.normal(t.dims[1]), net.normal(t.dims[1])],
                   (axis, 1), epsilon=0.01)


def group_norm(net, t):
    expect(t.rank >= 3 and net.is_image(t, t.rank) and count(t.dims[2:]) > 1)
    groups = net.pick([g for g in range(1, t.dims[1] + 1) if t.dims[1] % g == 0])
    flat = reshaped(net, t, [net.batch, groups, count(t.dims[1:]) // groups],
                    (0 if net.batch > 1 else None, 1))
    expect(flat.dims[2] > 1)
    line = net.add("InstanceNormalization", [flat, np.ones(groups, np.float32),
                                             np.zeros(groups, np.float32)], net.place(flat),
                   epsilon=0.01)
    return reshaped(net, line, t.dims, net.place(t))


def batch_norm(net, t):
    expect(t.rank in (2, 3, 4) and net.is_image(t, t.rank))
    n = t.dims[1]
    return net.add("BatchNormalization", [t, net.normal([n]), net.normal([n]), net.normal([n]),
                                          np.abs(net.normal([n])) + np.float32(0.5)], net.place(t))


def global_pool(net, t):
    axis, inner = net.place(t)
    expect(t.rank >= 3 and (axis is None or axis < 2))
    return net.add(net.pick(["GlobalAveragePool", "GlobalMaxPool"]), [t], (axis, inner))


# Products.

def linear(net, t):
    axis, inner = net.place(t)
    expect(t.rank >= 2 and axis != t.rank - 1)
    k, n = t.dims[-1], net.pick([2, 3, 5])
    return net.add("MatMul", [t, net.normal([k, n]) / np.float32(k ** 0.5)], (axis, inner))


def linear_left(net, t):
    axis, inner = net.place(t)
    expect(t.rank >= 2 and axis != t.rank - 2)
    k, n = t.dims[-2], net.pick([2, 3, 5])
    return net.add("MatMul", [net.normal([n, k]) / np.float32(k ** 0.5), t], (axis, inner))


def linear_batched(net, t):
    axis, inner = net.place(t)
    expect(t.rank >= 3 and axis != t.rank - 1)
    k, n = t.dims[-1], net.pick([2, 3])
    dims = [1 if i == axis or net.chance(0.3) else m for i, m in enumerate(t.dims[:-2])]
    return net.add("MatMul", [t, net.normal([*dims, k, n]) / np.float32(k ** 0.5)], (axis, inner))


def product(net, t):
    """Of two computed tensors."""
    axis, inner = net.place(t)
    expect(t.rank >= 2 and (axis is None or axis < t.rank - 2))
    order = [*range(t.rank - 2), t.rank - 1, t.rank - 2]
    others = [o for o in net.tensors if o.rank == t.rank and net.place(o) == (axis, inner)
              and o.dims[-2] == t.dims[-1]
              and all(a == b or 1 in (a, b) for a, b in zip(o.dims[:-2], t.dims[:-2]))]
    other = net.pick(others) if others and net.chance(0.5) else transposed(net, t, order)
    scaled = net.add("Mul", [t, np.float32(t.dims[-1] ** -0.5)], (axis, inner))
    return net.add("MatMul", [scaled, other], (axis, inner))


def gemm(net, t):
    expect(t.rank == 2 and net.place(t)[0] in (None, 0))
    k, n = t.dims[1], net.pick([2, 4])
    turned = int(net.chance(0.5))
    weights = net.normal([n, k] if turned else [k, n]) / np.float32(k ** 0.5)
    more = [net.normal([n])] if net.chance(0.5) else []
    return net.add("Gemm", [t, weights, *more], net.place(t), transB=turned,
                   alpha=net.pick([1.0, 0.5]))


def einsum(net, t):
    axis, inner = net.place(t)
    expect(2 <= t.rank <= 5)
    left = "abcde"[:t.rank]
    own = None if axis is None else left[axis]
    shared = [c for c in left if c != own and net.chance(0.5)]
    summed = [c for c in shared if net.chance(0.6)]
    extents = dict(zip(left, t.dims))
    right = [*shared, "z"] if net.chance(0.7) else [*shared]
    expect(right)
    extents["z"] = 3
    right = [right[int(i)] for i in net.random.permutation(len(right))]
    result = [c for c in dict.fromkeys([*left, *right]) if c not in summed]
    result = [result[int(i)] for i in net.random.permutation(len(result))]
    expect(result)
    scale = np.float32(count([extents[c] for c in summed]) ** -0.5)
    other = net.normal([extents[c] for c in right]) * scale
    at = (None if own is None else result.index(own), inner)
    return net.add("Einsum", [t, other], at,
                   equation=f"{left},{''.join(right)}->{''.join(result)}")


def einsum_self(net, t):
    """Scores between the positions along an axis."""
    axis, inner = net.place(t)
    expect(2 <= t.rank <= 5)
    left = "abcde"[:t.rank]
    free = [c for i, c in enumerate(left) if i != axis]
    expect(len(free) >= 2)
    rows, summed = (free[int(i)] for i in net.random.permutation(len(free))[:2])
    result = [c for c in left + "z" if c != summed]
    result = [result[int(i)] for i in net.random.permutation(len(result))]
    scaled = net.add("Mul", [t, np.float32(0.4)], (axis, inner))
    at = (None if axis is None else result.index(left[axis]), inner)
    return net.add("Einsum", [scaled, t], at,
                   equation=f"{left},{left.replace(rows, 'z')}->{''.join(result)}")


def einsum_one(net, t):
    axis, inner = net.place(t)
    expect(2 <= t.rank <= 5)
    left = "abcde"[:t.rank]
    kept = [c for i, c in enumerate(left) if i == axis or net.chance(0.7)]
    result = [kept[int(i)] for i in net.random.permutation(len(kept))]
    expect(result)
    return net.add("Einsum", [t], (None if axis is None else result.index(left[axis]), inner),
                   equation=f"{left}->{''.join(result)}")


# Windows.

def image_of(net, t, rank=4):
    """The tensor if it is a map, else seen as one."""
    return t if net.is_image(t, rank) else as_map(net, t, rank)


def conv(net, t):
    t = image_of(net, t)
    groups = net.pick([1, 1, t.dims[1]])
    out = groups if groups > 1 else net.pick([2, 3, 4])
    kernel = [net.pick([1, 2, 3]), net.pick([1, 2, 3])]
    into = t.dims[1] // groups
    weights = net.normal([out, into, *kernel]) / np.float32((into * count(kernel)) ** 0.5)
    return net.add("Conv", [t, weights, *([net.normal([out])] if net.chance(0.5) else [])],
                   net.place(t), group=groups, strides=[net.pick([1, 1, 2]), net.pick([1, 1, 2])],
                   pads=[int(i) for i in net.random.integers(0, 2, 4)])


def conv_line(net, t):
    t = image_of(net, t, 3)
    kernel = net.pick([1, 2, 3])
    weights = net.normal([3, t.dims[1], kernel]) / np.float32((t.dims[1] * kernel) ** 0.5)
    return net.add("Conv", [t, weights], net.place(t), pads=[1, 0], strides=[net.pick([1, 2])])


def pool(net, t):
    t = image_of(net, t)
    kernel = [min(net.pick([1, 2, 3]), t.dims[2]), min(net.pick([1, 2, 3]), t.dims[3])]
    return net.add(net.pick(["MaxPool", "AveragePool"]), [t], net.place(t), kernel_shape=kernel,
                   strides=[net.pick([1, 2]), net.pick([1, 2])])


def conv_transposed(net, t):
    t = image_of(net, t)
    kernel = [net.pick([1, 2, 3]), net.pick([1, 2, 3])]
    weights = net.normal([t.dims[1], 3, *kernel]) / np.float32(t.dims[1] ** 0.5)
    return net.add("ConvTranspose", [t, weights], net.place(t),
                   strides=[net.pick([1, 2]), net.pick([1, 2])])


def resize(net, t):
    t = image_of(net, t)
    scales = np.array([1, 1, net.pick([1, 2, 1.5]), net.pick([1, 2, 0.5])], np.float32)
    return net.add("Resize", [t, None, scales], net.place(t), mode=net.pick(["nearest", "linear"]))


def blocks(net, t):
    t = image_of(net, t)
    if t.dims[1] % 4 == 0 and net.chance(0.7):
        return net.add("DepthToSpace", [t], net.place(t), blocksize=2,
                       mode=net.pick(["DCR", "CRD"]))
    expect(t.dims[2] % 2 == 0 and t.dims[3] % 2 == 0)
    return net.add("SpaceToDepth", [t], net.place(t), blocksize=2)


# Over the batch: to be refused.

def mix(net, t):
    axis, inner = net.place(t)
    expect(net.declared == 3 and axis is not None)
    kind = net.pick(["ReduceMean", "Softmax", "Slice", "Tile", "Concat", "Einsum", "MatMul"])
    if kind == "ReduceMean":
        return net.add(kind, [t, ints([axis])], mixes=True, keepdims=net.pick([0, 1]))
    if kind == "Softmax":
        return net.add(kind, [t], mixes=True, axis=axis)
    if kind == "Slice":
        return net.add(kind, [t, ints([1]), ints([t.dims[axis]]), ints([axis])], mixes=True)
    if kind == "Tile":
        return net.add(kind, [t, ints([2 if i == axis else 1 for i in range(t.rank)])], mixes=True)
    if kind == "Concat":
        return net.add(kind, [t, t], mixes=True, axis=axis)
    if kind == "Einsum":
        expect(t.rank <= 4)
        letters = "abcd"[:t.rank]
        rest = letters.replace(letters[axis], "")
        return net.add(kind, [t, t], mixes=True,
                       equation=f"{letters},{letters}->{rest}")
    order = [*(i for i in range(t.rank) if i != axis), axis]
    last = transposed(net, t, order)
    return net.add("MatMul", [last, net.normal([last.dims[-1], 2])], mixes=True)


NUMBERS = [unary, with_constant, with_constant, where_constant, binary, with_own_layout,
           with_own_layout, with_mean]
OVER_AXES = [softmax, layer_norm, reduce, instance_norm, group_norm, batch_norm, global_pool]
PRODUCTS = [linear, linear_left, linear_batched, product, gemm, einsum, einsum_self, einsum_one]
WINDOWS = [conv, conv, conv_line, pool, conv_transposed, resize, blocks]
LOCAL_STEPS = [transpose_map, slice_step, crop, concat, with_constant, with_constant,
               with_own_layout, binary, linear, batch_norm, conv, conv, conv, pool, conv_transposed,
               resize, blocks]
STEPS = MOVES + MOVES + PARTS + NUMBERS + OVER_AXES + PRODUCTS + WINDOWS + [mix]


def settle(net, t):
    """Keeps values within a few units."""
    largest = float(np.abs(t.values).max())
    if largest > 4:
        net.add("Mul", [t, np.float32(2 / largest)], net.place(t))


def grow(net, nodes, steps=None):
    """Adds at least NODES nodes."""
    while len(net.nodes) < nodes:
        try:
            before = len(net.mixed)
            result = net.pick(steps or STEPS)(net, net.source())
            if len(net.mixed) == before:
                settle(net, result)
        except Unfit:
            continue
    return net
