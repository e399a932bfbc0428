"""Takes the weights out of ONNX files and keeps their graphs, in a few kB each.

A stripped initialiser keeps name, type and dimensions and has data_location EXTERNAL; its location,
if any, is the file `weights`, which does not exist. Among its metadata there may be a `rule`: mean
and standard deviation of a normal distribution, then `nonnegative` where only the absolute value
counts. fill_weights.py draws the weights again, by the rule or else by the nodes that read them.

    strip_weights.py MODEL.onnx ... --out FOLDER     # without rules
"""

import argparse
import lzma
import pathlib

import numpy as np
import onnx
from onnx import numpy_helper

LOCATION = "weights"
KEPT_ELEMENTS = 16
KEPT_BY_RULE = 32    # elements
KEPT_SHARE = 0.2     # of their bytes, compressed: masks, grids and other regular constants
KEPT_BYTES = 4000    # compressed
KEPT_NOTES = ("namespace", "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy")
FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE)
STRIPPED_TYPES = FLOATS + (onnx.TensorProto.INT8, onnx.TensorProto.UINT8)


def is_stripped(tensor):
    """Whether a TensorProto is a weight whose data was taken out."""
    places = [item.value for item in tensor.external_data if item.key == "location"]
    return tensor.data_location == onnx.TensorProto.EXTERNAL and places in ([], [LOCATION])


def forget(tensor):
    """Takes the data out of a TensorProto."""
    name, kind, dims = tensor.name, tensor.data_type, list(tensor.dims)
    tensor.Clear()
    tensor.name, tensor.data_type = name, kind
    tensor.dims.extend(dims)
    tensor.data_location = onnx.TensorProto.EXTERNAL


def strip(model):
    """Takes the data out of MODEL's large float initialisers, in place, without rules."""
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) > KEPT_ELEMENTS:
            forget(tensor)
    for node in model.graph.node:
        node.ClearField("doc_string")


def rule(tensor):
    """(mean, standard deviation, nonnegative) of a stripped TensorProto; None without a rule."""
    for item in tensor.metadata_props:
        if item.key == "rule":
            words = item.value.split()
            return float(words[0]), float(words[1]), "nonnegative" in words[2:]
    return None


def set_rule(tensor, values):
    """Replaces the data of a TensorProto by a rule (mean, standard deviation, nonnegative)."""
    mean, deviation, nonnegative = values
    forget(tensor)
    tensor.external_data.add(key="location", value=LOCATION)
    mean = 0 if abs(mean) < 1e-2 * deviation else mean
    text = f"{mean:.3g} {deviation:.3g}" + (" nonnegative" if nonnegative else "")
    tensor.metadata_props.add(key="rule", value=text)


def recorded_rule(tensor):
    """(mean, standard deviation, nonnegative) of a TensorProto's values."""
    values = numpy_helper.to_array(tensor).astype(np.float64)
    return float(values.mean()), float(values.std()), bool(values.min() >= 0)


def is_irregular(tensor):
    """Whether a TensorProto is too large and too irregular to be kept beside rules."""
    if tensor.data_type not in STRIPPED_TYPES or np.prod(tensor.dims) <= KEPT_BY_RULE:
        return False
    values = numpy_helper.to_array(tensor).reshape(-1)
    if len(values) > 1 << 16 and len(np.unique(values[: 1 << 16])) > 1 << 14:
        return True
    size = len(lzma.compress(values.tobytes()))
    return size > KEPT_BYTES or size > max(KEPT_SHARE * values.nbytes, 100)


def drop_notes(model):
    """Removes doc strings, stack traces and other notes that no test reads."""
    graph = model.graph
    for item in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        item.ClearField("doc_string")
    for item in (model, graph, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        item.ClearField("metadata_props")
    for node in graph.node:
        kept = [note for note in node.metadata_props if note.key in KEPT_NOTES]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    for tensor in graph.initializer:
        tensor.ClearField("doc_string")


def move_constants(graph):
    """Turns Constant nodes that hold irregular values into initialisers."""
    for node in [n for n in graph.node if n.op_type == "Constant"]:
        value = next((a.t for a in node.attribute if a.name == "value"), None)
        if value is not None and is_irregular(value):
            graph.initializer.add().CopyFrom(value)
            graph.initializer[-1].name = node.output[0]
            graph.node.remove(node)


def strip_to_rules(model):
    """Strips MODEL in place; each weight has the rule of the values that it had."""
    move_constants(model.graph)
    drop_notes(model)
    for tensor in model.graph.initializer:
        if is_irregular(tensor):
            set_rule(tensor, recorded_rule(tensor))


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
