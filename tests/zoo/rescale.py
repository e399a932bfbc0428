"""Changes the rules of a stripped graph so that activations stay of order 1 at every depth.

Random weights as packages initialise them leave deep networks with vanishing or exploding values.
Each convolution or product starts with 1 / fan-in; those whose output then leaves a range around 1
are rescaled one after the other, from the image on.
"""

import numpy as np
import onnx
import onnxruntime

import catalogue  # noqa: F401  tests/models on the search path
import fill_weights
import strip_weights

PASSED_THROUGH = ("Identity", "Unsqueeze", "Squeeze", "Reshape", "Transpose", "Flatten", "Cast")
PRODUCTS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
NORMS = ("BatchNormalization", "LayerNormalization", "InstanceNormalization", "GroupNormalization")
RANGE = 3
MOST_RUNS = 400


def readers(graph):
    """Maps each tensor name to the (node, input index) that read it."""
    found = {}
    for node in graph.node:
        for index, name in enumerate(node.input):
            found.setdefault(name, []).append((node, index))
    return found


def computed(graph):
    """Names of the tensors that depend on the image, Shape's outputs left out."""
    fixed = {tensor.name for tensor in graph.initializer}
    found = {value.name for value in graph.input} - fixed
    names = []
    for node in graph.node:
        if node.op_type not in ("Shape", "Size") and found.intersection(node.input):
            names += [name for name in node.output if name]
            found.update(node.output)
    return names


def role(name, reading):
    """(node, input index, whether transposed) of NAME's first reader, PASSED_THROUGH left out."""
    turned = False
    while True:
        if name not in reading:
            return None, 0, turned
        node, index = reading[name][0]
        if node.op_type not in PASSED_THROUGH or index > 0:
            return node, index, turned
        turned ^= node.op_type == "Transpose"
        name = node.output[0]


def fan_in(node, index, dims, turned):
    """Products summed per output of a weight of DIMS, as a guess."""
    if node.op_type == "Conv":
        return np.prod(dims[1:])
    if node.op_type == "ConvTranspose":
        return dims[0]
    transposed = any(a.name == ("transB", "transA")[1 - index] and a.i for a in node.attribute)
    return dims[-1] if transposed ^ turned ^ (index == 0) else dims[max(len(dims) - 2, 0)]


def first_rule(tensor, node, index, turned):
    """The rule to start from, given the node that reads a stripped tensor."""
    kind = node.op_type
    mean, deviation, nonnegative = strip_weights.rule(tensor)
    if is_product_weight(node, index):
        return 0, 1 / np.sqrt(fan_in(node, index, tensor.dims, turned)), False
    if kind in NORMS and index > 0:
        return {1: (1, 0.1, False), 4: (1, 0.1, True)}.get(index, (0, 0.1, False))
    if kind == "PRelu":
        return 0.25, 0.05, False
    if kind == "Mul":
        return (mean, 0.1 * abs(mean), nonnegative) if abs(mean) > 0.3 else (0.5, 0.1, False)
    if kind in ("Add", "Sub") or kind in PRODUCTS:
        return 0, 0.1, False
    return mean, deviation, nonnegative


def is_product_weight(node, index):
    """Whether input INDEX of NODE is a factor of a product."""
    if node.op_type not in PRODUCTS:
        return False
    return index == 1 or (index == 0 and node.op_type in ("Gemm", "MatMul"))


def start(model):
    """Sets the first rules; (output, weight) of each product of a weight, in order."""
    reading, images = readers(model.graph), set(computed(model.graph))
    weights = {}
    for tensor in model.graph.initializer:
        if strip_weights.is_stripped(tensor):
            node, index, turned = role(tensor.name, reading)
            if node is None or node.output[0] not in images:
                continue  # a step towards a weight, as in weight standardisation
            strip_weights.set_rule(tensor, first_rule(tensor, node, index, turned))
            if is_product_weight(node, index):
                weights.setdefault(node.output[0], tensor.name)
    return [(node.output[0], weights[node.output[0]]) for node in model.graph.node
            if node.output and node.output[0] in weights]


def session_for(model, products):
    """A session that returns the products' outputs and takes their weights as inputs."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    fill_weights.fill(probe)
    weights = {weight for _, weight in products}
    given = {value.name for value in probe.graph.input}
    for tensor in probe.graph.initializer:
        if tensor.name in weights - given:
            probe.graph.input.append(
                onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    del probe.graph.output[:]
    probe.graph.output.extend(onnx.ValueInfoProto(name=name) for name, _ in products)
    return open_session(probe)


def open_session(model):
    """An ONNX Runtime session without optimisations, on one thread."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def rescale(model, inputs):
    """Sets the rules of the stripped MODEL, in place; INPUTS is a sample of its inputs."""
    products = start(model)
    if not products:
        return
    stripped = {t.name: t for t in model.graph.initializer if strip_weights.is_stripped(t)}
    session = session_for(model, products)
    feeds = dict(inputs)
    feeds |= {weight: fill_weights.draw_by_rule(stripped[weight]) for _, weight in products}
    for weight, factor in factors(session, feeds, products):
        feeds[weight] *= np.float32(factor)
        mean, deviation, nonnegative = strip_weights.rule(stripped[weight])
        strip_weights.set_rule(stripped[weight], (mean, deviation * factor, nonnegative))


def factors(session, feeds, products):
    """Yields (weight, factor) until all outputs are in range; FEEDS changes in between."""
    done = 0
    for _ in range(MOST_RUNS):
        outputs = session.run(None, feeds)
        while done < len(products):
            size = np.sqrt(np.mean(np.square(outputs[done], dtype=np.float64)))
            done += 1
            if np.isfinite(size) and size > 0 and not 1 / RANGE < size < RANGE:
                yield products[done - 1][1], 1 / size
                break
        else:
            return
