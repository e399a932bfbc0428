"""Strips the weights from ONNX files and keeps their graphs, in a few kB each.

Nodes, names, attributes, integer tensors and tensors of at most 16 elements stay as they are.
Larger float initialisers keep name, type and dimensions, and are marked by data_location EXTERNAL
without a location; fill_weights.py fills them in again.
"""

import argparse
import pathlib

import onnx

KEPT_ELEMENTS = 16


def element_count(tensor):
    """The number of elements of a TensorProto, from its dimensions."""
    count = 1
    for extent in tensor.dims:
        count *= extent
    return count


def is_stripped(tensor):
    """Whether a TensorProto is a weight whose data was taken out."""
    return tensor.data_location == onnx.TensorProto.EXTERNAL and not tensor.external_data


def strip(model):
    """Takes the data out of MODEL's large float initialisers, in place."""
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and element_count(tensor) > KEPT_ELEMENTS:
            tensor.ClearField("raw_data")
            tensor.ClearField("float_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
    for node in model.graph.node:
        node.ClearField("doc_string")


def main():
    """Strips the files named, into the folder --out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the graphs")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for path in arguments.models:
        model = onnx.load(path)
        strip(model)
        target = arguments.out / path.name
        onnx.save(model, target)
        print(target, target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
