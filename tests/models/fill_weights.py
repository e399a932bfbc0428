"""Fills a stripped ONNX graph with weights drawn from a seed, and writes a complete file.

Takes the graphs written by strip_weights.py (.onnx or .onnx.xz), and the light graphs of the `onnx`
wheel (onnx/backend/test/data/light), whose weights are ConstantOfShape nodes: these become
initialisers. A weight with a rule is drawn by it, seeded by its name alone. For the others,
convolutions and matrix products draw He-scaled normal weights (He et al., ICCV 2015), batch
normalisations values near those of a trained network, so that activations stay of order 1 at every
depth. The same graph, tensor name and seed give the same weights.
"""

import argparse
import lzma
import pathlib
import zlib

import numpy as np
import onnx
from onnx import numpy_helper

import onnx_graph
import strip_weights

PASSED_THROUGH = ("Identity", "Unsqueeze", "Squeeze", "Reshape", "Transpose", "Flatten")
SIGN_KEEPING = ("MaxPool", "AveragePool", "Dropout", "Identity", "Concat", "LRN", "Reshape",
                "Flatten", "Transpose", "Pad", "GlobalAveragePool", "ReduceMean")
RECTIFIERS = ("Relu", "Clip", "LeakyRelu", "PRelu")
BRANCH_SCALE = 0.5


class Weights:
    """Draws the weights of one graph; lookups are made once."""

    def __init__(self, graph, seed):
        self.uses = onnx_graph.uses(graph)
        self.producers = onnx_graph.producers(graph)
        self.constants = onnx_graph.constants(graph)
        self.seed = seed

    def draw(self, name, extents):
        """Float32 values [EXTENTS] for the weight NAME, according to the node that reads it."""
        generator = np.random.Generator(np.random.PCG64([self.seed, zlib.crc32(name.encode())]))
        node, index, seen = self.role(name, list(extents))
        kind, count = node.op_type, int(np.prod(extents))
        normal = generator.standard_normal(count, dtype=np.float32)
        if kind in ("Conv", "Gemm", "MatMul") and index < 2:
            values = normal * np.float32(self.product_scale(node, index, seen))
        elif kind == "BatchNormalization" and index == 4:
            values = np.exp(np.float32(0.2) * normal)
        elif kind == "BatchNormalization" and index == 1:
            scale = BRANCH_SCALE if self.ends_branch(node) else 1
            values = np.float32(scale) * (1 + np.float32(0.1) * normal)
        elif kind in ("Mul", "Div"):
            values = 1 + np.float32(0.1) * normal
        elif kind == "PRelu":
            values = np.float32(0.25) + np.float32(0.05) * normal
        elif kind in ("Conv", "Gemm", "BatchNormalization", "Add", "Sub", "Sum"):
            values = np.float32(0.1) * normal
        else:
            raise ValueError(f"no rule for the weight {name}, input {index} of a {kind} node")
        return values.reshape(extents)

    def role(self, name, extents):
        """(node, input index, extents there) of NAME's reader, reshaping nodes looked through."""
        use = self.uses[name][0]
        if use.node.op_type not in PASSED_THROUGH:
            return use.node, use.index, extents
        target = self.constants.get(use.node.input[1]) if len(use.node.input) > 1 else None
        if use.node.op_type == "Reshape" and target is not None:
            extents = onnx_graph.reshaped(extents, target.tolist())
        return self.role(use.node.output[0], extents)

    def product_scale(self, node, index, extents):
        """The standard deviation of a convolution's or matrix product's weights.

        1 / fan-in keeps the second moment of a signed input, 2 / fan-in compensates for a rectifier
        before it; the fan-in of a grouped convolution is that of one group.
        """
        if node.op_type == "Conv":
            fan_in = np.prod(extents[1:])
        else:
            fan_in = extents[-1] if onnx_graph.attribute(node, "transB", 0) else extents[-2]
        gain = 2.0 if self.is_rectified(node.input[1 - index]) else 1.0
        scale = BRANCH_SCALE if self.ends_branch(node) else 1.0
        return scale * np.sqrt(gain / fan_in)

    def is_rectified(self, name):
        """Whether tensor NAME comes from a rectifier, through nodes that keep the sign."""
        while name in self.producers and self.producers[name].op_type in SIGN_KEEPING:
            name = self.producers[name].input[0]
        return name in self.producers and self.producers[name].op_type in RECTIFIERS

    def ends_branch(self, node):
        """Whether NODE's output is added to another tensor, so that residual sums do not grow."""
        readers = self.uses.get(node.output[0], [])
        return any(
            use.node.op_type in ("Add", "Sum")
            and all(name in self.producers for name in use.node.input)
            and not self.adds_constant(use.node)
            for use in readers
        )

    def adds_constant(self, node):
        """Whether one of NODE's inputs is a constant or a weight after a reshaping node."""
        for name in node.input:
            while name in self.producers and self.producers[name].op_type in PASSED_THROUGH:
                name = self.producers[name].input[0]
            if name in self.constants or name not in self.producers:
                return True
        return False


def make_light_graph_plain(model):
    """Turns the ConstantOfShape weights of a light graph into stripped initialisers, in place.

    The few real weights that such a graph kept are stripped too: they do not fit drawn weights.
    """
    graph = model.graph
    shapes = onnx_graph.constants(graph)
    fillers = [n for n in graph.node if n.op_type == "ConstantOfShape" and n.input[0] in shapes]
    if not fillers or any(strip_weights.is_stripped(t) for t in graph.initializer):
        return
    strip_weights.strip(model)
    listed = {value.name for value in graph.input}
    dropped = {node.input[0] for node in fillers}
    for node in fillers:
        graph.node.remove(node)
        tensor = graph.initializer.add(name=node.output[0], data_type=onnx.TensorProto.FLOAT)
        tensor.dims.extend(shapes[node.input[0]].tolist())
        tensor.data_location = onnx.TensorProto.EXTERNAL
    for field in (graph.initializer, graph.input):
        kept = [item for item in field if item.name not in dropped]
        del field[:]
        field.extend(kept)
    if model.ir_version < 4 or dropped & listed:
        list_initializers(graph)


def list_initializers(graph):
    """Lists every initialiser among the inputs too, as files before IR version 4 must."""
    listed = {value.name for value in graph.input}
    for tensor in graph.initializer:
        if tensor.name not in listed:
            value = onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            graph.input.append(value)


def draw_by_rule(tensor):
    """The values of a stripped TensorProto that has a rule, in its type and shape."""
    mean, deviation, nonnegative = strip_weights.rule(tensor)
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


def fill(model, seed=0):
    """Gives every stripped initialiser of MODEL its values, in place."""
    make_light_graph_plain(model)
    weights = Weights(model.graph, seed)
    for tensor in model.graph.initializer:
        if strip_weights.is_stripped(tensor):
            by_rule = strip_weights.rule(tensor) is not None
            values = (draw_by_rule(tensor) if by_rule
                      else weights.draw(tensor.name, list(tensor.dims)))
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def read(path):
    """The bytes of the ONNX file PATH (.onnx or .onnx.xz)."""
    data = pathlib.Path(path).read_bytes()
    return lzma.decompress(data) if pathlib.Path(path).suffix == ".xz" else data


def load(path):
    """Loads a graph (.onnx or .onnx.xz) without looking for its weights."""
    return onnx.load_from_string(read(path))


def save(model, path, external=False):
    """Writes MODEL to PATH; with EXTERNAL, its large tensors to PATH.data."""
    if external:
        data = pathlib.Path(str(path) + ".data")
        data.unlink(missing_ok=True)
        onnx.save(model, path, save_as_external_data=True, location=data.name, size_threshold=1024)
    else:
        onnx.save(model, path)


def size(text):
    """(height, width) from HxW."""
    height, width = text.split("x")
    return int(height), int(width)


def parse_arguments():
    """The command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--external", action="store_true", help="weights in a file OUT.data")
    parser.add_argument("--initializers-as-inputs", action="store_true")
    parser.add_argument("--input-size", type=size, metavar="HxW", help="declare another size")
    parser.add_argument("--cut", metavar="TENSOR", help="end the graph at this tensor")
    return parser.parse_args()


def main():
    """Fills one graph, checks it and writes it."""
    arguments = parse_arguments()
    model = load(arguments.graph)
    make_light_graph_plain(model)
    if arguments.cut:
        onnx_graph.cut_at(model, arguments.cut)
    if arguments.input_size:
        onnx_graph.set_input_size(model, *arguments.input_size)
    if arguments.initializers_as_inputs:
        list_initializers(model.graph)
    fill(model, arguments.seed)
    save(model, arguments.out, arguments.external)
    onnx.checker.check_model(str(arguments.out))


if __name__ == "__main__":
    main()
