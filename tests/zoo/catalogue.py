"""The list of the zoo and its graphs.

Importing it also puts tests/models, whose modules the zoo shares, on the search path.
"""

import csv
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE / "architectures.csv"
sys.path.insert(0, str(HERE.parent / "models"))

import fill_weights  # noqa: E402  from the folder above


def rows():
    """The lines of architectures.csv, dicts of text."""
    with open(TABLE, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def extents(row):
    """The input's four extents in a line of the list, in the order of its layout."""
    return [int(n) for n in row["input_shape"].split("x")]


def path(name):
    """The stored graph of an architecture."""
    return HERE / "graphs" / f"{name}.onnx.xz"


def filled(name):
    """The complete model of an architecture."""
    model = fill_weights.load(path(name))
    fill_weights.fill(model)
    return model
