"""Exports the architectures of the zoo and keeps their graphs, without weights.

Run by hand when the list changes, with the packages of requirements-export.txt:

    OMP_NUM_THREADS=1 python export.py [--family FAMILY] [--only NAME ...] [--missing]

It writes graphs/NAME.onnx.xz and the lines of architectures.csv. A network that cannot be exported,
or whose tensors are not sensible (check.py), is printed and left out.
"""

import argparse
import csv
import fnmatch
import hashlib
import importlib.metadata
import lzma
import pathlib
import sys
import tempfile
import time

import onnx

import architectures
import catalogue
import check
import fill_weights
import rescale
import strip_weights

COLUMNS = ("name", "package", "version", "exporter", "opset", "input_shape", "layout",
           "convolutions", "sha256")
PACKAGES = {"own": "torch", "quantised": "torchvision"}


def export(architecture, path):
    """Writes the ONNX file PATH with weights; whether its rules are to be rescaled."""
    if architecture.family == "keras":
        import keras_export

        keras_export.export(architecture, path)
    elif architecture.family == "quantised":
        import quantise

        quantise.export(architecture, path)
        return False
    else:
        import torch_export

        torch_export.export(architecture, path)
    return True


def stripped(architecture, folder):
    """The stripped model of an Architecture."""
    path = folder / "model.onnx"
    rescaled = export(architecture, path)
    model = onnx.load(path)
    strip_weights.strip_to_rules(model)
    if rescaled:
        rescale.rescale(model, check.sample(model, shape_for(architecture, model)))
    return model


def layout(architecture):
    """NCHW, or NHWC as tf2onnx leaves Keras networks."""
    channels_last = architecture.family == "keras" and not architecture.model.endswith("_nchw")
    return "NHWC" if channels_last else "NCHW"


def shape_for(architecture, model):
    """The input shape to run MODEL with: the declared one, or else of the family's size."""
    fixed = {tensor.name for tensor in model.graph.initializer}
    value = next(v for v in model.graph.input if v.name not in fixed)
    declared = [d.dim_value for d in value.type.tensor_type.shape.dim]
    if all(declared):
        return declared
    return [1, architecture.size, architecture.size, architecture.channels]


def row(architecture, model, data):
    """The line of the table for a stripped MODEL, stored as DATA."""
    package = PACKAGES.get(architecture.family, architecture.family)
    return {
        "name": architecture.name,
        "package": package,
        "version": importlib.metadata.version(package),
        "exporter": architecture.exporter,
        "opset": next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx")),
        "input_shape": "x".join(map(str, shape_for(architecture, model))),
        "layout": layout(architecture),
        "convolutions": sum("Conv" in node.op_type for node in model.graph.node),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def keep(architecture):
    """Exports, checks and writes one graph; the line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        model = stripped(architecture, pathlib.Path(folder))
    data = model.SerializeToString(deterministic=True)
    complete = onnx.load_from_string(data)
    fill_weights.fill(complete)
    found = check.problems(complete, shape_for(architecture, model))
    if found:
        raise ValueError(f"{len(found)} tensors are not sensible: {'; '.join(found[:4])}")
    packed = lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)
    catalogue.path(architecture.name).write_bytes(packed)
    return row(architecture, model, data)


def read_table():
    """The lines of the table by name."""
    if not catalogue.TABLE.exists():
        return {}
    return {line["name"]: line for line in catalogue.rows()}


def add_to_table(line):
    """Writes LINE into the table, in the order of the list."""
    lines = read_table() | {line["name"]: line}
    listed = (a.name for family in architectures.FAMILIES.values() for a in family())
    unfinished = catalogue.TABLE.with_suffix(".csv.part")
    with open(unfinished, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines[name] for name in listed if name in lines)
    unfinished.replace(catalogue.TABLE)


def selected(arguments):
    """The architectures that the options ask for."""
    families = [arguments.family] if arguments.family else architectures.FAMILIES
    known = read_table() if arguments.missing else {}
    return [a for family in families for a in architectures.FAMILIES[family]()
            if a.name not in known
            and (not arguments.only or any(fnmatch.fnmatch(a.name, p) for p in arguments.only))]


def main():
    """Exports the selected architectures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", choices=architectures.FAMILIES)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names or patterns")
    parser.add_argument("--missing", action="store_true", help="only those not in the table")
    (catalogue.HERE / "graphs").mkdir(exist_ok=True)
    failed = 0
    for architecture in selected(parser.parse_args()):
        start = time.monotonic()
        try:
            add_to_table(keep(architecture))
            message = "ok"
        except Exception as error:  # whatever a package raises: the next network goes on
            message, failed = f"{type(error).__name__}: {str(error)[:600]}", failed + 1
        print(f"{architecture.name} {time.monotonic() - start:.0f} s {message}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
