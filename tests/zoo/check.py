"""Runs every graph of the zoo, filled, in ONNX Runtime: all its tensors must be sensible.

    check.py [NAME ...]
"""

import argparse
import hashlib
import sys
import zlib

import numpy as np
import onnx

import catalogue
import rescale
import fill_weights

SMALLEST, LARGEST = 1e-3, 1e4
# Scales and sums of integers, in the names that dynamic quantisation gives.
NOT_ACTIVATIONS = ("_scale", "_quant_scales_mul:0", "_quantized_cast_output")


def sample(model, shape=None):
    """Seeded values for MODEL's inputs, by name; SHAPE replaces the declared one."""
    fixed = {tensor.name for tensor in model.graph.initializer}
    values = {}
    for value in model.graph.input:
        if value.name in fixed:
            continue
        kind = value.type.tensor_type
        dims = shape or [d.dim_value for d in kind.shape.dim]
        generator = np.random.Generator(np.random.PCG64(zlib.crc32(value.name.encode())))
        drawn = generator.standard_normal(tuple(dims), dtype=np.float32)
        values[value.name] = drawn.astype(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type))
    return values


def all_tensors(model, inputs):
    """Maps the names of all computed tensors of the complete MODEL to their values."""
    names = rescale.computed(model.graph)
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    return dict(zip(names, rescale.open_session(model).run(None, inputs)))


def problem(name, values):
    """What is wrong with the VALUES of the tensor NAME, or an empty text."""
    if not isinstance(values, np.ndarray) or values.dtype.kind != "f" or values.size == 0:
        return ""
    if not np.isfinite(values).all():
        return "not finite"
    largest = np.abs(values).max()
    if name.endswith(NOT_ACTIVATIONS):
        return ""
    if not SMALLEST <= largest <= LARGEST:
        return f"largest value {largest:.2g}"
    return ""


def dead(graph, tensors):
    """Names of TENSORS (dict of values) that are constant although nothing in GRAPH says so.

    A softmax over one value and the copies of one value are constant in any network.
    """
    excused = {n for node in graph.node if node.op_type in ("Expand", "Softmax") for n in node.output}
    return [name for name, values in tensors.items()
            if isinstance(values, np.ndarray) and values.dtype.kind == "f" and values.size > 1
            and values.min() == values.max() and name not in excused]


def problems(model, shape):
    """Texts about the tensors of the complete MODEL that are not sensible."""
    tensors = all_tensors(model, sample(model, shape))
    found = ((name, problem(name, values)) for name, values in tensors.items())
    return ([f"{name}: {text}" for name, text in found if text] +
            [f"{name}: constant" for name in dead(model.graph, tensors)])


def digest(path):
    """SHA-256 of a graph as it is stored, uncompressed, in hexadecimal."""
    return hashlib.sha256(fill_weights.read(path)).hexdigest()


def main():
    """Checks the named graphs, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    rows = catalogue.rows()
    if arguments.names:
        rows = [row for row in rows if row["name"] in arguments.names]
    failed = 0
    for row in rows:
        found = [] if digest(catalogue.path(row["name"])) == row["sha256"] else ["sha256 differs"]
        found += problems(catalogue.filled(row["name"]), catalogue.extents(row))
        failed += bool(found)
        print(row["name"], "; ".join(found[:3]) or "ok", flush=True)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
