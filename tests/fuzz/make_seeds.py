"""Writes the seeds of the fuzz targets: make_seeds.py FOLDER makes FOLDER/TARGET/NAME, and
FOLDER/TARGET.dict, words for libFuzzer to put in.

Only the standard library; the network is that of tests/run.
"""

import gzip
import io
import pathlib
import re
import struct
import sys
import tarfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/run"))

from small_network import chunk, node, number, small_network, tensor, value  # noqa: E402

INPUT = "layer { name: 'in' type: 'Input' top: 'data'\n  input_param { shape {%s} } }\n"


def onnx_model(nodes, tensors, shape=(1, 3, 8, 8), output="y"):
    graph = b"".join(chunk(1, n) for n in nodes) + chunk(2, "g")
    graph += b"".join(chunk(5, t) for t in tensors)
    graph += chunk(11, value("x", shape)) + chunk(12, value(output, shape))
    return number(1, 8) + chunk(7, graph) + chunk(8, number(2, 17))


def onnx_seeds():
    yield "network", small_network(channels=1, side=8)
    yield "pad", onnx_model(
        [node("Conv", ["x", "w"], "c", [("pads", [1, 1, 1, 1])]), node("Relu", ["c"], "y")],
        [tensor("w", [1, 3, 3, 3], [0.5] * 27)],
    )
    external = number(1, 4) + number(2, 1) + chunk(8, "w") + number(14, 1)
    external += chunk(13, chunk(1, "location") + chunk(2, "../w.bin"))
    yield "external", onnx_model([node("Add", ["x", "w"], "y")], [external])
    yield "reshape", onnx_model(
        [node("Flatten", ["x"], "f"), node("Softmax", ["f"], "y")], [tensor("w", [1], [1.0])]
    )


def prototxt_seeds():
    shape = " dim: 1 dim: 3 dim: 8 dim: 8 "
    yield "pool", (INPUT % shape + "layer { name: 'p' type: 'Pooling' bottom: 'data' top: 'p'\n"
                   "  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n").encode()
    yield "convolution", (
        INPUT % shape + "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c'\n"
        "  convolution_param { num_output: 4 kernel_size: 3 pad: 1 group: 1 } }\n"
        "layer { name: 'r' type: 'ReLU' bottom: 'c' top: 'c' }\n").encode()
    yield "old", b"input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n" \
        b"layers { name: 's' type: SLICE bottom: 'data' top: 'a' top: 'b' }\n"
    yield "nested", b"layer { " * 300


def blob(*shape):
    count = 1
    for side in shape:
        count *= side
    data = struct.pack(f"<{count}f", *([0.25] * count))
    return chunk(7, chunk(5, data) + chunk(7, b"".join(number(1, n) for n in shape)))


def caffemodel_seeds():
    def layer(name, kind, *blobs):
        return chunk(100, chunk(1, name) + chunk(2, kind) + b"".join(blobs))

    yield "weights", (
        layer("conv", "Convolution", blob(2, 3, 3, 3), blob(2))
        + layer("norm", "BatchNorm", blob(2), blob(2), blob(1))
        + layer("scale", "Scale", blob(2), blob(2))
        + layer("bias", "Bias", blob(2)) + layer("prelu", "PReLU", blob(2))
        + layer("deep", "ConvolutionDepthwise", blob(2, 1, 3, 3))
        + layer("up", "Deconvolution", blob(2, 2, 2, 2), blob(2))
        + layer("l2", "Normalize", blob(2))
        + layer("full", "InnerProduct", blob(2, 128), blob(2))
    )
    yield "short", layer("conv", "Convolution", blob(2, 3, 3))
    yield "mean", number(1, 1) + number(2, 3) + number(3, 2) + number(4, 2) + chunk(
        5, struct.pack("<12f", *range(12)))


def idx_seeds():
    grey = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 8, 8) + bytes(range(128))
    yield "grey", grey
    yield "packed", gzip.compress(grey, mtime=0)
    yield "colour", bytes([0, 0, 8, 4]) + struct.pack(">4I", 1, 8, 8, 3) + bytes(192)
    yield "cut", grey[:60]
    yield "huge", bytes([0, 0, 8, 3]) + struct.pack(">3I", 1 << 30, 1 << 16, 1 << 16)


def tar_seeds():
    def archive(form, *members):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            for name, content in members:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        content = out.getvalue().rstrip(b"\0")
        return content + bytes(-len(content) % 512)  # without the end, which is filled to 10 kB

    sample = (("a.png", png(8, 8)), ("a.cls", b"7\n"), ("b.png", png(2, 2)))
    yield "sample", archive(tarfile.USTAR_FORMAT, *sample)
    name = "folder/" + 30 * "long_" + ".png"
    for form, kind in ((tarfile.GNU_FORMAT, "gnu"), (tarfile.PAX_FORMAT, "pax")):
        yield kind, archive(form, (name, png(8, 8)), ("b.cls", b"1"))
    yield "prefix", archive(tarfile.USTAR_FORMAT, (20 * "folder/" + "a.png", png(8, 8)))
    yield "huge", tarfile.TarInfo("a.png").tobuf(tarfile.USTAR_FORMAT).replace(
        b"00000000000\0", b"77777777777\0", 1)


def list_seeds():
    yield "plain", b"a.png\nb/c.jpg\n\n# comment\n"
    yield "labels", b"path,label\n\"a b.png\",7\nc.png\t3\n../../d.png cat dog\n"
    yield "items", b"\xef\xbb\xbf/e.png\r\ndigits.idx#3 5\r\nf.png#\r\n"


def png(width, height, stated=None):
    def part(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + bytes(range(3 * width))) * height
    header = struct.pack(">2I5B", *(stated or (width, height)), 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header)
            + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))


def image_seeds():
    yield "png", png(8, 8)
    yield "bomb", png(8, 8, (60000, 60000))
    pixels = bytes(range(192))
    yield "bmp", (b"BM" + struct.pack("<3I", 54 + 192, 0, 54)
                  + struct.pack("<I2i2H6I", 40, 8, 8, 1, 24, 0, 192, 0, 0, 0, 0) + pixels)
    fields = [(256, 3, 8), (257, 3, 8), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 110),
              (277, 3, 1), (279, 4, 64)]
    yield "tiff", (b"II*\0" + struct.pack("<IH", 8, len(fields))
                   + b"".join(struct.pack("<2H2I", tag, kind, 1, v) for tag, kind, v in fields)
                   + struct.pack("<I", 0) + bytes(range(64)))
    yield "webp", b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(10)


def config_seeds():
    yield "run", (b"model = \"net.onnx\"\nimages = [\"a\", \"b\"]\nout = \"r.h5\"\ntop-k = 9\n"
                  b"occluder = \"11x11\"\nstride = 3\nfill = \"noise\"\nseed = 1\nresize = 0\n")
    yield "kinds", b"mean = [1.5, 2, 3]\nkeep-maps = true\nlayers = \"conv*\"\ntop-k = -9e99\n"
    yield "nested", b"top-k = " + b"[" * 300


def results_seeds():
    def edit(kind, attribute, target, place, more, content):
        return struct.pack("<2B3H", kind, attribute, target, place, more) + content

    infinite, nan = struct.pack("<fI", float("inf"), 0), struct.pack("<fI", float("nan"), 0)
    yield "none", b""
    summary, check, bottom = 8, 16, 32
    for target in range(0, 60, 4):
        yield f"infinite{target}", edit(check, 0, target, 3, 0, infinite)
        yield f"attribute{target}", edit(4 + bottom, target, target, 0, 0, struct.pack("<q", 1 << 40))
        yield f"extent{target}", edit(6 + summary, target, target, 2, 5, struct.pack("<q", 1 << 33))
    yield "several", b"".join(
        edit(kind, 1, 7 * kind, kind, 1, nan) for kind in range(8)
    )


SEEDS = {
    "onnx": onnx_seeds, "prototxt": prototxt_seeds, "caffemodel": caffemodel_seeds,
    "idx": idx_seeds, "tar": tar_seeds, "list": list_seeds, "image": image_seeds, "config": config_seeds,
    "results": results_seeds,
}


def quoted(*patterns):
    """The texts in quotation marks of product sources: names of operations, attributes, options."""
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            yield from re.findall(r'"([\w-]{2,24})"', path.read_text())


def fields(path):
    """Names of fields and values in a .proto file."""
    return re.findall(r"(\w{3,}) = \d", (ROOT / path).read_text())


WORDS = {
    "onnx": lambda: quoted("src/model/onnx/*.cpp"),
    "prototxt": lambda: [*quoted("src/model/caffe/*.cpp"), *fields("src/model/caffe.proto")],
    "config": lambda: quoted("src/method/*.cpp"),
    "tar": lambda: ["ustar", "path=", "size=", "12 path=a.png", ".png", ".cls", "GNU.sparse."],
    "list": lambda: [".png", ".jpg", "#0", ", ", "path,label", "..", "/"],
}


def write_dictionary(path, words):
    texts = [text.replace("\\", "").replace('"', "") for text in sorted(set(words))]
    path.write_text("".join(f'"{text}"\n' for text in texts))


def main():
    root = pathlib.Path(sys.argv[1])
    for target, seeds in SEEDS.items():
        folder = root / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in seeds():
            (folder / name).write_bytes(data)
    for target, words in WORDS.items():
        write_dictionary(root / f"{target}.dict", words())


if __name__ == "__main__":
    main()
