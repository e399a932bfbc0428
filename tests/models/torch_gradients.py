"""Records gradients by PyTorch's autograd, for gradients.py to compare with.

Runs the networks' ONNX graphs on PyTorch, operation by operation, on noise as `rfmap gradient`
makes it (Philox, implemented here again), and writes for some neurons of each network the sums over
rows and columns of the absolute and the signed gradient. Needs torch, onnx and numpy; its output is
stored in the folder of this script, so that the tests need no torch.

    torch_gradients.py --out gradients.npz [--only resnet18]
"""

import argparse
import fnmatch
import pathlib
import tempfile

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

import networks
import onnx_graph

CHOSEN = ("alexnet_q7_pool5", "bvlc_googlenet", "squeezenet_places365", "squeezenet_v1.0_dc",
          "torchvision_resnet18", "torchvision_mobilenet_v2", "torchvision_googlenet",
          "torchvision_inception_v3", "torchvision_densenet121")
TARGETS = ("Relu", "LeakyRelu", "Clip", "MaxPool", "Concat", "Add")
SEED = 7


def philox(counter, key):
    """First output word of Philox4x32-10; COUNTER: uint32 arrays, KEY: two words."""
    c = [np.asarray(word, np.uint64) for word in np.broadcast_arrays(*counter)]
    k = list(key)
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        first, second = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(second >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), second & low,
             (first >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), first & low]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c[0]


def deviation(network):
    """The divisor of random bytes minus their mean: Caffe's networks take 0..255."""
    return 1.0 if network.kind == "shared" and "places" not in network.name else 73.9


def noise(extents, seed, divisor=73.9):
    """[1, C, H, W]: random bytes minus their mean, divided."""
    channels, height, width = extents
    counter = (np.zeros((1, 1, 1)), np.arange(channels).reshape(-1, 1, 1),
               np.arange(height).reshape(1, -1, 1), np.arange(width).reshape(1, 1, -1))
    pixels = philox(counter, (seed & 0xFFFFFFFF, seed >> 32)) >> np.uint64(24)
    return ((pixels.astype(np.float64) - 127.5) / divisor).astype(np.float32)[None]


def attributes(node):
    """A node's attributes by name."""
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def window(node, rank=2):
    """Kernel, stride, dilation and padding (begin, end by axis) of a node."""
    a = attributes(node)
    pads = a.get("pads", [0] * 2 * rank)
    return (a.get("kernel_shape"), a.get("strides", [1] * rank), a.get("dilations", [1] * rank),
            [pads[1], pads[3], pads[0], pads[2]])  # left, right, top, bottom


def convolve(node, inputs):
    _, stride, dilation, pads = window(node)
    group = attributes(node).get("group", 1)
    bias = inputs[2] if len(inputs) > 2 else None
    return F.conv2d(F.pad(inputs[0], pads), inputs[1], bias, stride, 0, dilation, group)


def max_pool(node, inputs):
    kernel, stride, dilation, pads = window(node)
    ceil = bool(attributes(node).get("ceil_mode", 0))
    padded = F.pad(inputs[0], pads, value=float("-inf")) if any(pads) else inputs[0]
    return F.max_pool2d(padded, kernel, stride, 0, dilation, ceil)


def average_pool(node, inputs):
    kernel, stride, _, pads = window(node)
    a = attributes(node)
    counted = bool(a.get("count_include_pad", 0))
    return F.avg_pool2d(inputs[0], kernel, stride, [pads[2], pads[0]], bool(a.get("ceil_mode", 0)),
                        counted)


def normalise(node, inputs):
    a = attributes(node)
    return F.local_response_norm(inputs[0], a["size"], a.get("alpha", 1e-4), a.get("beta", 0.75),
                                 a.get("bias", 1.0))


def batch_norm(node, inputs):
    x, scale, shift, mean, variance = inputs
    epsilon = attributes(node).get("epsilon", 1e-5)
    return F.batch_norm(x, mean, variance, scale, shift, False, 0.0, epsilon)


def clip(node, inputs):
    a = attributes(node)
    low = inputs[1] if len(inputs) > 1 else a.get("min")
    high = inputs[2] if len(inputs) > 2 else a.get("max")
    return torch.clamp(inputs[0], float(low), float(high))


def pad(_, inputs):
    pads = [int(v) for v in inputs[1]]
    return F.pad(inputs[0], [pads[3], pads[7], pads[2], pads[6]],
                 value=float(inputs[2]) if len(inputs) > 2 else 0.0)


OPERATIONS = {
    "Conv": convolve, "MaxPool": max_pool, "AveragePool": average_pool, "LRN": normalise,
    "BatchNormalization": batch_norm, "Clip": clip, "Pad": pad,
    "Relu": lambda node, inputs: torch.relu(inputs[0]),
    "LeakyRelu": lambda node, inputs: F.leaky_relu(
        inputs[0], attributes(node).get("alpha", 0.01)),
    "Concat": lambda node, inputs: torch.cat(inputs, attributes(node)["axis"]),
    "Add": lambda node, inputs: inputs[0] + inputs[1],
    "Dropout": lambda node, inputs: inputs[0],
}


def weights_of(graph):
    """The graph's constants by name."""
    return {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}


def run(graph, weights, image, wanted):
    """Values of the tensors WANTED for IMAGE (which tracks gradients)."""
    values = dict(weights)
    inputs = [i.name for i in graph.input if i.name not in values]
    values[inputs[0]] = image
    left = set(wanted)
    for node in graph.node:
        if not left:
            break
        if node.op_type == "Constant":
            values[node.output[0]] = torch.from_numpy(
                numpy_helper.to_array(node.attribute[0].t).copy())
            continue
        values[node.output[0]] = OPERATIONS[node.op_type](
            node, [values[name] for name in node.input if name])
        left.discard(node.output[0])
    return {name: values[name] for name in wanted}


def choose_targets(graph):
    """Tensors at a fifth, a half and the end of the part before the head."""
    names = [n.output[0] for n in graph.node if n.op_type in TARGETS]
    return [names[len(names) // 5], names[len(names) // 2], names[-1]]


def choose_neuron(value):
    """The channel with the largest value at a position near the middle; the largest of all if none
    is active."""
    y, x = value.shape[2] * 2 // 5, value.shape[3] * 3 // 5
    if value[0, :, y, x].max() > 0:
        return int(value[0, :, y, x].argmax()), y, x
    return tuple(int(i) for i in np.unravel_index(int(value[0].argmax()), value.shape[1:]))


def record(network, folder):
    """Arrays of one network by key NETWORK|TENSOR:CHANNEL:Y:X|WHAT."""
    path = networks.prepare(network, folder, reduced=False)
    graph = onnx.load(path).graph
    extents = onnx_graph.input_extents(graph)[1:]
    image = torch.from_numpy(noise(extents, SEED, deviation(network))).requires_grad_()
    arrays = {}
    wanted = choose_targets(graph)
    for name, value in run(graph, weights_of(graph), image, wanted).items():
        channel, y, x = choose_neuron(value)
        (gradient,) = torch.autograd.grad(value[0, channel, y, x], image, retain_graph=True)
        maps = {"absolute": gradient.abs().sum(1)[0], "signed": gradient.sum(1)[0]}
        key = f"{network.name}|{name}:{channel}:{y}:{x}"
        arrays[key + "|response"] = np.float32(value[0, channel, y, x].item())
        for what, a in maps.items():
            arrays[f"{key}|{what}_rows"] = a.double().sum(1).numpy().astype(np.float32)
            arrays[f"{key}|{what}_columns"] = a.double().sum(0).numpy().astype(np.float32)
    return arrays


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--only", default="*")
    options = parser.parse_args()
    torch.set_num_threads(1)
    arrays = {}
    for network in networks.NETWORKS:
        if network.name in CHOSEN and fnmatch.fnmatch(network.name, f"*{options.only}*"):
            with tempfile.TemporaryDirectory() as folder:
                arrays |= record(network, pathlib.Path(folder))
            print(network.name, flush=True)
    np.savez_compressed(options.out, **{k.replace("/", "\\"): v for k, v in arrays.items()})


if __name__ == "__main__":
    main()
