"""The networks of bench/peers.py in PyTorch, random weights, up to the layer that is measured."""

import torch
import torchvision
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def alexnet_caffe():
    """The paper's network up to pool5: two groups and local response normalisation."""

    def block(channels, filters, side, normalised, **options):
        layers = [nn.Conv2d(channels, filters, side, **options), nn.ReLU()]
        return layers + ([nn.LocalResponseNorm(5, 1e-4)] if normalised else [])

    return nn.Sequential(
        *block(3, 96, 11, True, stride=4), nn.MaxPool2d(3, 2),
        *block(96, 256, 5, True, padding=2, groups=2), nn.MaxPool2d(3, 2),
        *block(256, 384, 3, False, padding=1),
        *block(384, 384, 3, False, padding=1, groups=2),
        *block(384, 256, 3, False, padding=1, groups=2), nn.MaxPool2d(3, 2))


def folded(module):
    """Batch normalisations inside a ResNet block folded into their convolutions."""
    pairs = [("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3"), ("0", "1")]
    for part in module.modules():
        children = dict(part.named_children())
        for conv, norm in pairs:
            if isinstance(children.get(norm), nn.BatchNorm2d):
                setattr(part, conv, fuse_conv_bn_eval(children[conv], children[norm]))
                setattr(part, norm, nn.Identity())
    return module


def resnet50():
    """Up to the last block."""
    net = folded(torchvision.models.resnet50(weights=None).eval())
    return nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool, net.layer1, net.layer2,
                         net.layer3, net.layer4)


def make(name):
    """(network up to the measured layer, side of its input)."""
    torch.manual_seed(0)
    nets = {
        "alexnet": lambda: (torchvision.models.alexnet(weights=None).features[:12], 224),
        "alexnet_caffe": lambda: (alexnet_caffe(), 227),
        "vgg16": lambda: (torchvision.models.vgg16(weights=None).features, 224),
        "resnet50": lambda: (resnet50(), 224),
    }
    net, side = nets[name]()
    for layer in net.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    return net.eval().requires_grad_(False), side
