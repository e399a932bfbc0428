"""Checks random small networks, node by node, against ONNX Runtime.

Each network is a random chain with branches: transposes, reshapes, slices, joins, sums and products
of tensors in different layouts, softmax and normalisation over any axes, matrix products, windows
(random_steps.py). The image is N x C x H x W or N x H x W x C, the batch 1, 3 or open. Each output
of a node that rfmap imports must agree with ONNX Runtime; a node may be left out for a few reasons
only, and one that mixes the images of a batch must be left out.

    random_layouts.py --dump build/tests/dump_activations --work WORK --engine cpu
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import onnx

import compare
from random_graph import Network
from random_steps import grow

TOLERANCE = 1e-3
LEAST_COMPUTED = 0.9
# Why a node may be left out, where it does not mix the images of a batch.
ALLOWED = (
    "it moves data between the batch and the other axes",
    "it takes tensors of rank 2 to 4",
)
PRODUCTS = ("Conv", "ConvTranspose", "MatMul", "Gemm", "Einsum")
SCALES = ("Add", "Sub", "Mul", "Div", "BatchNormalization", "Where", "Neg")
MOVES = ("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity")


def lines_of(networks, work):
    for net in networks:
        folder = work / net.name
        folder.mkdir(parents=True)
        onnx.save(net.model(), folder / "model.onnx")
        np.save(folder / "in.npy", net.images)
        layout = "nhwc" if net.channels_last else "nchw"
        files = [str(folder / name) for name in ("model.onnx", "in.npy", "dump")]
        yield " ".join([*files, "--input-layout", layout])


def left_out(message):
    """Maps the name of each node that was left out to the reason."""
    return dict(re.findall(r"^left out: (\S+) \(\w*\): (.*)$", message, re.MULTILINE))


def run(options, networks):
    """The reasons of all nodes that were left out. Where the tool ends early, it goes on behind the
    network that ended it, which then has no dump."""
    lines, reasons = list(lines_of(networks, options.work)), {}
    while lines:
        listing = options.work / "networks.txt"
        listing.write_text("\n".join(lines) + "\n")
        done = subprocess.run(
            [options.dump, "--list", listing, "--engine", options.engine, "--threads", "1"],
            capture_output=True, text=True, timeout=900)
        reasons.update(left_out(done.stderr))
        begun = [pathlib.Path(line.split()[2]).is_dir() for line in lines]
        lines = lines[sum(begun):] if done.returncode else []
    return reasons


def by_sample(net, tensor):
    """[N, values of a sample]"""
    if net.batch == 1:
        return tensor.values.reshape(1, -1)
    apart = tensor.values.reshape(-1, net.batch, tensor.after)
    return np.moveaxis(apart, 1, 0).reshape(net.batch, -1)


def difference(ours, theirs):
    """The largest, relative to the largest value."""
    if ours.size != theirs.size or not np.isfinite(ours).all():
        return np.inf
    return np.abs(ours.reshape(theirs.shape) - theirs).max() / max(np.abs(theirs).max(), 0.02)


def faults_of_tensors(net, folder):
    """(faults, names of the tensors that agree)"""
    wanted = {t.name: by_sample(net, t) for t in [net.input, *net.tensors]}
    mixed, faults, agree = {t.name for t in net.mixed}, [], set()
    for entry in json.loads((folder / "index.json").read_text()):
        values = compare.read_array(folder / entry["file"], entry["shape"])
        pairs = [(name, values) for name in entry["tensors"]]
        pairs += [(name, compare.in_order(values, order)) for name, order in entry["moved"]]
        for name, ours in pairs:
            if name in mixed:
                faults.append(f"{name} mixes images and was not left out")
            elif name in wanted:
                by = difference(ours, wanted[name])
                if by <= TOLERANCE:
                    agree.add(name)
                else:
                    faults.append(f"{name} (of {entry['node']}) differs by {by:.3g}")
    return faults, agree


def consumers(net, name, lost):
    """The nodes that need the values of a tensor, through moves; an unread move needs them
    itself."""
    readers = [n for n in net.nodes if name in n.input]
    found = []
    for node in readers:
        if node.op_type in MOVES:
            output = node.output[0]
            read = any(output in n.input for n in net.nodes)
            found += consumers(net, output, lost) if read else [node]
        elif not lost & set(node.output):
            found.append(node)
    return found


def is_folded(net, node, agree, lost):
    """Whether another node computes this one's result with a later factor or sum: constants are
    folded into convolutions and products whose result nothing else needs."""
    later = consumers(net, node.output[0], lost)
    if not later:
        return True  # nothing that is imported needs it
    return (node.op_type in PRODUCTS + SCALES + MOVES and len(later) == 1
            and later[0].op_type in SCALES
            and (later[0].output[0] in agree or is_folded(net, later[0], agree, lost)))


def check(net, folder, reasons):
    """(faults, number of tensors that agree, number of tensors)"""
    error = folder / "error.txt"
    if error.is_file():
        message = error.read_text().strip()
        nothing = "nothing of it can be imported" in message
        allowed = nothing and (net.mixed or any(reason in message for reason in ALLOWED))
        return ([] if allowed else [f"not read: {message}"]), 0, len(net.tensors)
    if not (folder / "index.json").is_file():
        return ["the tool ended"], 0, len(net.tensors)
    faults, agree = faults_of_tensors(net, folder)
    mixed = {t.name for t in net.mixed}
    lost = set(mixed)
    for node in net.nodes:
        reason = reasons.get(node.name, "")
        if reason and not lost & {*node.input, *node.output} and not any(
                allowed in reason for allowed in ALLOWED):
            faults.append(f"{node.name} ({node.op_type}) left out: {reason}")
        if reason or lost & set(node.input):
            lost.update(node.output)
    for node in net.nodes:
        for name in node.output:
            if name not in agree | lost and not is_folded(net, node, agree, lost):
                faults.append(f"{name} ({node.op_type}) is not in the dump or differs")
    return faults, len(agree - {net.input.name}), len(net.tensors)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True, help="the dump tool")
    parser.add_argument("--engine", default="cpu")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="kept where one failed")
    parser.add_argument("--networks", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first network")
    parser.add_argument("--nodes", type=int, default=14, help="of a network")
    parser.add_argument("--reasons", action="store_true", help="prints all reasons with counts")
    return parser.parse_args()


def main():
    options = parse_arguments()
    options.work = options.work.resolve()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    networks = [grow(Network(options.first + i), options.nodes) for i in range(options.networks)]
    reasons = run(options, networks)
    failed, computed, total = 0, 0, 0
    for net in networks:
        faults, agree, tensors = check(net, options.work / net.name / "dump", reasons)
        computed, total, failed = computed + agree, total + tensors, failed + bool(faults)
        for fault in faults[:3]:
            print(f"{net.name}: {fault}")
    if options.reasons:
        texts = [re.sub(r"[0-9]+|'.*?'", "#", reason) for reason in reasons.values()]
        for text in sorted(set(texts)):
            print(f"{texts.count(text):5} {text}")
    print(f"{len(networks)} networks, {failed} of them wrong; {computed} of {total} tensors agree")
    if failed or computed < LEAST_COMPUTED * total:
        return 1
    shutil.rmtree(options.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
