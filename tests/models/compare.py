"""Compares dumped activations with expected ones, tensor by tensor."""

import dataclasses
import json
import math
import pathlib

import numpy as np

TOLERANCE = 1e-4


@dataclasses.dataclass
class Result:
    """The result of a comparison; PROBLEMS is empty if all agree."""

    compared: int = 0
    total: int = 0
    worst: float = 0.0
    worst_name: str = "-"
    problems: list = dataclasses.field(default_factory=list)

    def add(self, name, ratio):
        """Counts one tensor whose largest difference is RATIO times its largest value."""
        self.compared += 1
        if not ratio <= self.worst:
            self.worst, self.worst_name = ratio, name
        if not ratio <= TOLERANCE:
            self.problems.append(f"{name}: differs by {ratio:.3g} of its largest value")

    def merge(self, other):
        """Adds the findings of another comparison of the same dump."""
        self.compared += other.compared
        self.total += other.total
        if not other.worst <= self.worst:
            self.worst, self.worst_name = other.worst, other.worst_name
        self.problems += other.problems


class DumpError(Exception):
    """A dump that cannot be read; the message names the file."""


def read_dump(folder):
    """Maps each tensor name in FOLDER/index.json to its array.

    If several values name the same tensor (Caffe's in-place layers), the last one counts. Raises
    DumpError for a missing, empty or non-float32 array and for a shape that does not fit.
    """
    index = pathlib.Path(folder) / "index.json"
    if not index.is_file():
        raise DumpError(f"{index} is missing")
    tensors = {}
    for entry in json.loads(index.read_text()):
        values = read_array(pathlib.Path(folder) / entry["file"], entry["shape"])
        tensors.update(tensors_of(entry, values))
    return tensors


def tensors_of(entry, values):
    """Maps the file's tensors that a dumped node equals to their arrays."""
    tensors = {name: values for name in entry["tensors"]}
    tensors.update((name, in_order(values, order)) for name, order in entry.get("moved", []))
    return tensors


def in_order(values, order):
    """Samples of VALUES [N, C, H, W] in the order that digits (extent, axis, step) count, the last
    one fastest."""
    counted = np.indices([extent for extent, _, _ in order]).reshape(len(order), -1)
    at = [np.zeros(counted.shape[1], np.int64) for _ in range(3)]
    for (_, axis, step), digit in zip(order, counted):
        at[axis] += step * digit
    return values[:, at[0], at[1], at[2]]


def read_array(path, extents):
    """The float32 array in PATH, which must have the dimensions EXTENTS."""
    if not path.is_file():
        raise DumpError(f"{path} is missing")
    values = np.load(path)
    if values.dtype != np.float32 or values.size == 0:
        raise DumpError(f"{path} holds {values.size} values of type {values.dtype}")
    if list(values.shape) != list(extents):
        raise DumpError(f"{path} has shape {list(values.shape)}, its index entry {extents}")
    return values


def ratio(ours, theirs):
    """max |ours - theirs| / max |theirs|; infinite for NaN or a different element count."""
    if ours.size != theirs.size or not np.isfinite(ours).all():
        return math.inf
    difference = float(np.abs(ours.ravel() - theirs.ravel()).max())
    scale = float(np.abs(theirs).max())
    return difference / scale if scale > 0 else (0.0 if difference == 0 else math.inf)


def compare(tensors, expected, required, min_share):
    """Compares the dumped TENSORS with EXPECTED, both dicts from name to array.

    A missing expected tensor is a problem only if it is REQUIRED; one without two different values
    proves nothing and is not counted. At least MIN_SHARE must be compared.
    """
    result = Result(total=len(expected))
    for name, theirs in expected.items():
        if name not in tensors:
            if name in required:
                result.problems.append(f"{name}: not in the dump")
        elif theirs.size != tensors[name].size:
            extents = f"{list(tensors[name].shape)}, expected {list(theirs.shape)}"
            result.problems.append(f"{name}: has shape {extents}")
        elif theirs.size > 1 and theirs.min() == theirs.max():
            flat = ratio(tensors[name], theirs)
            if not flat <= TOLERANCE:
                result.problems.append(f"{name}: differs from a constant by {flat:.3g}")
        else:
            result.add(name, ratio(tensors[name], theirs))
    result.problems += [f"{n}: required, not computed" for n in required if n not in expected]
    if result.compared < max(1, min_share * result.total):
        result.problems.append(f"only {result.compared} of {result.total} tensors compared")
    return result


def compare_with_npz(tensors, stored, key_of_tensor):
    """Compares with stored channel maxima, their positions and complete maps (L/max, L/argmax,
    L/map).

    Each of the three counts as a comparison of its own.
    KEY_OF_TENSOR maps a dumped tensor to its layer's name in STORED, an open .npz file.
    """
    result = Result()
    for name, layer in key_of_tensor.items():
        key = layer.replace("/", "__")
        if name not in tensors or f"{key}/max" not in stored:
            continue
        maxima, places = stored[f"{key}/max"], stored[f"{key}/argmax"]
        count = min(len(maxima), len(tensors[name]))
        ours = tensors[name].reshape(len(tensors[name]), maxima.shape[1], -1)[:count]
        result.add(f"{name} (stored maxima)", ratio(ours.max(axis=2), maxima[:count]))
        there = np.take_along_axis(ours, places[:count, :, None].astype(np.int64), axis=2)
        result.add(f"{name} (at stored places)", ratio(there[:, :, 0], maxima[:count]))
        if f"{key}/map" in stored:
            maps = stored[f"{key}/map"][:count]
            result.add(f"{name} (stored map)", ratio(ours, maps))
    result.total = result.compared
    if result.compared == 0:
        result.problems.append("no stored layer was compared")
    return result
