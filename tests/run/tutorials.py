"""Runs a tutorial of docs/ block by block.

    tutorials.py PAGE.md

RFMAP is the program. Blocks in Python run if PyTorch (with h5py and Pillow) is installed; without
it a network of the same shape and names is written with onnx, and only the commands run. A block
"text" is the expected output of the commands before it. Exit code 77, with the reason, if onnx is
missing.
"""

import contextlib
import gzip
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from small_images import rectangles

SKIPPED = 77


def has(*modules):
    try:
        for module in modules:
            __import__(module)
    except ImportError:
        return False
    return True


def runs_python():
    return has("torch", "h5py", "PIL")


def blocks(page):
    """(language, text) of the page's code blocks, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def write_photos(folder):
    (folder / "photos").mkdir()
    for i in range(12):
        (folder / "photos" / f"{i:02}.png").write_bytes(rectangles(i, side=128))


def write_idx(folder):
    """Files in the format of Fashion-MNIST: dark, a bright rectangle in each image."""
    import random

    draw = random.Random(4)
    for name, count in (("train", 64), ("t10k", 12)):
        images = bytearray()
        for _ in range(count):
            picture = [bytearray(28) for _ in range(28)]
            top, left = draw.randrange(2, 16), draw.randrange(2, 16)
            for row in picture[top:top + draw.randrange(5, 12)]:
                width = draw.randrange(5, 12)
                row[left:left + width] = draw.randbytes(width)
            images += b"".join(picture)
        header = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (count, 28, 28))
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(header + images))
        labels = b"\0\0\x08\x01" + count.to_bytes(4, "big") + bytes(i % 10 for i in range(count))
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))


def write_network(path, side, channels, rest):
    """Three convolutions of 3 x 3 (padding 1), ReLU, max pooling of 2 x 2 between; then `rest`,
    operation and name of the following nodes. Node names are those of PyTorch's tracing
    exporter."""
    import numpy
    import onnx
    from onnx import helper

    draw, nodes, weights, value = numpy.random.default_rng(0), [], [], "image"

    def add(operation, name, extra=(), **attributes):
        nonlocal value
        nodes.append(helper.make_node(operation, [value, *extra], [name + "_output_0"], name=name,
                                      **attributes))
        value = name + "_output_0"

    def weight(name, *shape):
        data = draw.normal(0, numpy.prod(shape[1:]) ** -0.5, shape).astype("float32")
        weights.append(onnx.numpy_helper.from_array(data, name))
        return name

    names = rest["names"]
    for i, (a, b) in enumerate(zip(channels, channels[1:])):
        add("Conv", f"/conv{i + 1}/Conv", [weight(f"w{i}", b, a, 3, 3), weight(f"b{i}", b)],
            kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        add("Relu", names["relu"][i])
        if i < 2:
            add("MaxPool", names["pool"][i], kernel_shape=[2, 2], strides=[2, 2])
    for operation, name, attributes in rest["head"]:
        add(operation, name, **attributes)
    inner = channels[-1] * (1 if rest["head"][0][0] == "ReduceMean" else (side // 4) ** 2)
    add("Gemm", "/fc/Gemm", [weight("fc.w", 10, inner), weight("fc.b", 10)], transB=1)
    info = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "net", [info("image", 1, [1, channels[0], side, side])],
                              [info(value, 1, [1, 10])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def stand_in_pytorch(folder):
    names = {"relu": ["/Relu", "/Relu_1", "/Relu_2"], "pool": ["/MaxPool", "/MaxPool_1"]}
    head = [("ReduceMean", "/ReduceMean", {"axes": [2, 3], "keepdims": 0})]
    write_network(folder / "net.onnx", 64, (3, 8, 12, 16), {"names": names, "head": head})


def stand_in_fashion(folder):
    names = {"relu": [f"/relu{i}/Relu" for i in (1, 2, 3)],
             "pool": ["/pool1/MaxPool", "/pool2/MaxPool"]}
    write_network(folder / "fashion.onnx", 28, (1, 16, 32, 32),
                  {"names": names, "head": [("Flatten", "/flat/Flatten", {})]})


PAGES = {
    "pytorch": (write_photos, stand_in_pytorch,
                ["net.onnx", "results.h5", "report/index.html"]),
    "fashion-mnist": (write_idx, stand_in_fashion,
                      ["boxes.png", "fashion.h5", "fashion-report/index.html", "crops.png",
                       "overlay.png", "gradient.png"]),
}


def run_python(text, names):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(text, "example", "exec"), names)  # pages of this repository
    return printed.getvalue()


def run_shell(text, folder):
    path = f"{pathlib.Path(os.environ['RFMAP']).resolve().parent}:{os.environ['PATH']}"
    # Threads that wait by spinning slow each other down if other programs use the cores.
    environment = os.environ | {"PATH": path, "OMP_WAIT_POLICY": "passive"}
    answer = subprocess.run(["bash", "-euc", text], cwd=folder, capture_output=True, text=True,
                            timeout=800, env=environment)
    assert answer.returncode == 0, f"{text}\n{answer.stdout}{answer.stderr}"
    return answer.stdout


def run_page(page, folder, stand_in):
    """Returns the output of each block."""
    python, names, printed = runs_python(), {}, []
    if not python:
        stand_in(folder)
    for language, text in blocks(page):
        if language == "python":
            printed.append(run_python(text, names) if python else "")
        elif language == "sh":
            printed.append(run_shell(text, folder))
        else:
            assert language == "text", language
            assert printed[-1].rstrip() == text.rstrip(), f"printed:\n{printed[-1]}\npage:\n{text}"
    return printed


def expect_same_responses(printed):
    """The last line of the PyTorch page: rfmap's response and PyTorch's."""
    ours, theirs = map(float, re.findall(r"(?:rfmap|PyTorch) ([\d.]+)", printed))
    assert abs(ours - theirs) < 2e-3 * max(1, ours), printed


def main():
    path = pathlib.Path(sys.argv[1])
    prepare, stand_in, wanted = PAGES[path.stem]
    if not runs_python() and not has("onnx"):
        print("skipped: Python with torch or onnx (scripts/setup --tests) is needed")
        return SKIPPED
    page = path.read_text(encoding="utf-8")
    assert len(blocks(page)) >= 4, "blocks are missing"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepare(folder)
        with contextlib.chdir(folder):
            printed = run_page(page, folder, stand_in)
            for file in wanted:
                assert (folder / file).stat().st_size > 400, file
            for results in folder.glob("*.h5"):
                run_shell(f"rfmap check {results.name}", folder)
    if runs_python() and path.stem == "pytorch":
        expect_same_responses(printed[-1])
    print(f"{len(printed)} blocks run{'' if runs_python() else ', without those in Python'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
