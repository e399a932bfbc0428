"""Small networks after well-known ones, for operations and styles that no package's model has."""

import math

import torch
from torch import nn
from torch.nn import functional
import torchvision


class Activations(nn.Module):
    """Every pointwise activation of PyTorch between two convolutions."""

    KINDS = (nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish, nn.Softplus, nn.Softsign,
             nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.Tanh,
             nn.Sigmoid, nn.LogSigmoid, nn.Tanhshrink)

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.acts = nn.ModuleList(kind() for kind in self.KINDS)
        self.convs = nn.ModuleList(nn.Conv2d(8, 8, 3, padding=1) for _ in self.KINDS)

    def forward(self, x):
        x = self.stem(x)
        for act, conv in zip(self.acts, self.convs):
            x = conv(act(x))
        return torch.exp(-x * x).sqrt() + torch.abs(x) + torch.sign(x)


class Autoencoder(nn.Module):
    """Strided convolutions, then transposed ones back to the image's size."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(32, 64, 7), nn.ReLU())
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(64, 32, 7), nn.ReLU(),
            nn.ConvTranspose2d(32, 16, 3, 2, 1, output_padding=1), nn.ReLU(),
            nn.ConvTranspose2d(16, 3, 3, 2, 1, output_padding=1), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


class CorBlock(nn.Module):
    """One area of CORnet-Z."""

    def __init__(self, inputs, outputs, kernel=3, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)
        self.nonlin = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.output = nn.Identity()

    def forward(self, x):
        return self.output(self.pool(self.nonlin(self.conv(x))))


class CorNetZ(nn.Module):
    """After CORnet-Z: V1, V2, V4, IT and a decoder."""

    def __init__(self):
        super().__init__()
        self.V1 = CorBlock(3, 64, 7, 2)
        self.V2 = CorBlock(64, 128)
        self.V4 = CorBlock(128, 256)
        self.IT = CorBlock(256, 512)
        self.decoder = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))

    def forward(self, x):
        return self.decoder(self.IT(self.V4(self.V2(self.V1(x)))))


class Discriminator(nn.Module):
    """After DCGAN's discriminator for 64 x 64 images."""

    def __init__(self, width=32):
        super().__init__()
        layers = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
        for i in range(3):
            layers += [nn.Conv2d(width << i, width << (i + 1), 4, 2, 1, bias=False),
                       nn.BatchNorm2d(width << (i + 1)), nn.LeakyReLU(0.2, inplace=True)]
        layers += [nn.Conv2d(width * 8, 1, 4, 1, 0, bias=False), nn.Sigmoid()]
        self.main = nn.Sequential(*layers)

    def forward(self, x):
        return self.main(x)


class Generator(nn.Module):
    """After DCGAN's generator, fed by an image through one convolution."""

    def __init__(self, width=16):
        super().__init__()
        self.project = nn.Conv2d(3, 64, 8, 8)
        layers = []
        for i in (2, 1, 0):
            inputs = 64 if i == 2 else width << (i + 1)
            layers += [nn.ConvTranspose2d(inputs, width << i, 4, 2, 1, bias=False),
                       nn.BatchNorm2d(width << i), nn.ReLU(True)]
        self.main = nn.Sequential(*layers, nn.Conv2d(width, 3, 3, padding=1), nn.Tanh())

    def forward(self, x):
        return self.main(self.project(x))


class Espcn(nn.Module):
    """After ESPCN: super-resolution through sub-pixel convolution."""

    def __init__(self, factor=3):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 64, 5, padding=2)
        self.conv2 = nn.Conv2d(64, 32, 3, padding=1)
        self.conv3 = nn.Conv2d(32, factor**2, 3, padding=1)
        self.pixel_shuffle = nn.PixelShuffle(factor)

    def forward(self, x):
        x = torch.tanh(self.conv2(torch.tanh(self.conv1(x))))
        return torch.sigmoid(self.pixel_shuffle(self.conv3(x)))


def feature_extractor():
    """ResNet-18 with several outputs, through torchvision's feature extraction."""
    from torchvision.models.feature_extraction import create_feature_extractor

    nodes = {"layer1": "early", "layer3": "middle", "layer4.1.conv2": "late"}
    return create_feature_extractor(torchvision.models.resnet18(weights=None), nodes)


class LeNet(nn.Module):
    """After PyTorch's MNIST example."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = functional.relu(self.conv2(functional.relu(self.conv1(x))))
        x = self.dropout1(functional.max_pool2d(x, 2))
        return functional.log_softmax(self.fc2(functional.relu(self.fc1(torch.flatten(x, 1)))), 1)


class NormInside(nn.Module):
    """A classifier that subtracts the mean of its training images itself."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))
        self.model = torchvision.models.resnet18(weights=None)

    def forward(self, x):
        return functional.softmax(self.model((x / 255 - self.mean) / self.std), 1)


class SimClr(nn.Module):
    """After SimCLR for CIFAR: ResNet-18 without its first pooling, a normalised projection."""

    def __init__(self):
        super().__init__()
        net = torchvision.models.resnet18(weights=None)
        net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        net.maxpool = nn.Identity()
        net.fc = nn.Identity()
        self.f = net
        self.g = nn.Sequential(nn.Linear(512, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(True),
                               nn.Linear(512, 128))

    def forward(self, x):
        features = self.f(x)
        projected = self.g(features)
        return functional.normalize(features, dim=-1), functional.normalize(projected, dim=-1)


def reflected(inputs, outputs, kernel, stride=1):
    """A reflection pad and a convolution."""
    return nn.Sequential(nn.ReflectionPad2d(kernel // 2),
                         nn.Conv2d(inputs, outputs, kernel, stride))


class StyleBlock(nn.Module):
    """A residual block of the style transfer network."""

    def __init__(self, width):
        super().__init__()
        self.conv1, self.conv2 = reflected(width, width, 3), reflected(width, width, 3)
        self.in1 = nn.InstanceNorm2d(width, affine=True)
        self.in2 = nn.InstanceNorm2d(width, affine=True)

    def forward(self, x):
        return x + self.in2(self.conv2(torch.relu(self.in1(self.conv1(x)))))


class Style(nn.Module):
    """After the fast style transfer example of PyTorch."""

    def __init__(self):
        super().__init__()
        self.conv1, self.in1 = reflected(3, 32, 9), nn.InstanceNorm2d(32, affine=True)
        self.conv2, self.in2 = reflected(32, 64, 3, 2), nn.InstanceNorm2d(64, affine=True)
        self.res1, self.res2 = StyleBlock(64), StyleBlock(64)
        self.deconv1, self.in3 = reflected(64, 32, 3), nn.InstanceNorm2d(32, affine=True)
        self.deconv2 = reflected(32, 3, 9)

    def forward(self, x):
        x = torch.relu(self.in1(self.conv1(x)))
        x = self.res2(self.res1(torch.relu(self.in2(self.conv2(x)))))
        x = functional.interpolate(x, scale_factor=2, mode="nearest")
        return self.deconv2(torch.relu(self.in3(self.deconv1(x))))


class DoubleConv(nn.Sequential):
    """Two convolutions with batch normalisation and ReLU."""

    def __init__(self, inputs, outputs):
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True), nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class UNet(nn.Module):
    """After U-Net, enlarged by transposed convolutions or bilinearly."""

    def __init__(self, bilinear, width=16):
        super().__init__()
        sizes = [width << i for i in range(4)]
        self.inc = DoubleConv(3, width)
        self.downs = nn.ModuleList(
            nn.Sequential(nn.MaxPool2d(2), DoubleConv(a, b)) for a, b in zip(sizes, sizes[1:]))
        self.ups, self.convs = nn.ModuleList(), nn.ModuleList()
        for low, high in zip(sizes[:0:-1], sizes[-2::-1]):
            self.ups.append(
                nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
                              nn.Conv2d(low, high, 1))
                if bilinear else nn.ConvTranspose2d(low, high, 2, 2))
            self.convs.append(DoubleConv(2 * high, high))
        self.outc = nn.Conv2d(width, 2, 1)

    def forward(self, x):
        kept = [self.inc(x)]
        for down in self.downs:
            kept.append(down(kept[-1]))
        x = kept.pop()
        for up, conv in zip(self.ups, self.convs):
            x = up(x)
            skip = kept.pop()
            high, wide = skip.size(2) - x.size(2), skip.size(3) - x.size(3)
            x = functional.pad(x, [wide // 2, wide - wide // 2, high // 2, high - high // 2])
            x = conv(torch.cat([skip, x], 1))
        return self.outc(x)


def gabor(width, side, generator):
    """WIDTH random Gabor filters over three channels [WIDTH, 3, SIDE, SIDE]."""
    angle = torch.rand(width, 1, 1, generator=generator) * math.pi
    frequency = 0.05 + 0.2 * torch.rand(width, 1, 1, generator=generator)
    axis = torch.arange(side) - side // 2
    x, y = axis.view(1, 1, -1), axis.view(1, -1, 1)
    along = x * torch.cos(angle) + y * torch.sin(angle)
    wave = torch.cos(2 * math.pi * frequency * along) * torch.exp(-(x**2 + y**2) / side)
    return wave.unsqueeze(1).repeat(1, 3, 1, 1) / side


class VOne(nn.Module):
    """After VOneNet's first block: simple and complex cells from fixed Gabor filters."""

    def __init__(self, width=32):
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.simple_q0 = nn.Conv2d(3, width, 15, 2, 7, bias=False)
        self.simple_q1 = nn.Conv2d(3, width, 15, 2, 7, bias=False)
        for conv in (self.simple_q0, self.simple_q1):
            conv.weight = nn.Parameter(gabor(width, 15, generator), requires_grad=False)

    def forward(self, x):
        first, second = self.simple_q0(x), self.simple_q1(x)
        half = first.size(1) // 2
        energy = torch.sqrt(first[:, half:] ** 2 + second[:, half:] ** 2) / math.sqrt(2)
        return torch.cat([torch.relu(first[:, :half]), energy], 1)


class VOneNet(nn.Module):
    """After VOneNet with CORnet-Z behind it."""

    def __init__(self):
        super().__init__()
        self.vone_block = VOne()
        self.bottleneck = nn.Conv2d(32, 64, 1, bias=False)
        self.model = nn.Sequential(CorBlock(64, 128), CorBlock(128, 256))
        self.decoder = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 100))

    def forward(self, x):
        return self.decoder(self.model(self.bottleneck(self.vone_block(x))))
