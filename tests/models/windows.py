"""Checks that windows give the responses of full passes, for every network of the list.

For each network the tool compares some layers of different depth: locations at the map's corners,
edges and centre, occluders of odd sides and steps that extend beyond the border, all responses.
They may differ by 1e-5 of the layer's largest activation (sum: of its largest sum of absolute
ones).

    windows.py --tool build/tests/compare_windows --work WORK
"""

import argparse
import dataclasses
import fnmatch
import json
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import time

import numpy as np

import agree
import networks

TOLERANCE = 1e-5
# If no layer of a network changes by more than this, the comparison proves nothing.
LEAST_CHANGE = 1e-4
SIDES = (3, 5, 7, 9, 11, 13, 17, 21)
POSITIONS = 5  # occluder positions per axis, about

# Layers that an occluder changes everywhere, after an operation that sees the whole map: windows
# serve locations only. Other networks must have local windows for all convolutions and poolings.
BEHIND_GATES = {}

PREPROCESSING = {
    "alexnet_q7_pool5": ((104, 117, 123), 1),
    "bvlc_googlenet": ((104, 117, 123), 1),
    "squeezenet_v1.0_dc": ((104, 117, 123), 1),
    "squeezenet_places365": ((104, 112, 117), 1 / 255),
    "ultraface_slim_320": ((127,), 1 / 128),
}


@dataclasses.dataclass(frozen=True)
class Options:
    """The tool's command, and the folder for temporary files."""

    tool: str
    work: pathlib.Path
    engine: str
    threads: int
    layers: int
    reduced: bool


def pixels_of(network, extents):
    """uint8 values as float32 [C, H, W]: a photograph, or noise if there are none."""
    photograph = networks.photographs(1, *extents[1:]) if extents[0] == 3 else None
    if photograph is None:
        noise = np.random.Generator(np.random.PCG64(7))
        return noise.integers(0, 256, extents).astype(np.float32)
    order = slice(None, None, -1) if network.kind in ("shared", "caffe") else slice(None)
    return np.ascontiguousarray(photograph[0][order])


def grid_of(name, extents):
    """Occluder and step, odd numbers drawn from the network's name: [h, w], [h, w]."""
    draw = random.Random(name)
    steps = [max(1, extent // (POSITIONS + draw.randrange(2)) // 2 * 2 + 1)
             for extent in extents[1:]]
    return [draw.choice(SIDES) for _ in range(2)], steps


def command(options, network, model, folder):
    """The tool's command line for one network."""
    extents = agree.input_extents(model)
    np.save(folder / "pixels.npy", pixels_of(network, extents))
    mean, scale = PREPROCESSING.get(network.file.rsplit(".", 1)[0], ((118,), 1 / 58))
    occluder, steps = grid_of(network.name, extents)
    words = [options.tool, model, "--pixels", folder / "pixels.npy", "--scale", scale,
             "--mean", *mean, "--occluder", *occluder, "--stride", *steps,
             "--engine", options.engine, "--threads", options.threads,
             "--layers", options.layers]
    if model.suffix == ".prototxt":
        words += ["--weights", model.with_suffix(".caffemodel")]
    return [str(word) for word in words]


def problems_of(network, layers, lines):
    """Messages about faults in the tool's answers."""
    found = []
    expected = sorted(BEHIND_GATES.get(network.name, ()))
    if sorted(layers["behind"]) != expected:
        found.append(f"behind a gate: {layers['behind']}; expected: {expected}")
    if layers["full"]:
        found.append(f"without windows: {layers['full']}")
    found += faults_of(layers, lines)
    for response in ("location", "max", "sum"):
        if not moves([line for line in lines if line["response"] == response]):
            found.append(f"{response}: no occluder changes any layer, so nothing is proven")
    return found


def moves(lines):
    """Whether occluders change anything in these answers."""
    return max((line["largest_change"] for line in lines), default=0) >= LEAST_CHANGE


def faults_of(layers, lines):
    """Messages about answers that are missing or differ from those of full passes."""
    found = []
    expected = sum(3 if name in layers["windowed"] else 1
                   for name in {line["layer"] for line in lines})
    if len(lines) != expected or not lines:
        found.append(f"{len(lines)} answers: not three responses a layer, or one behind a gate")
    for line in lines:
        where = f"{line['layer']}, {line['response']}"
        if not line["worst"] <= TOLERANCE:
            found.append(f"{where}: differs by {line['worst']:.2e} of the scale, place {line['at']}"
                         f", occluder at {line['origin']}")
        if not line["null"] <= TOLERANCE:
            found.append(f"{where}: a null occluder changes it by {line['null']:.2e}")
        if line["missed"]:
            found.append(f"{where}: {line['missed']} positions outside the field are not 0")
    return found


def run_one(network, options):
    """Compares one network in a folder of its own, which is deleted; whether all is well."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    folder = options.work / network.name.replace(":", "_")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        model = networks.prepare(network, folder, options.reduced)
        done = subprocess.run(command(options, network, model, folder), capture_output=True,
                              text=True)
    finally:
        shutil.rmtree(folder)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or not answers:
        problems = [f"the tool exited with {done.returncode}: {done.stderr.strip()[-400:]}"]
        answers = answers or [{"windowed": [], "behind": [], "full": []}]
    else:
        problems = problems_of(network, answers[0], answers[1:])
    worst = max((line["worst"] for line in answers[1:]), default=float("nan"))
    positions = max((line["positions"] for line in answers[1:]), default=0)
    print(f"{network.name:32} {'FAILED' if problems else 'ok':6} windows for "
          f"{len(answers[0]['windowed']):3} layers and {len(answers[0]['behind'])} behind gates; "
          f"{len(answers) - 1:2} compared at {positions} positions, worst {worst:.1e}, "
          f"{time.monotonic() - started:.1f} s "
          f"({resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before:.1f} s of CPU)",
          flush=True)
    for problem in problems[:8]:
        print(f"    {problem}")
    return not problems


def run_all(chosen, options):
    """Compares the networks CHOSEN; whether some were available and none failed."""
    failed, skipped = [], []
    for network in chosen:
        reason = agree.reason_to_skip(network) if network.kind != "caffe" else ""
        if reason or not networks.source(network).is_file():
            print(f"{network.name:32} skipped: {reason or 'its file is not there'}")
            skipped.append(network.name)
        elif not run_one(network, options):
            failed.append(network.name)
    passed = len(chosen) - len(failed) - len(skipped)
    print(f"{passed} agree, {len(failed)} failed, {len(skipped)} skipped")
    return passed > 0 and not failed


def main():
    """Runs the selected checks; the exit code is 0 if all agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True, help="compare_windows")
    parser.add_argument("--work", type=pathlib.Path, default="windows.tmp", help="temporary files")
    parser.add_argument("--engine", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layers", type=int, default=3, help="compared in each network")
    parser.add_argument("--only", default="*", help="comma-separated names or patterns")
    parser.add_argument("--reduced", action="store_true", help="the small inputs")
    arguments = parser.parse_args()
    patterns = arguments.only.split(",")
    chosen = [n for n in networks.NETWORKS if any(fnmatch.fnmatch(n.name, p) for p in patterns)]
    options = Options(arguments.tool, arguments.work.resolve(), arguments.engine,
                      arguments.threads, arguments.layers, arguments.reduced)
    return 0 if run_all(chosen, options) else 1


if __name__ == "__main__":
    sys.exit(main())
