"""Builds small ONNX models. Every model reads the image tensor `x` and writes `y`."""

import dataclasses
import zlib

import numpy as np
import onnx
from onnx import helper, numpy_helper

import onnx_graph

NEWEST = 26  # the newest opset that the pinned ONNX Runtime accepts


@dataclasses.dataclass(frozen=True)
class Case:
    """A model and how to test it.

    SHAPE: the input's (C, H, W); BATCH: images fed. MAY_REFUSE: not among the operations that must
    run, so a refusal that names the node also passes. EXPECT: for models that must be refused,
    words that the message must contain; a tuple of words means any of them. TWIN: another model for
    the expected outputs, if ONNX Runtime cannot run the model itself. CHANNELS_LAST: the model's input
    is N x H x W x C, whose image the tool still takes as (C, H, W).
    """

    name: str
    model: onnx.ModelProto
    shape: tuple
    batch: int = 2
    may_refuse: bool = False
    expect: tuple = ()
    twin: onnx.ModelProto | None = None
    channels_last: bool = False


def weight(name, *extents, scale=0.5, offset=0.0):
    """A float32 initialiser NAME of normal values, the same at every call."""
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    values = offset + scale * generator.standard_normal(extents)
    return numpy_helper.from_array(np.asarray(values, np.float32), name)


def floats(name, values):
    """A float32 initialiser NAME with the given values."""
    return numpy_helper.from_array(np.asarray(values, np.float32), name)


def ints(name, values):
    """An int64 initialiser NAME with the given values."""
    return numpy_helper.from_array(np.asarray(values, np.int64), name)


def norm_weights(prefix, channels):
    """Scale, bias, mean and variance initialisers of a batch normalisation."""
    return [weight(f"{prefix}.scale", channels, scale=0.2, offset=1),
            weight(f"{prefix}.bias", channels),
            weight(f"{prefix}.mean", channels, scale=0.3),
            floats(f"{prefix}.var", np.linspace(0.3, 2, channels))]


def node(kind, inputs, output, **attributes):
    """A node named after its (first) output; INPUTS and OUTPUT are space-separated names.

    The input `-` stands for an omitted optional input.
    """
    outputs = output.split(" ")
    name = attributes.pop("name", f"node_{outputs[0]}")
    names = ["" if i == "-" else i for i in inputs.split(" ")] if inputs else []
    return helper.make_node(kind, names, outputs, name=name, **attributes)


def constant(output, values):
    """A Constant node that writes VALUES, an array of float32 or int64."""
    return node("Constant", "", output, value=numpy_helper.from_array(values))


def graph(name, nodes, tensors=(), opset=13, shape=(4, 9, 8), **options):
    """A Case from nodes and initialisers.

    OPTIONS: declared_batch ("N", a number, or None for no dimension at all), listed (initialisers
    among the inputs too), outputs (names), domains (extra opset imports), and Case's own fields.
    """
    declared = options.pop("declared_batch", "N")
    listed = options.pop("listed", False)
    outputs = options.pop("outputs", ("y",))
    domains = options.pop("domains", ())
    extents = [*shape[1:], shape[0]] if options.get("channels_last") else shape
    inputs = [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [declared, *extents])]
    if listed:
        inputs += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in tensors]
    results = [helper.make_tensor_value_info(o, onnx.TensorProto.FLOAT, None) for o in outputs]
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domains]
    model = helper.make_model(
        helper.make_graph(nodes, "small", inputs, results, list(tensors)),
        opset_imports=imports,
        ir_version=3 if listed else ir_version(opset),
        producer_name="rfmap tests",
    )
    if "expect" not in options:
        onnx_graph.declare_output_shapes(model)
    return Case(name, model, tuple(shape), **options)


def channels_last(name, nodes, tensors=(), **options):
    """A Case whose input is N x H x W x C; SHAPE stays (C, H, W)."""
    return graph(name, nodes, tensors, channels_last=True, **options)


def ir_version(opset):
    """The IR version that files of this opset usually have; at least 4."""
    if opset <= 9:
        return 4
    return min(helper.find_min_ir_version_for([helper.make_opsetid("", opset)]), 13)


def single(name, kind, tensors=(), opset=13, shape=(4, 9, 8), **attributes):
    """A Case of one node that reads x and the initialisers in order, and writes y."""
    inputs = " ".join(["x"] + [t.name for t in tensors])
    options = {key: attributes.pop(key) for key in ("may_refuse", "batch", "expect")
               if key in attributes}
    return graph(name, [node(kind, inputs, "y", **attributes)], tensors, opset, shape, **options)
