"""Activations by OpenCV's DNN module: the reference for imported Caffe models."""

import re

import numpy as np

REQUIRED_KINDS = ("ReLU", "PReLU", "Sigmoid", "TanH", "Pooling", "Softmax")


def opencv():
    """OpenCV's module, or None if it has no Caffe importer (5.0 dropped it)."""
    try:
        import cv2
    except ImportError:
        return None
    return cv2 if hasattr(cv2.dnn, "readNetFromCaffe") else None


def layers(prototxt):
    """The layers of a deploy prototxt, in order: dicts with name, type, bottom and top lists."""
    found = []
    for block in blocks(prototxt.read_text()):
        found.append({
            "name": re.search(r'name:\s*"([^"]*)"', block).group(1),
            "type": re.search(r'type:\s*"([^"]*)"', block).group(1),
            "bottom": re.findall(r'bottom:\s*"([^"]*)"', block),
            "top": re.findall(r'top:\s*"([^"]*)"', block),
        })
    return found


def blocks(text):
    """The text between the braces of each `layer { ... }`."""
    for start in re.finditer(r"^layer\s*\{", text, re.MULTILINE):
        depth, end = 1, start.end()
        while depth > 0:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield text[start.end() : end - 1]


def layer_of_blob(prototxt):
    """Maps each blob to the last layer that changes its values (Dropout changes none)."""
    return {t: layer["name"] for layer in layers(prototxt) for t in layer["top"]
            if layer["type"] != "Dropout"}


def input_extents(prototxt):
    """(C, H, W) of the Input layer's declared shape."""
    block = next(b for b in blocks(prototxt.read_text()) if re.search(r'type:\s*"Input"', b))
    return tuple(int(d) for d in re.findall(r"dim:\s*(\d+)", block))[1:]


def required_blobs(prototxt):
    """Final blobs, and those that an activation or a pooling writes."""
    every = layers(prototxt)
    read = {name for layer in every for name in layer["bottom"]}
    wanted = {t for layer in every if layer["type"] in REQUIRED_KINDS for t in layer["top"]}
    read.update(t for layer in every if layer["type"] == "Input" for t in layer["top"])
    return wanted | {t for layer in every for t in layer["top"] if t not in read}


def run(prototxt, caffemodel, images):
    """Runs a Caffe model on IMAGES [N, C, H, W]; a dict from blob to float32 array.

    Image by image, since a Reshape may name the batch; blobs hold the value of their last writer.
    """
    cv2 = opencv()
    network = cv2.dnn.readNetFromCaffe(str(prototxt), str(caffemodel))
    network.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    network.enableFusion(False)
    network.enableWinograd(False)
    known = set(network.getLayerNames())
    writers = {t: layer["name"] for layer in layers(prototxt) for t in layer["top"]}
    blobs = [blob for blob, layer in writers.items() if layer in known]
    parts = []
    for image in images:
        network.setInput(image[None])
        parts.append([np.array(v) for v in network.forward([writers[blob] for blob in blobs])])
    return {blob: np.concatenate([p[i] for p in parts]) for i, blob in enumerate(blobs)}
