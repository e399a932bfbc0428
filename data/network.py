"""The small network: its shape, its preprocessing, its arithmetic in numpy, its ONNX file."""

import dataclasses

import numpy as np

SIDE = 115  # input pixels; every convolution and pooling below then divides without remainder
MEAN = (113.0, 102.0, 98.0)  # R, G, B of the training images, rounded
STD = (66.0, 62.0, 64.0)


@dataclasses.dataclass
class Stage:
    """A convolution without padding, ReLU, and max pooling 3 x 3 / 2 without padding."""

    channels: int
    kernel: int
    stride: int


STAGES = (Stage(32, 7, 2), Stage(48, 5, 1), Stage(64, 3, 1))


def preprocess(image):
    """[3, y, x] float32 input of an RGB image of SIDE x SIDE pixels: (pixel - mean) / std."""
    pixels = np.asarray(image, np.float32)
    return ((pixels - np.float32(MEAN)) / np.float32(STD)).transpose(2, 0, 1)


def patches(maps, kernel, stride):
    """[y, x, channel * ky * kx]: the inputs of a convolution at each position of maps [c, y, x]."""
    windows = np.lib.stride_tricks.sliding_window_view(maps, (kernel, kernel), axis=(1, 2))
    windows = windows[:, ::stride, ::stride].transpose(1, 2, 0, 3, 4)
    return windows.reshape(*windows.shape[:2], -1)


def convolve(maps, weight, bias, stride):
    """[channel, y, x] of the convolution before its ReLU; weight [channel, in, ky, kx]."""
    flat = patches(maps, weight.shape[2], stride) @ weight.reshape(len(weight), -1).T
    return (flat + bias).transpose(2, 0, 1)


def pool(maps):
    """Max pooling 3 x 3 / 2, no padding, of maps [channel, y, x]."""
    windows = np.lib.stride_tricks.sliding_window_view(maps, (3, 3), axis=(1, 2))
    return windows[:, ::2, ::2].max(axis=(3, 4))


def forward(maps, layers):
    """Responses after each ReLU, and the last pooled maps; layers: a (weight, bias) per stage."""
    responses = []
    for stage, (weight, bias) in zip(STAGES, layers):
        responses.append(np.maximum(convolve(maps, weight, bias, stage.stride), 0))
        maps = pool(responses[-1])
    return responses, maps


def make_onnx(layers):
    """ONNX model (opset 13, IR 8): input `data` [N, 3, SIDE, SIDE], nodes conv1, relu1, pool1, ..."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights, name, side = [], [], "data", SIDE
    for number, (stage, layer) in enumerate(zip(STAGES, layers), 1):
        conv, relu, pooled = f"conv{number}", f"relu{number}", f"pool{number}"
        parts = [f"{conv}.weight", f"{conv}.bias"]
        weights += [numpy_helper.from_array(np.float32(a), p) for a, p in zip(layer, parts)]
        nodes.append(helper.make_node("Conv", [name, *parts], [conv], conv,
                                      kernel_shape=[stage.kernel] * 2, strides=[stage.stride] * 2))
        nodes.append(helper.make_node("Relu", [conv], [relu], relu))
        nodes.append(helper.make_node("MaxPool", [relu], [pooled], pooled,
                                      kernel_shape=[3, 3], strides=[2, 2]))
        name = pooled
        side = ((side - stage.kernel) // stage.stride + 1 - 3) // 2 + 1
    float_map = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "leafnet",
        [helper.make_tensor_value_info("data", float_map, ["N", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info(name, float_map, ["N", STAGES[-1].channels, side, side])],
        weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8,
                              producer_name="rfmap data/train_network.py")
    onnx.checker.check_model(model, full_check=True)
    return model
