"""Activations by ONNX Runtime: the reference for imported ONNX models."""

import pathlib

import numpy as np
import onnx
import onnxruntime

import onnx_graph

ACTIVATIONS = ("Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid", "Tanh", "Softmax")
POOLS = ("MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "ReduceMean")
FIRST_OUTPUT_ONLY = ("Dropout", "MaxPool", "BatchNormalization")


def computed_tensors(graph):
    """The node outputs that depend on the input, in graph order; without masks and indices."""
    dependent, found = onnx_graph.depends_on_input(graph), []
    for node in graph.node:
        outputs = node.output[:1] if node.op_type in FIRST_OUTPUT_ONLY else node.output
        found.extend(name for name in outputs if name in dependent)
    return found


def required_tensors(graph):
    """The tensors that a dump must contain: final outputs, and every activation's and pooling's
    output."""
    wanted = [value.name for value in graph.output]
    for node in graph.node:
        if node.op_type in ACTIVATIONS + POOLS and node.output[0] not in wanted:
            wanted.append(node.output[0])
    return wanted


def session(path, optimize=False, threads=2):
    """An ONNX Runtime session on the CPU; without OPTIMIZE each node runs unchanged."""
    levels = onnxruntime.GraphOptimizationLevel
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        levels.ORT_ENABLE_ALL if optimize else levels.ORT_DISABLE_ALL
    )
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def with_outputs(path, names):
    """Writes PATH's model with NAMES as outputs into a file in the same folder; returns that
    file."""
    model = onnx.load(path, load_external_data=False)
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    target = pathlib.Path(path).with_suffix(".probe.onnx")
    onnx.save(model, target)
    return target


def run(path, images, names=None, optimize=False, threads=2):
    """Runs a model file on IMAGES [N, C, H, W] float32.

    Returns a dict from tensor name to float32 array, for NAMES or all computed float tensors. A
    graph with a fixed batch of 1 runs image by image, and the results are joined along axis 0.
    """
    graph = onnx.load(path, load_external_data=False).graph
    feed, fixed = onnx_graph.image_input(graph).name, onnx_graph.input_extents(graph)[0] == 1
    probe = with_outputs(path, computed_tensors(graph) if names is None else names)
    try:
        runner = session(probe, optimize, threads)
        floats = [o.name for o in runner.get_outputs() if o.type == "tensor(float)"]
        groups = [images[i : i + 1] for i in range(len(images))] if fixed else [images]
        results = [runner.run(floats, {feed: group}) for group in groups]
    finally:
        probe.unlink()
    return {name: join([r[i] for r in results], name) for i, name in enumerate(floats)}


def join(parts, name):
    """One array from the results of single images."""
    if len(parts) == 1:
        return parts[0]
    if any(part.ndim == 0 or len(part) != 1 for part in parts):
        raise ValueError(f"{name}: its first axis is not the batch, so images cannot be joined")
    return np.concatenate(parts)
