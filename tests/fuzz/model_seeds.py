"""Writes the small networks of tests/models as seeds: model_seeds.py FOLDER adds FOLDER/onnx/NAME
and FOLDER/prototxt/NAME. Needs the Python of scripts/setup --tests.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/models"))

import caffe_layers  # noqa: E402
import operators  # noqa: E402
from cases import refused  # noqa: E402

LARGEST = 8192  # bytes; mutating a long file seldom hits what matters


def models():
    """Yields (target, name, content)."""
    for case in operators.CASES + refused.CASES:
        yield "onnx", case.name, case.model.SerializeToString()
    for name, (text, _), _ in caffe_layers.networks():
        yield "prototxt", name, text.encode()


def main():
    for target, name, content in models():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        if len(content) <= LARGEST:
            (folder / f"case_{name}").write_bytes(content)


if __name__ == "__main__":
    main()
