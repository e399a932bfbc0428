"""Checks imported networks against ONNX Runtime and OpenCV, activation by activation.

For every network of the list it fills in weights if the graph has none, lets the dump tool write
the activations, and compares each tensor: the largest difference must stay within 1e-4 of the
tensor's largest value. Networks of the shared data need RFMAP_DATA or ../shared/data next to the
source tree; if they are absent, they are skipped with a message.

    agree.py --dump build/tests/dump_activations --work WORK --engine cpu
"""

import argparse
import dataclasses
import fnmatch
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

import numpy as np
import onnx

import caffe_reference
import compare
import networks
import onnx_graph
import ort_reference

STAND_IN = [sys.executable, str(networks.HERE / "stand_in.py")]
CORRUPTIONS = ("scale", "nan", "missing", "empty", "shift")


@dataclasses.dataclass(frozen=True)
class Options:
    """The dump tool's command, and the folder for temporary files."""

    tool: tuple
    work: pathlib.Path
    engine: str
    threads: int
    timeout: int
    reduced: bool


def input_extents(model):
    """(C, H, W) that a model file declares."""
    if model.suffix == ".prototxt":
        return caffe_reference.input_extents(model)
    return onnx_graph.input_extents(onnx.load(model, load_external_data=False).graph)[1:]


def run_tool(options, model, images, folder):
    """Runs the dump tool on one model; raises compare.DumpError with its output."""
    np.save(folder / "in.npy", images)
    command = [*options.tool, str(model), "--input", str(folder / "in.npy")]
    if model.suffix == ".prototxt":
        command += ["--weights", str(model.with_suffix(".caffemodel"))]
    command += ["--engine", options.engine, "--threads", str(options.threads)]
    command += ["--out", str(folder / "dump")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=options.timeout)
    except subprocess.TimeoutExpired:
        raise compare.DumpError(f"the tool took more than {options.timeout} s") from None
    if done.returncode != 0:
        said = " / ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise compare.DumpError(f"the tool exited with {done.returncode}: {said}")
    return compare.read_dump(folder / "dump")


def expected_activations(model, images):
    """(dict of expected tensors, names of those that must be in the dump)."""
    if model.suffix == ".prototxt":
        expected = caffe_reference.run(model, model.with_suffix(".caffemodel"), images)
        return expected, caffe_reference.required_blobs(model)
    graph = onnx.load(model, load_external_data=False).graph
    return ort_reference.run(model, images), ort_reference.required_tensors(graph)


def stored_names(network, model, tensors):
    """Maps dumped tensors to their layers in the stored reference activations."""
    if network.kind != "caffe":
        return {name: name for name in tensors}
    return caffe_reference.layer_of_blob(model)


def check(network, options, folder):
    """Prepares, dumps and compares one network; returns a compare.Result."""
    model = networks.prepare(network, folder, options.reduced)
    images = networks.images(network, input_extents(model), options.reduced)
    tensors = run_tool(options, model, images, folder)
    expected, required = expected_activations(model, images)
    result = compare.compare(tensors, expected, required, network.min_share)
    stored = networks.stored_activations(network)
    if stored is not None and images.shape[1:] == stored["input"].shape[1:]:
        names = stored_names(network, model, tensors)
        result.merge(compare.compare_with_npz(tensors, stored, names))
    return result


def reason_to_skip(network):
    """The reason why NETWORK cannot be checked here, or an empty string."""
    if not networks.source(network).is_file():
        return f"{networks.source(network)} is not there (RFMAP_DATA names the data folder)"
    if network.kind == "caffe" and caffe_reference.opencv() is None:
        return "OpenCV 4 for Python (opencv-python-headless<5) is not installed"
    return ""


def run_one(network, options):
    """Checks one network in a folder of its own, which is deleted; prints its line."""
    started = time.monotonic()
    folder = options.work / network.name.replace(":", "_")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        result = check(network, options, folder)
    except compare.DumpError as error:
        result = compare.Result(problems=[str(error)])
    finally:
        shutil.rmtree(folder)
    seconds = time.monotonic() - started
    verdict = "FAILED" if result.problems else "ok"
    print(f"{network.name:32} {verdict:6} {result.compared:4} of {result.total:4} tensors, "
          f"worst {result.worst:.2e} at {result.worst_name}, {seconds:.1f} s", flush=True)
    for problem in result.problems[:8]:
        print(f"    {problem}")
    if len(result.problems) > 8:
        print(f"    and {len(result.problems) - 8} more")
    return not result.problems


def run_all(chosen, options, need_all):
    """Checks the networks CHOSEN; whether none failed (and, with NEED_ALL, none was skipped)."""
    failed, skipped = [], []
    for network in chosen:
        reason = reason_to_skip(network)
        if reason:
            print(f"{network.name:32} skipped: {reason}")
            skipped.append(network.name)
        elif not run_one(network, options):
            failed.append(network.name)
    passed = len(chosen) - len(failed) - len(skipped)
    print(f"{passed} agree, {len(failed)} failed, {len(skipped)} skipped")
    return passed > 0 and not failed and not (need_all and skipped)


def self_check(options):
    """Tests this script with the stand-in tool: sound dumps must pass, damaged ones must not."""
    small = [n for n in networks.NETWORKS if n.name == "torchvision_mobilenet_v2"]
    sound = dataclasses.replace(options, tool=tuple(STAND_IN), reduced=True)
    good = run_all(small, sound, need_all=True)
    for how in CORRUPTIONS:
        print(f"damaged ({how}), which must fail:")
        damaged = dataclasses.replace(sound, tool=(*STAND_IN, "--corrupt", how))
        good = good and not run_all(small, damaged, need_all=True)
    print("the self-check", "passed" if good else "FAILED")
    return good


def choose(arguments, reduced):
    """The networks that --only names, or those of the full or reduced list."""
    if arguments.only:
        patterns = arguments.only.split(",")
        unknown = [p for p in patterns if not any(fnmatch.fnmatch(n.name, p)
                                                  for n in networks.NETWORKS)]
        if unknown:
            sys.exit(f"--only: no network is called {unknown[0]}; --list shows the names")
        return [n for n in networks.NETWORKS if any(fnmatch.fnmatch(n.name, p) for p in patterns)]
    return [n for n in networks.NETWORKS if n.reduced or not reduced]


def parse_arguments():
    """The command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", help="the dump tool, with options of its own if need be")
    parser.add_argument("--work", type=pathlib.Path, default="agree.tmp", help="temporary files")
    parser.add_argument("--engine", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=300, help="seconds a network")
    parser.add_argument("--only", help="comma-separated names or patterns")
    parser.add_argument("--size", choices=["full", "reduced"],
                        help="reduced: few networks, small inputs (default for reference)")
    parser.add_argument("--need-all", action="store_true", help="a skipped network is a failure")
    parser.add_argument("--list", action="store_true", help="print the names and exit")
    parser.add_argument("--stand-in", action="store_true", help="dump by ONNX Runtime itself")
    parser.add_argument("--self-check", action="store_true", help="try this script by itself")
    return parser.parse_args(), parser


def main():
    """Runs the selected checks; the exit code is 0 if all agree."""
    arguments, parser = parse_arguments()
    reduced = arguments.size == "reduced" or (not arguments.size and
                                              arguments.engine == "reference")
    chosen = choose(arguments, reduced)
    if arguments.list:
        print("\n".join(network.name for network in chosen))
        return 0
    if not (arguments.dump or arguments.stand_in or arguments.self_check):
        parser.error("--dump is needed")
    tool = tuple(STAND_IN) if arguments.stand_in else tuple(shlex.split(arguments.dump or ""))
    options = Options(tool, arguments.work.resolve(), arguments.engine, arguments.threads,
                      arguments.timeout, reduced)
    good = self_check(options) if arguments.self_check else run_all(chosen, options,
                                                                    arguments.need_all)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
