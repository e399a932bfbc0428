"""Builds and exports PyTorch networks: torchvision, timm, ultralytics and own ones."""

import os
import pathlib
import shutil
import warnings

import torch
from torch import nn
import torchvision

import own_nets

OWN = {
    "activations": own_nets.Activations,
    "convT_autoenc": own_nets.Autoencoder,
    "cornet_z": own_nets.CorNetZ,
    "dcgan_d": own_nets.Discriminator,
    "dcgan_g": own_nets.Generator,
    "espcn": own_nets.Espcn,
    "feature_extractor": own_nets.feature_extractor,
    "lenet": own_nets.LeNet,
    "norm_inside": own_nets.NormInside,
    "simclr_cifar": own_nets.SimClr,
    "style": own_nets.Style,
    "unet_bilinear": lambda: own_nets.UNet(bilinear=True),
    "unet_convT": lambda: own_nets.UNet(bilinear=False),
    "vonenet": own_nets.VOneNet,
}


class Listed(nn.Module):
    """A network that returns a dict, with its values as a tuple instead."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return tuple(self.net(x).values())


def no_weights(builder, **options):
    """A detector or segmenter without any weights."""
    return builder(weights=None, weights_backbone=None, **options)


def torchvision_net(name, size):
    """The torchvision network NAME of the list."""
    models = torchvision.models
    detection, segmentation = models.detection, models.segmentation
    special = {
        "fasterrcnn_fpn_backbone":
            lambda: Listed(no_weights(detection.fasterrcnn_mobilenet_v3_large_fpn).backbone),
        "retinanet_fpn_backbone":
            lambda: Listed(no_weights(detection.retinanet_resnet50_fpn).backbone),
        "ssd300_backbone": lambda: Listed(no_weights(detection.ssd300_vgg16).backbone),
        "ssdlite_backbone":
            lambda: Listed(no_weights(detection.ssdlite320_mobilenet_v3_large).backbone),
        "lraspp_mbv3": lambda: Listed(no_weights(segmentation.lraspp_mobilenet_v3_large)),
        "shufflenet_v2": models.shufflenet_v2_x1_0,
        "googlenet": lambda: models.googlenet(aux_logits=False, init_weights=False),
        "inception_v3": lambda: models.inception_v3(aux_logits=False, init_weights=False),
        "vit_b_16": lambda: models.vit_b_16(image_size=size),
    }
    if name in special:
        return special[name]()
    if hasattr(segmentation, name):
        return Listed(no_weights(getattr(segmentation, name)))
    return getattr(models, name)(weights=None)


def timm_net(name, opset):
    """The timm network NAME and its input size: the one it insists on, or 64 to 96 pixels."""
    import timm

    timm.layers.set_fused_attn(opset >= 14)  # older ones have no form of it
    net = timm.create_model(name, pretrained=False)
    settings = net.default_cfg
    if settings.get("fixed_input_size"):
        return net, settings["input_size"][-1]
    return net, max(64, min(96, (settings.get("min_input_size") or (0, 64))[-1]))


def build(architecture):
    """(network, input size) of an Architecture."""
    if architecture.family == "timm":
        net, size = timm_net(architecture.model, architecture.opset)
        return net, architecture.size or size
    if architecture.family == "own":
        return OWN[architecture.model](), architecture.size
    return torchvision_net(architecture.model, architecture.size), architecture.size


def make_differ(net):
    """Changes parameters and statistics that start as constants, which exporters would merge."""
    with torch.no_grad():
        for name, tensor in net.named_parameters():
            if tensor.numel() > 1 and tensor.max() == tensor.min():
                tensor.add_(0.1 * torch.randn_like(tensor))
        for name, tensor in net.named_buffers():
            if name.endswith("running_mean"):
                tensor.normal_(0, 0.1)
            elif name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)


def export(architecture, path):
    """Writes the ONNX file PATH."""
    if architecture.family == "ultralytics":
        export_ultralytics(architecture, path)
        return
    net, size = build(architecture)
    net.eval()
    make_differ(net)
    torch.backends.mha.set_fastpath_enabled(False)  # has no ONNX form
    image = torch.randn(1, architecture.channels, size, size)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        if architecture.exporter == "dynamo":
            torch.onnx.export(net, (image,), str(path), dynamo=True, external_data=False,
                              verbose=False)
        else:
            torch.onnx.export(net, (image,), str(path), dynamo=False,
                              opset_version=architecture.opset)


def export_ultralytics(architecture, path):
    """Writes the ONNX file PATH through ultralytics' own exporter, not simplified."""
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_OFFLINE"] = "true"
    from ultralytics import YOLO

    folder = pathlib.Path.cwd()
    os.chdir(path.parent)
    try:
        yolo = YOLO(f"{architecture.model}.yaml")
        make_differ(yolo.model)
        written = yolo.export(format="onnx", imgsz=architecture.size, simplify=False,
                              opset=architecture.opset, device="cpu")
        shutil.move(written, path)
    finally:
        os.chdir(folder)
