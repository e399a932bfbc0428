"""Takes weights and tracing notes out of ONNX models; fill.py draws the weights again."""

import lzma

import numpy as np
import onnx
from onnx import numpy_helper

import fill

KEPT_ELEMENTS = 32
KEPT_SHARE = 0.2     # of their bytes, compressed: masks, grids and other regular constants
KEPT_BYTES = 4000    # compressed
KEPT_NOTES = ("namespace", "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy")
FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE)
STRIPPED_TYPES = FLOATS + (onnx.TensorProto.INT8, onnx.TensorProto.UINT8)


def is_weight(tensor):
    """Whether a TensorProto is too large and too irregular to be kept."""
    if tensor.data_type not in STRIPPED_TYPES or np.prod(tensor.dims) <= KEPT_ELEMENTS:
        return False
    values = numpy_helper.to_array(tensor).reshape(-1)
    if len(values) > 1 << 16 and len(np.unique(values[: 1 << 16])) > 1 << 14:
        return True
    size = len(lzma.compress(values.tobytes()))
    return size > KEPT_BYTES or size > max(KEPT_SHARE * values.nbytes, 100)


def recorded_rule(tensor):
    """(mean, standard deviation, nonnegative) of a TensorProto's values."""
    values = numpy_helper.to_array(tensor).astype(np.float64)
    return float(values.mean()), float(values.std()), bool(values.min() >= 0)


def set_rule(tensor, rule):
    """Replaces the data of a TensorProto by a rule."""
    name, kind, dims = tensor.name, tensor.data_type, list(tensor.dims)
    tensor.Clear()
    tensor.name, tensor.data_type = name, kind
    tensor.dims.extend(dims)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=fill.LOCATION)
    mean, deviation, nonnegative = rule
    mean = 0 if abs(mean) < 1e-2 * deviation else mean
    text = f"{mean:.3g} {deviation:.3g}" + (" nonnegative" if nonnegative else "")
    tensor.metadata_props.add(key="rule", value=text)


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
    """Turns Constant nodes that hold weights into initialisers."""
    for node in [n for n in graph.node if n.op_type == "Constant"]:
        value = next((a.t for a in node.attribute if a.name == "value"), None)
        if value is not None and is_weight(value):
            graph.initializer.add().CopyFrom(value)
            graph.initializer[-1].name = node.output[0]
            graph.node.remove(node)


def strip(model):
    """Strips MODEL in place; the rules are those of the values that it had."""
    move_constants(model.graph)
    drop_notes(model)
    for tensor in model.graph.initializer:
        if is_weight(tensor):
            set_rule(tensor, recorded_rule(tensor))
