"""Quantised and half-precision ONNX models as single-precision models of the same meaning.

Rounding is left out and the range of the integers kept: a quantised tensor holds the number that it
stands for. Names of nodes and tensors stay, so that tensors can be compared by name.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

HALF, SINGLE = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT


def of(model):
    """MODEL itself if it computes in single precision, else a float model."""
    kinds = {tensor.data_type for tensor in model.graph.initializer}
    operations = {node.op_type for node in model.graph.node}
    if HALF in kinds:
        return single(model)
    if any("QuantizeLinear" in op or op.startswith("QLinear") for op in operations):
        return Dequantised(model).model
    return model


def single(model):
    """A copy of MODEL with single precision for half."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    del graph.value_info[:]
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.elem_type == HALF:
            value.type.tensor_type.elem_type = SINGLE
    tensors = list(graph.initializer)
    for node in graph.node:
        for item in node.attribute:
            if node.op_type == "Cast" and item.name == "to" and item.i == HALF:
                item.i = SINGLE
            if item.HasField("t"):
                tensors.append(item.t)
    for tensor in tensors:
        if tensor.data_type == HALF:
            values = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return copy


class Dequantised:
    """Rewrites a copy of a quantised MODEL node by node."""

    def __init__(self, model):
        self.model = onnx.ModelProto()
        self.model.CopyFrom(model)
        graph = self.model.graph
        del graph.value_info[:]
        self.constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        self.added = {}
        nodes = [new for node in graph.node for new in self.rewritten(node)]
        del graph.node[:]
        graph.node.extend(nodes)
        for name, values in self.added.items():
            graph.initializer.append(numpy_helper.from_array(values, name))

    def rewritten(self, node):
        """The nodes that compute what NODE means."""
        rule = getattr(self, f"of_{node.op_type}", None)
        return rule(node) if rule else [node]

    def constant(self, name, values):
        """Adds an initialiser of float values; its name."""
        self.added[name] = np.asarray(values, np.float32)
        return name

    def real(self, values, scale, zero, axis=0):
        """The numbers that integers [.., n of AXIS, ..] stand for; SCALE and ZERO [1] or [n]."""
        shape = [1] * values.ndim
        if np.size(scale) > 1:
            shape[axis] = -1
        zero = np.asarray(zero, np.float32).reshape(shape if np.ndim(zero) else ())
        return (values.astype(np.float32) - zero) * np.asarray(scale).reshape(
            shape if np.ndim(scale) else ())

    def clipped(self, node, source, scale, zero):
        """Clip to the range of the integers with this scale and zero point (names)."""
        scale, zero = self.constants[scale], self.constants[zero]
        limits, target = np.iinfo(zero.dtype), node.output[0]
        ends = [(float(end) - float(zero.reshape(-1)[0])) * float(scale.reshape(-1)[0])
                for end in (limits.min, limits.max)]
        names = [self.constant(f"{target}#{i}", end) for i, end in enumerate(ends)]
        return helper.make_node("Clip", [source, *names], [target], name=node.name)

    def inner(self, node, operation, inputs):
        """OPERATION with NODE's attributes, written to a tensor of another name."""
        new = helper.make_node(operation, inputs, [f"{node.output[0]}#real"])
        new.attribute.extend(a for a in node.attribute if a.name != "channels_last")
        return new

    def of_QuantizeLinear(self, node):
        source, scale, zero = node.input
        return [self.clipped(node, source, scale, zero)]

    def of_DequantizeLinear(self, node):
        source, scale, zero = node.input
        if source not in self.constants:
            return [helper.make_node("Identity", [source], node.output, name=node.name)]
        axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
        values = self.real(self.constants[source], self.constants[scale], self.constants[zero], axis)
        self.constant(node.output[0], values)
        return []

    def of_DynamicQuantizeLinear(self, node):
        target, scale, zero = node.output
        self.constant(scale, 1)
        self.constant(zero, 0)
        return [helper.make_node("Identity", [node.input[0]], [target], name=node.name)]

    def product_of_integers(self, node, operation):
        """A product whose scale is applied later."""
        source, weight, *zeros = node.input
        zero = self.constants[zeros[1]] if len(zeros) > 1 else 0
        values = self.constants[weight].astype(np.float32) - np.asarray(zero, np.float32)
        factor = self.constant(f"{node.output[0]}#weight", values)
        new = helper.make_node(operation, [source, factor], node.output, name=node.name)
        new.attribute.extend(node.attribute)
        return [new]

    def of_ConvInteger(self, node):
        return self.product_of_integers(node, "Conv")

    def of_MatMulInteger(self, node):
        return self.product_of_integers(node, "MatMul")

    def of_QLinearConv(self, node):
        source, source_scale, _, weight, scale, zero, out_scale, out_zero, *bias = node.input
        values = self.real(self.constants[weight], self.constants[scale], self.constants[zero])
        inputs = [source, self.constant(f"{node.output[0]}#weight", values)]
        if bias:
            unit = self.constants[source_scale] * self.constants[scale]
            inputs.append(self.constant(f"{node.output[0]}#bias", self.constants[bias[0]] * unit))
        product = self.inner(node, "Conv", inputs)
        return [product, self.clipped(node, product.output[0], out_scale, out_zero)]

    def of_QLinearConcat(self, node):
        joined = self.inner(node, "Concat", list(node.input[2::3]))
        return [joined, self.clipped(node, joined.output[0], *node.input[:2])]

    def of_QLinearGlobalAveragePool(self, node):
        mean = self.inner(node, "GlobalAveragePool", [node.input[0]])
        return [mean, self.clipped(node, mean.output[0], *node.input[3:5])]
