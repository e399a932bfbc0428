"""Holds one architecture of the zoo against ONNX Runtime, for run.py; writes an outcome as JSON.

    measure.py NAME --bin build/cpu/bin --work FOLDER

The outcome counts what could be computed and names what is wrong: `refused` is the sentence about
the first operation that is not supported (empty: the whole file is computed), `faults` maps the
name of a check to its sentence:

theory       `rfmap theory` ends with another code than 0 or does not name every convolution
activations  a tensor differs from ONNX Runtime's, or one that must be there is missing
windows      responses by windows differ from those of full passes
names        `--layers` does not find a convolution by the path of its module
values       tensors of the filled graph are constant, so that they prove nothing
"""

import argparse
import dataclasses
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import time

import numpy as np
import onnx

import catalogue
import check
import compare
import float_meaning
import modules
import ort_reference
import windows

LAYERS = 3  # whose windows are compared
SHOWN = 3   # of a longer list of faults


class ToolError(Exception):
    """A program that ended with another code than 0 or took too long; the message is its last
    line. REFUSED: it says that it cannot compute the model."""

    def __init__(self, message, code=None):
        super().__init__(message)
        self.refused = code in (2, 3)


@dataclasses.dataclass(frozen=True)
class Case:
    """A filled architecture: files MODEL and REFERENCE in FOLDER, one IMAGE [1, C, H, W]."""

    row: dict
    bin: pathlib.Path
    folder: pathlib.Path
    timeout: float
    graph: onnx.GraphProto
    image: np.ndarray
    size: tuple  # (height, width) of the input; empty where the file declares them

    def size_option(self):
        """The option of rfmap and dump_activations."""
        return ["--input-size", "x".join(map(str, self.size))] if self.size else []

    def call(self, program, *words):
        """Runs a program of the build on the model; its (stdout, stderr)."""
        command = [str(self.bin / program), *map(str, words)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=self.timeout,
                                  cwd=self.folder)
        except subprocess.TimeoutExpired:
            raise ToolError(f"{program} took more than {self.timeout:g} s") from None
        if done.returncode != 0:
            raise ToolError(last_line(program, done), done.returncode)
        return done.stdout, done.stderr


def last_line(program, done):
    """What a program said at its end, without its own and the file's name."""
    lines = (done.stderr or done.stdout).strip().splitlines()
    if done.returncode < 0 or not lines:
        return f"{program} ended with code {done.returncode}"
    return lines[-1].removeprefix(f"{program}: ").removeprefix("'model.onnx': ")


def few(found):
    """The first of several sentences, and how many more there are."""
    more = f" (and {len(found) - SHOWN} more)" if len(found) > SHOWN else ""
    return "; ".join(found[:SHOWN]) + more


def prepare(row, options, folder):
    """Writes the model, and a float model for ONNX Runtime, into FOLDER."""
    model = catalogue.filled(row["name"])
    onnx.save(model, folder / "model.onnx")
    onnx.save(float_meaning.of(model), folder / "reference.onnx")
    extents = catalogue.extents(row)
    image = next(iter(check.sample(model, extents).values())).astype(np.float32)
    if row["layout"] == "NHWC":
        image = np.ascontiguousarray(image.transpose(0, 3, 1, 2))
    height, width = image.shape[2:]
    declared = modules.image_input(model.graph).type.tensor_type.shape.dim
    is_open = any(not d.HasField("dim_value") for d in declared)
    size = (height, width) if is_open else ()
    return Case(row, options.bin, folder, options.timeout, model.graph, image, size)


def check_theory(case, outcome):
    """Asks for the theory of every layer; all convolutions must be shown."""
    words = ("theory", "--model", "model.onnx", *case.size_option(), "--format", "json")
    answer = json.loads(case.call("rfmap", *words)[0])
    shown = {layer["node"] for layer in answer["layers"]}
    wanted = [modules.name_of(node) for node in modules.convolutions(case.graph)]
    absent = [name for name in wanted if name not in shown]
    outcome.update(theory_rows=len(answer["layers"]), named=len(wanted) - len(absent), shown=shown)
    if absent:
        outcome["faults"]["theory"] = f"not shown: {few(absent)}"


def check_names(case, outcome):
    """Asks for the convolutions that theory shows by the paths of their modules."""
    nodes = modules.by_path([n for n in modules.convolutions(case.graph)
                             if modules.name_of(n) in outcome["shown"]],
                            case.row["exporter"] == "tf2onnx")
    outcome["paths"] = len(nodes)
    if not nodes:
        return
    words = ("theory", "--model", "model.onnx", *case.size_option(), "--layers", ",".join(nodes),
             "--format", "json")
    answer = json.loads(case.call("rfmap", *words)[0])
    shown = {layer["node"] for layer in answer["layers"]}
    absent = [path for path, node in nodes.items() if node not in shown]
    if absent:
        outcome["faults"]["names"] = f"{absent[0]} means another layer than {nodes[absent[0]]}"


def dump(case, outcome, engine="cpu"):
    """The values of all tensors that the program computes, by name; what it refuses."""
    np.save(case.folder / "image.npy", case.image)
    try:
        _, said = case.call("dump_activations", "model.onnx", *case.size_option(), "--input",
                            "image.npy", "--engine", engine, "--threads", 1, "--out", "dump")
    except ToolError as error:
        if not error.refused:
            raise
        outcome["refused"] = str(error)
        return {}
    lost = [line.removeprefix("left out: ") for line in said.splitlines()
            if line.startswith("left out: ")]
    outcome["refused"] = lost[0] if lost else ""
    return compare.read_dump(case.folder / "dump")


def rounded(case, outcome, tensors, expected):
    """Tensors that differ too much although ONNX Runtime's are no nearer to the reference engine's,
    whose sums are in double: a network that magnifies rounding (saturated attention)."""
    exact = dump(case, outcome, "reference")
    return [name for name, theirs in expected.items()
            if name in tensors and name in exact
            and compare.ratio(tensors[name], theirs) > compare.TOLERANCE
            and compare.ratio(tensors[name], exact[name]) <= 2 * compare.ratio(theirs, exact[name])]


def check_activations(case, outcome):
    """Compares every tensor that both sides compute."""
    tensors = dump(case, outcome)
    if not tensors:
        return
    index = json.loads((case.folder / "dump" / "index.json").read_text())
    computed = {entry["node"] for entry in index}
    outcome["measured"] = sum(modules.name_of(node) in computed
                              for node in modules.convolutions(case.graph))
    image = case.image.transpose(0, 2, 3, 1) if case.row["layout"] == "NHWC" else case.image
    expected = ort_reference.run(case.folder / "reference.onnx", np.ascontiguousarray(image),
                                 threads=1)
    dead = check.dead(case.graph, expected)
    if dead:
        outcome["faults"]["values"] = f"constant: {few(dead)}"
    outputs = [value.name for value in case.graph.output if value.name in expected]
    required = [] if outcome["refused"] else outputs
    result = compare.compare(tensors, expected, required, outcome["measured"] / len(expected))
    if result.problems:
        for name in rounded(case, outcome, tensors, expected):
            expected.pop(name)
        required = [name for name in required if name in expected]
        result = compare.compare(tensors, expected, required, outcome["measured"] / len(expected))
    outcome.update(tensors=result.compared, worst=result.worst, worst_at=result.worst_name)
    if result.problems:
        outcome["faults"]["activations"] = few(result.problems)


def check_windows(case, outcome):
    """Compares windows with full passes in some layers."""
    if not outcome["measured"]:
        return
    extents = case.image.shape[1:]
    noise = np.random.Generator(np.random.PCG64(7))
    np.save(case.folder / "pixels.npy", noise.integers(0, 256, extents).astype(np.float32))
    occluder, steps = windows.grid_of(case.row["name"], extents)
    size = ["--input-size", *case.size] if case.size else []
    try:
        out, _ = case.call("compare_windows", "model.onnx", *size, "--pixels", "pixels.npy",
                           "--mean", 118, "--scale", 1 / 58, "--occluder", *occluder,
                           "--stride", *steps, "--layers", LAYERS, "--threads", 1)
    except ToolError as error:
        if error.refused and outcome["refused"]:
            return
        raise
    layers, *lines = map(json.loads, out.splitlines())
    outcome["windows"] = len(layers["windowed"])
    if lines:
        outcome["window_worst"] = max(line["worst"] for line in lines)
        faults = windows.faults_of(layers, lines)
        if not windows.moves(lines):
            faults.append("no occluder changes any layer, so nothing is proven")
        if faults:
            outcome["faults"]["windows"] = few(faults)


CHECKS = {"theory": check_theory, "names": check_names, "activations": check_activations,
          "windows": check_windows}


def measure(row, options, folder):
    """The outcome of one architecture."""
    case = prepare(row, options, folder)
    outcome = {"name": row["name"], "convolutions": len(modules.convolutions(case.graph)),
               "named": 0, "theory_rows": 0, "paths": 0, "measured": 0, "refused": "",
               "tensors": 0, "worst": 0.0, "worst_at": "", "windows": 0, "window_worst": 0.0,
               "shown": (), "faults": {}}
    for name, step in CHECKS.items():
        try:
            step(case, outcome)
        except ToolError as error:
            outcome["faults"][name] = str(error)
    del outcome["shown"]
    return outcome


def main():
    """Writes WORK/NAME.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--timeout", type=float, default=300, help="seconds per program")
    parser.add_argument("--memory", type=float, default=8, help="GiB per program")
    options, started = parser.parse_args(), time.monotonic()
    most = int(options.memory * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    row = next(row for row in catalogue.rows() if row["name"] == options.name)
    folder = options.work / options.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        outcome = measure(row, options, folder)
    finally:
        shutil.rmtree(folder)
    kilobytes = max(resource.getrusage(who).ru_maxrss
                    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    outcome.update(seconds=time.monotonic() - started, memory=kilobytes // 1024)
    (options.work / f"{options.name}.json").write_text(json.dumps(outcome, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
