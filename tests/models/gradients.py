"""Compares `rfmap gradient` with PyTorch's autograd, as recorded by torch_gradients.py.

For each network of gradients.npz that is available here, runs the program on its neurons and
compares the sums over rows and columns of the absolute and signed gradient: the largest difference
must stay within 5e-3 of the largest value (equal up to rounding, except where a value near the kink
of a ReLU is on the other side of 0).

    gradients.py --rfmap build/bin/rfmap --work WORK [--only resnet18]
"""

import argparse
import fnmatch
import pathlib
import shutil
import subprocess
import sys

import h5py
import numpy as np

import agree
import networks

RECORDED = networks.HERE / "gradients.npz"
TOLERANCE = 5e-3
SEED = 7


def deviation(network):
    """As in torch_gradients.py."""
    return 1.0 if network.kind == "shared" and "places" not in network.name else 73.9


def recorded(only):
    """Arrays by network, neuron and kind."""
    nested = {}
    with np.load(RECORDED) as file:
        for key in file.files:
            network, neuron, what = key.replace("\\", "/").split("|")
            if fnmatch.fnmatch(network, f"*{only}*"):
                nested.setdefault(network, {}).setdefault(neuron, {})[what] = file[key]
    return nested


def run(options, network, model, neurons, folder):
    """The program's maps, in the order of NEURONS: dicts of arrays."""
    out = folder / "gradient.h5"
    command = [options.rfmap, "gradient", "--model", model, "--input", "noise", "--seed", SEED,
               "--channels", "rgb", "--mean", 127.5, "--std", deviation(network), "--out", out, "--overwrite", "--threads", options.threads]
    for neuron in neurons:
        command += ["--neuron", neuron]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True,
                          timeout=options.timeout)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    with h5py.File(out) as file:
        groups = [file[f"neurons/{i}"] for i in range(len(neurons))]
        return [{name: data[()] for name, data in group.items()} for group in groups]


def difference(maps, want):
    """Largest difference, as a share of the largest value of its kind."""
    worst = 0.0
    for what in ("absolute", "signed"):
        for axis, side in enumerate(("columns", "rows")):
            sums = maps[what].sum(axis, dtype=np.float64)
            scale = max(np.abs(want[f"absolute_{side}"]).max(), 1e-30)
            worst = max(worst, np.abs(sums - want[f"{what}_{side}"]).max() / scale)
    return worst


def check(network, neurons, options):
    """Prints one line per neuron; whether all agree."""
    folder = options.work / network.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        model = networks.prepare(network, folder, reduced=False)
        maps = run(options, network, model, list(neurons), folder)
        worst = [difference(m, want) for m, want in zip(maps, neurons.values())]
    except RuntimeError as error:
        print(f"{network.name:28} FAILED: {error}")
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for neuron, value in zip(neurons, worst):
        print(f"{network.name:28} {'ok' if value < TOLERANCE else 'FAILED':6} {value:.1e} {neuron}",
              flush=True)
    return max(worst) < TOLERANCE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rfmap", required=True)
    parser.add_argument("--work", type=pathlib.Path, default="gradients.tmp")
    parser.add_argument("--only", default="*")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=600)
    options = parser.parse_args()
    good, compared = True, 0
    for name, neurons in recorded(options.only).items():
        network = next(n for n in networks.NETWORKS if n.name == name)
        reason = agree.reason_to_skip(network)
        if reason:
            print(f"{name:28} skipped: {reason}")
            continue
        good = check(network, neurons, options) and good
        compared += 1
    print(f"{compared} networks compared")
    return 0 if good and compared else 1


if __name__ == "__main__":
    sys.exit(main())
