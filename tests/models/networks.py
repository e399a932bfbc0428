"""The networks that must be imported and agree, and how each is prepared for a comparison."""

import dataclasses
import os
import pathlib

import numpy as np
import onnx

import fill_weights
import onnx_graph

HERE = pathlib.Path(__file__).resolve().parent
GRAPHS = HERE / "graphs"
DATA = pathlib.Path(os.environ.get("RFMAP_DATA", HERE.parents[2] / "shared" / "data"))
LIGHT = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


@dataclasses.dataclass(frozen=True)
class Network:
    """One network: KIND is shared (ONNX), caffe, light or torchvision.

    MIN_SHARE: the least share of tensors that must survive an engine's fusions. SMALL: the input
    side and the last tensor for the reduced list (None: the whole graph, its own size).
    """

    name: str
    kind: str
    file: str
    batch: int = 2
    min_share: float = 1 / 3
    stored: str = ""
    external: bool = False
    reduced: bool = False
    small_side: int = 0
    small_cut: str = ""


def shared(stem, **options):
    """A network of the shared data, as ONNX."""
    return Network(stem, "shared", f"{stem}.onnx", **options)


def caffe(stem, **options):
    """A network of the shared data, as prototxt and caffemodel."""
    return Network(f"{stem}:caffe", "caffe", f"{stem}.prototxt", **options)


def light(stem, **options):
    """A light graph of the onnx wheel."""
    return Network(f"light_{stem}", "light", f"light_{stem}.onnx", **options)


def torchvision(stem, **options):
    """A graph in the folder of this script."""
    return Network(f"torchvision_{stem}", "torchvision", f"torchvision_{stem}.onnx", **options)


# Convolution, batch normalisation, factor, summand, activation: fused, a fifth of the tensors
# remains.
FOLDED = 0.18
# Convolution, batch normalisation, activation: fused, a third remains, fewer with sums.
FUSED = 0.25

NETWORKS = (
    shared("alexnet_q7_pool5", batch=5, stored="alexnet_q7_pool5", reduced=True, small_side=131),
    shared("bvlc_googlenet", batch=5, stored="bvlc_googlenet"),
    shared("squeezenet_v1.0_dc", batch=5, stored="squeezenet_v1.0_dc"),
    shared("squeezenet_places365", min_share=FUSED, reduced=True, small_side=64),
    shared("ultraface_slim_320", min_share=FUSED),
    caffe("alexnet_q7_pool5", batch=5, stored="alexnet_q7_pool5"),
    caffe("bvlc_googlenet", batch=5, stored="bvlc_googlenet"),
    caffe("squeezenet_v1.0_dc", batch=5, stored="squeezenet_v1.0_dc", reduced=True),
    caffe("ultraface_slim_320"),
    light("bvlc_alexnet", batch=1),
    light("densenet121", min_share=FOLDED),
    light("inception_v1"),
    light("inception_v2", min_share=FOLDED),
    light("resnet50", min_share=FUSED),
    light("shufflenet", min_share=FUSED),
    light("squeezenet"),
    light("vgg19", batch=1),
    light("zfnet512", batch=1, external=True),
    torchvision("alexnet", batch=1, external=True),
    torchvision("vgg16", batch=1, external=True),
    torchvision("googlenet", min_share=FUSED),
    torchvision("inception_v3"),
    torchvision("resnet18", min_share=FUSED, reduced=True, small_side=64),
    torchvision("resnet50"),
    torchvision("resnext50_32x4d", min_share=FUSED),
    torchvision("densenet121"),
    torchvision("mobilenet_v2", min_share=FUSED, reduced=True, small_side=64),
    torchvision("mobilenet_v2_folded"),
    torchvision("squeezenet1_0"),
    torchvision("squeezenet1_1"),
    torchvision("mnasnet1_0", min_share=FUSED),
)


def source(network):
    """The file that NETWORK comes from."""
    folders = {"shared": DATA / "nets", "caffe": DATA / "nets", "light": LIGHT,
               "torchvision": GRAPHS}
    return folders[network.kind] / network.file


def prepare(network, folder, reduced):
    """The model's path: the shared file itself, or a filled or shrunk one in FOLDER."""
    path = source(network)
    shrink = reduced and (network.small_side or network.small_cut)
    if network.kind == "caffe" or (network.kind == "shared" and not shrink):
        return path
    model = fill_weights.load(path)
    fill_weights.make_light_graph_plain(model)
    if reduced and network.small_cut:
        onnx_graph.cut_at(model, network.small_cut)
    if reduced and network.small_side:
        onnx_graph.set_input_size(model, network.small_side, network.small_side)
    fill_weights.fill(model, seed=1)
    target = folder / "model.onnx"
    fill_weights.save(model, target, network.external)
    return target


def stored_activations(network):
    """The open .npz file of NETWORK's reference activations, or None."""
    path = DATA / "reference" / f"{network.stored}.npz"
    return np.load(path) if network.stored and path.is_file() else None


def photographs(count, height, width):
    """COUNT RGB photographs [N, 3, height, width], 0..255, or None if there are none.

    They are the crops stored with the reference activations, extended by mirroring or cropped to
    size.
    """
    path = DATA / "reference" / "bvlc_googlenet.npz"
    if not path.is_file():
        return None
    crops = np.load(path)["crop_rgb"][:count].transpose(0, 3, 1, 2).astype(np.float32)
    padding = [(0, 0), (0, 0)] + [(0, max(0, wanted - have))
                                  for wanted, have in zip((height, width), crops.shape[2:])]
    return np.pad(crops, padding, mode="reflect")[:, :, :height, :width]


def images(network, extents, reduced):
    """Float32 input [N, C, H, W]: stored inputs, photographs, or noise for drawn weights."""
    count, (channels, height, width) = (1 if reduced else network.batch), extents
    stored = stored_activations(network)
    if stored is not None:
        kept = stored["input"][:count, :, :height, :width]
        return np.ascontiguousarray(kept)
    pixels = photographs(count, height, width)
    if network.kind in ("shared", "caffe") and pixels is not None:
        if network.name.startswith("ultraface"):
            return (pixels - 127) / np.float32(128)
        mean = np.array([104.05, 112.51, 116.68], np.float32).reshape(1, 3, 1, 1)
        return (pixels[:, ::-1] - mean) / np.float32(255)
    noise = np.random.Generator(np.random.PCG64(7))
    return noise.standard_normal((count, channels, height, width), dtype=np.float32)
