"""Krypton's exact method (Nakandala, Kumar, Papakonstantinou: Incremental and Approximate Inference
for Faster Occlusion-based Deep CNN Explanations, SIGMOD 2019), written from the paper's description.

Each layer runs on one patch per copy, of one size for the whole batch: the original's stored map
around the cells that may have changed, with the patch of the preceding layer pasted over it,
without padding.
"""

import math

import torch
from torch import nn


class Layer:
    """A convolution or pooling without its padding, and the original's input with it."""

    def __init__(self, module, value):
        side = lambda v: v[0] if isinstance(v, tuple) else v
        self.kernel, self.stride = side(module.kernel_size), side(module.stride)
        self.padding = side(module.padding)
        border = 0.0 if isinstance(module, nn.Conv2d) else -math.inf
        self.stored = nn.functional.pad(value, [self.padding] * 4, value=border)[0]
        if isinstance(module, nn.Conv2d):
            self.run = lambda x: nn.functional.conv2d(x, module.weight, module.bias, self.stride,
                                                      groups=module.groups)
        else:
            self.run = lambda x: nn.functional.max_pool2d(x, self.kernel, self.stride)
        self.map_side = module(value).shape[-1]

    def changed_side(self, side):
        """Output cells that a patch of SIDE input cells can change, along one axis."""
        return min(self.map_side, math.ceil((side + self.kernel - 1) / self.stride))

    def first_changed(self, begins, count):
        """First of COUNT output cells that a patch which begins at BEGINS can change."""
        first = torch.div(begins + self.padding - self.kernel, self.stride,
                          rounding_mode="floor") + 1
        return first.clamp(0, self.map_side - count)


def paste(windows, patch, offsets):
    """Pastes PATCH [N, C, s, s] over WINDOWS [N, C, r, r] at OFFSETS [N, 2], cut at the border."""
    side, room = patch.shape[-1], windows.shape[-1]
    for y, x in torch.unique(offsets, dim=0).tolist():
        chosen = ((offsets[:, 0] == y) & (offsets[:, 1] == x)).nonzero()[:, 0]
        y0, y1 = max(y, 0), min(y + side, room)
        x0, x1 = max(x, 0), min(x + side, room)
        if y0 >= y1 or x0 >= x1:
            continue
        cut = patch[:, :, y0 - y:y1 - y, x0 - x:x1 - x]
        if len(chosen) == len(windows):
            windows[:, :, y0:y1, x0:x1] = cut
        else:
            windows[chosen, :, y0:y1, x0:x1] = cut[chosen]


class Incremental:
    """A chain of layers and their maps for one image [C, H, W]."""

    def __init__(self, net, image, occluder):
        self.net, self.image, self.occluder, self.steps = net, image, occluder, []
        value = image[None]
        with torch.inference_mode():
            for module in net:
                local = isinstance(module, (nn.Conv2d, nn.MaxPool2d))
                self.steps.append(Layer(module, value) if local else module)
                value = module(value)
        self.last = value[0]

    @torch.inference_mode()
    def run(self, origins):
        """Changed parts of the last map [N, C, s, s] and where they begin [N, 2]."""
        begins = torch.as_tensor(origins)
        patch = torch.zeros(len(begins), self.image.shape[0], self.occluder, self.occluder)
        for step in self.steps:
            if not isinstance(step, Layer):
                patch = step(patch)
                continue
            count = step.changed_side(patch.shape[-1])
            room = step.kernel + (count - 1) * step.stride
            first = step.first_changed(begins, count)
            corners = first * step.stride
            views = step.stored.unfold(1, room, 1).unfold(2, room, 1)
            windows = views[:, corners[:, 0], corners[:, 1]].transpose(0, 1).contiguous()
            paste(windows, patch, begins + step.padding - corners)
            patch, begins = step.run(windows), first
        return patch, begins

    @torch.inference_mode()
    def largest_error(self, origins):
        """Largest difference to full passes over the complete last map, as a share of its
        maximum."""
        copies = self.image.repeat(len(origins), 1, 1, 1)
        for copy, (y, x) in zip(copies, origins):
            copy[:, y:y + self.occluder, x:x + self.occluder] = 0
        patch, begins = self.run(origins)
        maps = self.last.repeat(len(origins), 1, 1, 1)
        side = patch.shape[-1]
        for target, part, (y, x) in zip(maps, patch, begins.tolist()):
            target[:, y:y + side, x:x + side] = part
        expected = self.net(copies)
        return float((maps - expected).abs().max() / expected.abs().max())
