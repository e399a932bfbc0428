"""Gives the stripped graphs of the zoo weights again, with numpy and onnx only.

    model = fill.fill("graphs/tv_resnet50.legacy.onnx.xz")      # complete, for ONNX Runtime
    model = fill.load("graphs/tv_resnet50.legacy.onnx.xz")      # as it is stored
    fill.py graphs/tv_resnet50.legacy.onnx.xz OUT.onnx [--stripped]

A stripped tensor has data_location EXTERNAL, the location `weights` (a file that does not exist)
and, among its metadata, `rule`: mean and standard deviation of a normal distribution, then
`nonnegative` where only the absolute value counts. The tensor's name is the seed.
"""

import argparse
import lzma
import pathlib
import zlib

import numpy as np
import onnx
from onnx import numpy_helper

LOCATION = "weights"


def read(path):
    """The bytes of the ONNX file PATH (.onnx or .onnx.xz)."""
    path = pathlib.Path(path)
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def load(path):
    """The graph of PATH (.onnx or .onnx.xz) as it is stored."""
    return onnx.load_from_string(read(path))


def rule(tensor):
    """(mean, standard deviation, nonnegative) of a stripped TensorProto."""
    words = next(item.value for item in tensor.metadata_props if item.key == "rule").split()
    return float(words[0]), float(words[1]), "nonnegative" in words[2:]


def is_stripped(tensor):
    """Whether a TensorProto is a weight whose data was taken out."""
    return tensor.data_location == onnx.TensorProto.EXTERNAL


def draw(tensor):
    """The values of a stripped TensorProto, in its type and shape."""
    mean, deviation, nonnegative = rule(tensor)
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(tensor.name.encode())))
    values = generator.standard_normal(tuple(tensor.dims), dtype=np.float32)
    values *= np.float32(deviation)
    values += np.float32(mean)
    if nonnegative:
        np.abs(values, out=values)
    kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    if np.issubdtype(kind, np.integer):
        limits = np.iinfo(kind)
        values = np.clip(np.rint(values), limits.min, limits.max)
    return values.astype(kind)


def fill_in_place(model):
    """Gives every stripped initialiser of MODEL its values."""
    for tensor in model.graph.initializer:
        if is_stripped(tensor):
            tensor.CopyFrom(numpy_helper.from_array(draw(tensor), tensor.name))


def fill(path):
    """The complete model of the stripped graph in PATH."""
    model = load(path)
    fill_in_place(model)
    return model


def main():
    """Writes one graph as a plain ONNX file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--stripped", action="store_true", help="without weights")
    arguments = parser.parse_args()
    stripped = arguments.stripped
    arguments.out.write_bytes(
        read(arguments.graph) if stripped else fill(arguments.graph).SerializeToString())


if __name__ == "__main__":
    main()
