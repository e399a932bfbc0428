"""Queries on ONNX graphs shared by several scripts of this folder."""

import dataclasses

import numpy as np
import onnx
from onnx import numpy_helper


@dataclasses.dataclass(frozen=True)
class Use:
    """One place where a tensor is read: NODE reads it as input number INDEX."""

    node: onnx.NodeProto
    index: int


def producers(graph):
    """Maps each tensor name to the node that writes it."""
    return {name: node for node in graph.node for name in node.output if name}


def uses(graph):
    """Maps each tensor name to the list of its Uses."""
    found = {}
    for node in graph.node:
        for index, name in enumerate(node.input):
            found.setdefault(name, []).append(Use(node, index))
    return found


def attribute(node, name, default=None):
    """The value of NODE's attribute NAME, or DEFAULT."""
    for item in node.attribute:
        if item.name == name:
            return onnx.helper.get_attribute_value(item)
    return default


def runtime_inputs(graph):
    """The graph inputs that are not initialisers."""
    fixed = {tensor.name for tensor in graph.initializer}
    return [value for value in graph.input if value.name not in fixed]


def image_input(graph):
    """The one runtime input with four dimensions; ValueError where there is not just one."""
    inputs = [v for v in runtime_inputs(graph) if len(v.type.tensor_type.shape.dim) == 4]
    if len(inputs) != 1:
        raise ValueError(f"the graph has {len(inputs)} image inputs; one is needed")
    return inputs[0]


def input_extents(graph):
    """The image input's (N, C, H, W); 0 stands for a symbolic extent."""
    return tuple(d.dim_value for d in image_input(graph).type.tensor_type.shape.dim)


def constants(graph):
    """Maps names to the values of all initialisers and Constant nodes that hold their data."""
    found = {}
    for tensor in graph.initializer:
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            found[tensor.name] = numpy_helper.to_array(tensor)
    for node in graph.node:
        value = attribute(node, "value") if node.op_type == "Constant" else None
        if value is not None:
            found[node.output[0]] = numpy_helper.to_array(value)
    return found


def depends_on_input(graph):
    """The names of all tensors that depend on a runtime input, except Shape's outputs.

    Shapes are known once the input's extents are; values that follow only from them are constants.
    """
    found = {value.name for value in runtime_inputs(graph)}
    for node in graph.node:
        if node.op_type not in ("Shape", "Size") and found.intersection(node.input):
            found.update(name for name in node.output if name)
    return found


def cut_at(model, tensor):
    """Ends MODEL's graph at TENSOR, in place; nodes and initialisers not needed are removed."""
    graph, made_by = model.graph, producers(model.graph)
    if tensor not in made_by:
        raise ValueError(f"no node writes the tensor {tensor}")
    needed, queue = set(), [tensor]
    while queue:
        name = queue.pop()
        if name and name not in needed:
            needed.add(name)
            queue.extend(made_by[name].input if name in made_by else ())
    for field in (graph.node, graph.initializer, graph.input):
        kept = [item for item in field if needed.intersection(getattr(item, "output", None) or
                                                             [item.name])]
        del field[:]
        field.extend(kept)
    del graph.output[:], graph.value_info[:]
    graph.output.append(onnx.helper.make_tensor_value_info(tensor, onnx.TensorProto.FLOAT, None))
    declare_output_shapes(model)


def set_input_size(model, height, width):
    """Declares another input size, in place; recorded intermediate shapes are dropped."""
    extents = image_input(model.graph).type.tensor_type.shape.dim
    extents[2].dim_value, extents[3].dim_value = height, width
    del model.graph.value_info[:]
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    declare_output_shapes(model)


def declare_output_shapes(model):
    """Writes the inferred shapes of MODEL's outputs into it, which the format asks for."""
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    for value, known in zip(model.graph.output, inferred.graph.output):
        value.CopyFrom(known)


def batch_is_fixed(graph):
    """Whether the image input's batch is a number, not a symbol."""
    return input_extents(graph)[0] > 0


def reshaped(extents, target):
    """The dimensions EXTENTS take under a Reshape to TARGET (0 keeps, -1 infers)."""
    result = [extents[i] if t == 0 else int(t) for i, t in enumerate(target)]
    if -1 in result:
        known = -int(np.prod(result))
        result[result.index(-1)] = int(np.prod(extents)) // known
    return result
