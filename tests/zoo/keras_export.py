"""Builds Keras networks and exports them through tf2onnx, which leaves the image channels last."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import onnx
import tensorflow
import tf2onnx

APPLICATIONS = {
    "mobilenet": ("MobileNet", {}),
    "mobilenetv2": ("MobileNetV2", {}),
    "mobilenetv2_nchw": ("MobileNetV2", {}),
    "resnet50": ("ResNet50", {}),
    "resnet50_dynamic": ("ResNet50", {"include_top": False}),
    "vgg16_notop": ("VGG16", {"include_top": False}),
    "xception": ("Xception", {}),
    "efficientnetb0": ("EfficientNetB0", {}),
    "efficientnetv2b0": ("EfficientNetV2B0", {}),
    "densenet121": ("DenseNet121", {}),
    "inceptionv3": ("InceptionV3", {}),
    "mobilenetv3small": ("MobileNetV3Small", {}),
    "nasnetmobile": ("NASNetMobile", {}),
    "resnet50v2": ("ResNet50V2", {}),
}


def mnist():
    """After Keras' MNIST example."""
    layers = keras.layers
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")])


def build(name, size):
    """The Keras network NAME."""
    if name == "mnist":
        return mnist()
    builder, options = APPLICATIONS[name]
    shape = (None, None, 3) if name.endswith("_dynamic") else (size, size, 3)
    return getattr(keras.applications, builder)(weights=None, input_shape=shape, **options)


def make_differ(net):
    """Changes weights that start as constants."""
    generator = np.random.default_rng(0)
    for weight in net.weights:
        values = np.array(weight)
        if values.dtype.kind == "f" and values.size > 1 and values.min() == values.max():
            noise = 0.1 * generator.standard_normal(values.shape)
            weight.assign(np.abs(values + noise) if "variance" in weight.name else values + noise)


def export(architecture, path):
    """Writes the ONNX file PATH."""
    net = build(architecture.model, architecture.size)
    make_differ(net)
    dynamic = architecture.model.endswith("_dynamic")
    shape = [None if dynamic else 1, *net.input_shape[1:]]
    signature = (tensorflow.TensorSpec(shape, tensorflow.float32, name="input_1"),)
    function = tensorflow.function(lambda x: net(x, training=False), input_signature=signature)
    channels_first = ["input_1"] if architecture.model.endswith("_nchw") else None
    model, _ = tf2onnx.convert.from_function(function, input_signature=signature,
                                             opset=architecture.opset,
                                             inputs_as_nchw=channels_first)
    # Constants that the function captures are left as inputs that no node reads.
    image = [value for value in model.graph.input if value.name == "input_1"]
    del model.graph.input[:]
    model.graph.input.extend(image)
    onnx.save(model, path)
