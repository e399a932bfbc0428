#!/usr/bin/env python3
"""Full occluded passes in PyTorch, eager and compiled, and Captum's Occlusion on the same GPU.

Channels-last, cuDNN's own choice of algorithm, several batch sizes; each at its best. The networks
are those of bench/full_passes with weights drawn here: speed does not depend on them. JSON lines.
Needs PyTorch with CUDA; Captum if it can be imported. `--device cpu` shows that the script works.
"""

import argparse
import itertools
import json
import sys
import time

import torch
from torch import nn

PRECISIONS = ("fp32", "tf32", "fp16", "bf16")
TYPES = {"fp16": torch.float16, "bf16": torch.bfloat16}


def alexnet_caffe():
    """The paper's AlexNet up to pool5: two groups, normalisation after ReLU, ceil-mode pooling."""
    def conv(*sizes, **options):
        return [nn.Conv2d(*sizes, **options), nn.ReLU(inplace=True)]

    pool = nn.MaxPool2d(3, 2, ceil_mode=True)
    lrn = nn.LocalResponseNorm(5, 1e-4, 0.75, 1)
    return nn.Sequential(
        *conv(3, 96, 11, stride=4), lrn, pool,
        *conv(96, 256, 5, padding=2, groups=2), lrn, pool,
        *conv(256, 384, 3, padding=1), *conv(384, 384, 3, padding=1, groups=2),
        *conv(384, 256, 3, padding=1, groups=2), pool)


def vgg16():
    """VGG-16 up to pool5."""
    layers, channels = [], 3
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers)


class Bottleneck(nn.Module):
    """ResNet's block, batch normalisation folded into the convolutions."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.reduce = nn.Conv2d(channels, width, 1)
        self.middle = nn.Conv2d(width, width, 3, stride=stride, padding=1)
        self.expand = nn.Conv2d(width, 4 * width, 1)
        plain = stride == 1 and channels == 4 * width
        self.shortcut = nn.Identity() if plain else nn.Conv2d(channels, 4 * width, 1, stride=stride)

    def forward(self, x):
        y = torch.relu(self.reduce(x))
        y = torch.relu(self.middle(y))
        return torch.relu(self.expand(y) + self.shortcut(x))


def resnet50():
    """ResNet-50 up to its last block."""
    layers = [nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.ReLU(inplace=True),
              nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for width, depth, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(depth):
            layers.append(Bottleneck(channels, width, stride if block == 0 else 1))
            channels = 4 * width
    return nn.Sequential(*layers)


NETWORKS = {"alexnet_q7_pool5": (alexnet_caffe, 227), "vgg16": (vgg16, 224),
            "resnet50": (resnet50, 224)}


def once(work, device):
    """Milliseconds of one call of WORK, on the device's own clock."""
    if device == "cpu":
        started = time.perf_counter()
        work()
        return 1e3 * (time.perf_counter() - started)
    start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    work()
    stop.record()
    stop.synchronize()
    return start.elapsed_time(stop)


def milliseconds(work, options):
    """The best time of WORK during options.seconds, after two warm-up runs."""
    for _ in range(2):
        once(work, options.device)
    best, end = float("inf"), time.monotonic() + options.seconds
    while True:
        best = min(best, once(work, options.device))
        if time.monotonic() > end:
            return best


def prepare(make, precision, device):
    """The network on the device; fp32 excludes tensor cores, tf32 allows them."""
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.manual_seed(0)
    network = make().eval().to(device).to(memory_format=torch.channels_last)
    return network.to(TYPES.get(precision, torch.float32))


def best_batch(network, side, precision, batches, options):
    """Milliseconds per pass and batch size of the fastest batch that fits into memory."""
    best = (float("inf"), 0)
    for batch in batches:
        try:
            x = torch.randn(batch, 3, side, side, device=options.device,
                            dtype=TYPES.get(precision, torch.float32))
            x = x.contiguous(memory_format=torch.channels_last)
            best = min(best, (milliseconds(lambda: network(x), options) / batch, batch))
        except torch.cuda.OutOfMemoryError:
            break
        finally:
            torch.cuda.empty_cache()
    if not best[1]:
        raise RuntimeError("no batch fits into memory")
    return best


def captum_passes(network, side, batch, options):
    """Milliseconds per pass of Captum's Occlusion: 11 x 11, stride 3, one unit; and the batch."""
    from captum.attr import Occlusion

    def unit(x):
        maps = network(x.contiguous(memory_format=torch.channels_last))
        return maps[:, 0, maps.shape[2] // 2, maps.shape[3] // 2]

    window, step = (11, 3) if options.device != "cpu" else (75, 75)
    image = torch.randn(1, 3, side, side, device=options.device)
    positions = (-(-(side - window) // step) + 1) ** 2
    ms = milliseconds(lambda: Occlusion(unit).attribute(
        image, sliding_window_shapes=(3, window, window), strides=(3, step, step),
        perturbations_per_eval=batch), options)
    return ms / positions, batch


def results(options):
    """One dictionary per network, precision and peer; the others use eager's best batch."""
    for name, precision in itertools.product(options.networks, options.precisions):
        make, side = NETWORKS[name]
        network = prepare(make, precision, options.device)
        batch = max(options.batches)
        peers = {
            "eager": lambda: best_batch(network, side, precision, options.batches, options),
            "compiled": lambda: best_batch(torch.compile(network), side, precision, [batch],
                                           options),
            "captum": lambda: captum_passes(network, side, batch, options),
        }
        if precision not in ("fp32", "tf32"):
            del peers["captum"]
        for peer, measure in peers.items():
            line = {"network": name, "precision": precision, "peer": peer}
            try:
                line["ms_per_pass"], line["batch"] = measure()
                batch = line["batch"]
            except Exception as error:  # a peer that does not run here is reported, not fatal
                line["not_run"] = (str(error).splitlines() or [repr(error)])[0][:200]
            yield line


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=["tf32", "fp32"])
    parser.add_argument("--batches", nargs="+", type=int, default=[64, 256, 1024])
    parser.add_argument("--seconds", type=float, default=1.0, help="of each timing")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--out", help="file for the JSON lines as well")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("skipped: PyTorch finds no GPU")
        sys.exit(77)
    name = torch.cuda.get_device_name() if options.device == "cuda" else "cpu"
    print(json.dumps({"device": name, "torch": torch.__version__,
                      "cudnn": torch.backends.cudnn.version()}))
    with open(options.out or "/dev/null", "w", encoding="utf-8") as out, torch.no_grad():
        for line in results(options):
            text = json.dumps(line)
            print(text, flush=True)
            out.write(text + "\n")
            out.flush()


if __name__ == "__main__":
    main()
