"""Steps of a random network that move, cut, join and repeat values."""

import numpy as np

from random_graph import Unfit, count


def ints(values):
    return np.array(values, np.int64)


def expect(condition):
    if not condition:
        raise Unfit


# Moves.

def transposed(net, t, order):
    expect(order)
    axis, inner = net.place(t)
    return net.add("Transpose", [t], (None if axis is None else order.index(axis), inner),
                   perm=order)


def transpose(net, t):
    axis, _ = net.place(t)
    order = [int(i) for i in net.random.permutation(t.rank)]
    if axis is not None and net.chance(0.7):  # samples stay where they are
        order.remove(axis)
        order.insert(axis, axis)
    return transposed(net, t, order)


def transpose_map(net, t):
    expect(t.rank == 4)
    return transposed(net, t, net.pick([[0, 1, 3, 2], [0, 2, 3, 1], [0, 3, 1, 2], [0, 2, 1, 3]]))


def factors(net, extent):
    """Two factors of an extent."""
    first = net.pick([f for f in range(1, extent + 1) if extent % f == 0])
    return [first, extent // first]


def regrouped(net, dims):
    """Other extents of as many values: neighbours joined, one split, or all of them new."""
    dims, kind = list(dims), net.pick(["join", "split", "split", "new", "one"])
    at = int(net.random.integers(len(dims) + 1))
    if kind == "join" and at + 1 < len(dims):
        dims[at:at + 2] = [dims[at] * dims[at + 1]]
    elif kind == "split" and at < len(dims):
        dims[at:at + 1] = factors(net, dims[at])
    elif kind == "new":
        first, rest = factors(net, count(dims))
        dims = [first, *factors(net, rest)]
    elif kind == "one":
        dims.insert(at, 1)
    return dims


def reshaped(net, t, dims, at):
    target = list(dims)
    if net.declared == "N":
        target[at[0]] = -1
    elif target and net.chance(0.2):
        target[net.pick(range(len(target)))] = -1
    return net.add("Reshape", [t, ints(target)], at)


def reshape(net, t):
    axis, inner = net.place(t)
    if axis is None:
        dims = regrouped(net, t.dims)
        return reshaped(net, t, dims if net.chance(0.6) else regrouped(net, dims), (None, 1))
    outer = t.dims[axis] // net.batch // inner
    before = [*t.dims[:axis], *([outer] if outer > 1 else [])]
    behind = [*([inner] if inner > 1 else []), *t.dims[axis + 1:]]
    before = regrouped(net, before) if before and net.chance(0.3) else before
    behind = regrouped(net, behind) if net.chance(0.8) else behind
    if behind and net.chance(0.2):  # samples joined with the next axis
        return reshaped(net, t, [*before, net.batch * behind[0], *behind[1:]],
                        (len(before), behind[0]))
    return reshaped(net, t, [*before, net.batch, *behind], (len(before), 1))


def as_map(net, t, rank=4):
    """A reshape to N x C x H x W."""
    if net.batch > 1:
        expect(t.after == count(t.dims) // net.batch)
    first, rest = factors(net, count(t.dims) // net.batch)
    dims = [net.batch, first, *factors(net, rest)] if rank == 4 else [net.batch, first, rest]
    return reshaped(net, t, dims, (0 if net.batch > 1 else None, 1))


def flatten(net, t):
    axis, inner = net.place(t)
    first = int(net.random.integers(t.rank + 1))
    if axis is None:
        return net.add("Flatten", [t], axis=first)
    after = inner * count(t.dims[axis + 1:])
    width = count(t.dims[first:])
    return net.add("Flatten", [t], (0, after // width) if axis < first else (1, after), axis=first)


def squeeze(net, t):
    ones = [i for i in net.free_axes(t) if t.dims[i] == 1]
    expect(ones and t.rank > 1)
    gone = net.pick(ones)
    axis, inner = net.place(t)
    return net.add("Squeeze", [t, ints([gone])],
                   (None if axis is None else axis - (gone < axis), inner))


def unsqueeze(net, t):
    new = int(net.random.integers(t.rank + 1))
    axis, inner = net.place(t)
    return net.add("Unsqueeze", [t, ints([new])],
                   (None if axis is None else axis + (new <= axis), inner))


# Parts and repetitions.

def slice_step(net, t):
    axis = net.pick(net.free_axes(t))
    n, step = t.dims[axis], net.pick([1, 1, 2, 3, -1, -2])
    low, high = sorted(int(i) for i in net.random.integers(0, n + 1, 2))
    expect(low < high)
    begin, end = (low, high) if step > 0 else (high - 1, low - 1 if low else -n - 9)
    return net.add("Slice", [t, ints([begin]), ints([end]), ints([axis]), ints([step])],
                   net.place(t))


def crop(net, t):
    axes = [i for i in net.free_axes(t) if t.dims[i] > 2][-2:]
    expect(axes)
    return net.add("Slice", [t, ints([1] * len(axes)), ints([-1] * len(axes)), ints(axes)],
                   net.place(t))


def split(net, t):
    axis = net.pick([i for i in net.free_axes(t) if t.dims[i] > 1])
    first = int(net.random.integers(1, t.dims[axis]))
    parts = net.add("Split", [t, ints([first, t.dims[axis] - first])], net.place(t), outputs=2,
                    axis=axis)
    return net.pick(parts)


def gather(net, t):
    axis = net.pick(net.free_axes(t))
    at, inner = net.place(t)
    if net.chance(0.4) and t.rank > 1:
        place = (None if at is None else at - (axis < at), inner)
        return net.add("Gather", [t, ints(net.random.integers(-t.dims[axis], t.dims[axis]))], place,
                       axis=axis)
    chosen = net.random.integers(0, t.dims[axis], net.pick([1, 2, 3]))
    return net.add("Gather", [t, ints(chosen)], (at, inner), axis=axis)


def expand(net, t):
    ones = [i for i in net.free_axes(t) if t.dims[i] == 1]
    expect(ones)
    dims = [1] * t.rank
    dims[net.pick(ones)] = net.pick([2, 3])
    axis, inner = net.place(t)
    if net.chance(0.3):
        dims, axis = [2, *dims], None if axis is None else axis + 1
    return net.add("Expand", [t, ints(dims)], (axis, inner))


def tile(net, t):
    axis, inner = net.place(t)
    repeats = [1] * t.rank
    for i in net.free_axes(t):
        repeats[i] = net.pick([1, 1, 2, 3])
    return net.add("Tile", [t, ints(repeats)], (axis, inner))


def pad(net, t):
    pads = [[0, 0] for _ in t.dims]
    for i in net.free_axes(t):
        if net.chance(0.5):
            pads[i] = [net.pick([0, 1, 2, -1]), net.pick([0, 1, 2, -1])]
    expect(all(sum(p) + n > 0 and -sum(min(0, q) for q in p) < n for p, n in zip(pads, t.dims)))
    flat = [p[0] for p in pads] + [p[1] for p in pads]
    return net.add("Pad", [t, ints(flat), np.float32(net.pick([0, 0.7]))], net.place(t))


def concat(net, t):
    axis = net.pick(net.free_axes(t))
    others = [o for o in net.tensors if o.rank == t.rank and o.after == t.after and all(
        a == b for i, (a, b) in enumerate(zip(o.dims, t.dims)) if i != axis)]
    parts = [t, *([net.pick(others)] if others else [])]
    place = net.place(t)
    expect(place[1] == 1 or axis > place[0])
    if place[0] is not None and axis > place[0]:
        parts = [p for p in parts if net.place(p) == place]
    if net.declared != "N" and (net.chance(0.5) or len(parts) == 1):
        dims = list(t.dims)
        dims[axis] = net.pick([1, 2])
        one = list(dims)
        if place[0] is not None:
            one[place[0]] = 1
        values = np.ascontiguousarray(np.broadcast_to(net.normal(one), dims))
        parts.insert(net.pick([0, len(parts)]), values)
    return net.add("Concat", parts, place, axis=axis)


MOVES = [transpose, transpose, transpose_map, reshape, reshape, as_map, flatten, squeeze, unsqueeze]
PARTS = [slice_step, crop, split, gather, expand, tile, pad, concat, concat]
