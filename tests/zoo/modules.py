"""The convolutions of an exported graph and the modules that they belong to.

Written from what the exporters document, apart from the program's own reading.
"""

import ast
import re

import catalogue  # noqa: F401  tests/models on the search path
import onnx_graph

SCOPES = "pkg.torch.onnx.name_scopes"


def image_input(graph):
    """The one input that is not a weight."""
    return onnx_graph.image_input(graph)


def name_of(node):
    """A node's name, or that of its output if it has none."""
    return node.name or node.output[0]


def convolutions(graph):
    """The nodes of GRAPH that convolve something that depends on the image."""
    images = onnx_graph.depends_on_input(graph)
    return [node for node in graph.node if "Conv" in node.op_type and node.output[0] in images]


def keras_layer(node):
    """MODEL/LAYER/...: the layer, without the number that Keras 3 appends; of an anonymous node,
    that of its weight."""
    named = [text for text in (node.name, *node.input[1:2]) if text.count("/") >= 2]
    return re.sub(r"_\d+$", "", named[0].split("/")[1]) if named else ""


def torch_module(name):
    """layer1.0.conv1 from /layer1/layer1.0/conv1/Conv: a part that continues the one before
    replaces it."""
    parts = []
    for part in name.split("/")[1:-1]:
        if parts and part.startswith(parts[-1] + "."):
            parts.pop()
        parts.append(part)
    return ".".join(parts)


def path(node, keras):
    """The module of a convolution, as the program that exported it calls it; may be empty."""
    weight = node.input[1] if len(node.input) > 1 else ""
    if weight.endswith(".weight"):
        return weight.removesuffix(".weight")
    for note in node.metadata_props:
        if note.key == SCOPES:
            return ast.literal_eval(note.value)[-2]
    if node.name.startswith("/"):
        return torch_module(node.name)
    return keras_layer(node) if keras else ""


def by_path(nodes, keras=False):
    """Maps paths to the names of the NODES that they mean: the last of a module used again."""
    return {path(node, keras): name_of(node) for node in nodes if path(node, keras)}
