"""Replaces dump_activations, so that agree.py and operators.py can be tested by themselves.

It takes the same options and writes the same files, by ONNX Runtime with all its optimisations (or
by OpenCV with fusion). --corrupt damages the dump on purpose, to show that the checks can fail. It
proves nothing about rfmap.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import onnx

import caffe_reference
import ort_reference

KEPT = ("Concat", "Add", "Sum", "LRN", "Gemm")


def kept_tensors(graph, output_only):
    """The tensors that an engine with fusions would still have."""
    if output_only:
        return [value.name for value in graph.output]
    wanted = ort_reference.required_tensors(graph)
    computed = set(ort_reference.computed_tensors(graph))
    more = [n.output[0] for n in graph.node if n.op_type in KEPT and n.output[0] not in wanted]
    return wanted + [name for name in more if name in computed]


def activations(model, weights, images, output_only):
    """A dict from tensor name to array."""
    if model.suffix == ".prototxt":
        return caffe_reference.run(model, weights, images)
    graph = onnx.load(model, load_external_data=False).graph
    return ort_reference.run(model, images, kept_tensors(graph, output_only), optimize=True)


def corrupt(tensors, how):
    """Damages the first tensor, a final output, in the named way."""
    name = next(iter(tensors))
    if how == "scale":
        tensors[name] = tensors[name] * np.float32(1.001)
    elif how == "nan":
        tensors[name] = tensors[name].copy()
        tensors[name].flat[-1] = np.nan
    elif how == "missing":
        del tensors[name]
    elif how == "empty":
        tensors[name] = tensors[name][:0]
    elif how == "shift":
        tensors[name] = np.roll(tensors[name], 1)


def write(tensors, folder):
    """Writes FOLDER/index.json and one .npy file per tensor."""
    folder.mkdir(parents=True, exist_ok=True)
    index = []
    for number, (name, values) in enumerate(tensors.items()):
        file = f"{number:04}.npy"
        np.save(folder / file, values.astype(np.float32))
        index.append({"node": name, "op": "?", "tensors": [name], "shape": list(values.shape),
                      "file": file})
    (folder / "index.json").write_text(json.dumps(index))


def dump(model, images, folder, arguments):
    """One model's dump."""
    tensors = activations(model, arguments.weights, np.load(images), arguments.output_only)
    corrupt(tensors, arguments.corrupt)
    write(tensors, folder)


def dump_list(arguments):
    """All models of a list file; a failing one leaves error.txt."""
    for line in arguments.list.read_text().splitlines():
        model, images, folder = map(pathlib.Path, line.split())
        try:
            dump(model, images, folder, arguments)
        except Exception as error:  # any failure belongs to this model alone
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "error.txt").write_text(str(error))


def main():
    """Same command line as dump_activations, and --corrupt."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", type=pathlib.Path)
    parser.add_argument("--weights", type=pathlib.Path)
    parser.add_argument("--input", type=pathlib.Path)
    parser.add_argument("--engine")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--output-only", action="store_true")
    parser.add_argument("--list", type=pathlib.Path)
    parser.add_argument("--corrupt", choices=["scale", "nan", "missing", "empty", "shift"])
    arguments = parser.parse_args()
    if arguments.list:
        return dump_list(arguments)
    try:
        dump(arguments.model, arguments.input, arguments.out, arguments)
    except Exception as error:  # as the tool does: a message and exit code 3
        print(error, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
