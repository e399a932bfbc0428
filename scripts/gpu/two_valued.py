#!/usr/bin/env python3
"""Fills a graph of tests/models/graphs with weights of two values per layer, +s and -s.

They have the scale of He's initialisation, so activations stay of order 1, and compress to about a
bit each: VGG-16 then takes 3 MB instead of 59. For timing only. Needs numpy and onnx.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FILL = ROOT / "tests/models/fill_weights.py"
LAST = {
    "torchvision_vgg16": "/features/features.30/MaxPool_output_0",
    "torchvision_resnet50": "/layer4/layer4.2/relu_2/Relu_output_0",
}


def two_valued(values):
    """Signs of the values times their root mean square, a power of two, as fp32."""
    scale = 2.0 ** np.round(np.log2(np.sqrt(np.mean(np.square(values))) + 1e-30))
    return (np.where(values < 0, -scale, scale)).astype(np.float32)


def main():
    source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        filled = pathlib.Path(folder) / "filled.onnx"
        subprocess.run([sys.executable, str(FILL), str(source), str(filled), "--seed", "0",
                        "--cut", LAST[source.stem]], check=True)
        model = onnx.load(str(filled))
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.ndim == 4 and values.dtype == np.float32:
            weight.CopyFrom(numpy_helper.from_array(two_valued(values), weight.name))
    onnx.save(model, str(target))


if __name__ == "__main__":
    main()
