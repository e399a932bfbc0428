"""Exports torchvision's classifiers to ONNX, as PyTorch's exporter writes them.

Run by hand when the set of networks changes; neither the tests nor CI need PyTorch:

    apt-get install --no-install-recommends python3-torch python3-torchvision
    /usr/bin/python3 export_torchvision.py --out FOLDER
    python3 strip_weights.py FOLDER/*.onnx --out graphs

Written with PyTorch 1.13.1 and torchvision 0.14.1 (Debian 12; BSD licence). Only the graphs are
kept; fill_weights.py draws weights from a seed. The settings vary over the set on purpose, so that
old and new forms of the operators, remaining BatchNormalization nodes, symbolic and fixed batches,
and initialisers listed as inputs all occur.
"""

import argparse
import dataclasses
import pathlib
import warnings

import torch
import torchvision


@dataclasses.dataclass(frozen=True)
class Export:
    """One network and the exporter's settings for it; the file is torchvision_NAME.onnx."""

    name: str
    opset: int
    builder: str = ""
    size: int = 224
    symbolic_batch: bool = False
    keep_batch_norm: bool = False
    fold_constants: bool = True
    initializers_as_inputs: bool = False
    equal_parameters: bool = False
    options: dict = dataclasses.field(default_factory=dict)


NO_AUX = {"aux_logits": False, "init_weights": False}

EXPORTS = (
    Export("alexnet", opset=9),
    Export("vgg16", opset=11, symbolic_batch=True),
    Export("googlenet", opset=13, symbolic_batch=True, keep_batch_norm=True, options=NO_AUX),
    Export("inception_v3", opset=11, size=299, options=NO_AUX),
    Export("resnet18", opset=9, keep_batch_norm=True, fold_constants=False,
           initializers_as_inputs=True),
    Export("resnet50", opset=13, symbolic_batch=True),
    Export("resnext50_32x4d", opset=16, symbolic_batch=True, keep_batch_norm=True),
    Export("densenet121", opset=11),
    Export("mobilenet_v2", opset=9, symbolic_batch=True, keep_batch_norm=True,
           fold_constants=False),
    Export("mobilenet_v2_folded", builder="mobilenet_v2", opset=13),
    Export("squeezenet1_0", opset=9, symbolic_batch=True, equal_parameters=True),
    Export("squeezenet1_1", opset=16),
    Export("mnasnet1_0", opset=13, symbolic_batch=True, keep_batch_norm=True,
           fold_constants=False),
)


def make_parameters_differ(network):
    """Draws all parameters and buffers, so that they differ as after training.

    The exporter stores equal tensors once, shared through Identity nodes; in a trained network none
    are equal.
    """
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)


def export(settings, folder):
    """Writes FOLDER/torchvision_NAME.onnx; the input is `input` [N, 3, size, size]."""
    builder = getattr(torchvision.models, settings.builder or settings.name)
    network = builder(weights=None, **settings.options).eval()
    if not settings.equal_parameters:
        make_parameters_differ(network)
    mode = torch.onnx.TrainingMode
    torch.onnx.export(
        network,
        torch.randn(1, 3, settings.size, settings.size),
        str(folder / f"torchvision_{settings.name}.onnx"),
        input_names=["input"],
        output_names=["output"],
        opset_version=settings.opset,
        training=mode.PRESERVE if settings.keep_batch_norm else mode.EVAL,
        do_constant_folding=settings.fold_constants,
        keep_initializers_as_inputs=settings.initializers_as_inputs,
        dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}}
        if settings.symbolic_batch
        else None,
    )


def main():
    """Exports all networks, or those named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the files")
    parser.add_argument("--only", help="comma-separated names of the list")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    wanted = arguments.only.split(",") if arguments.only else [e.name for e in EXPORTS]
    torch.manual_seed(0)
    for settings in EXPORTS:
        if settings.name in wanted:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                export(settings, arguments.out)
            print(settings.name, "opset", settings.opset)


if __name__ == "__main__":
    main()
