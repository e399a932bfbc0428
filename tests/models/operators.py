"""Checks single operations against ONNX Runtime, and that what cannot run is refused.

Every model of cases/ runs through the dump tool in one process; its final outputs must agree with
ONNX Runtime's within 1e-4 of their largest value. The models of cases/refused.py must each end the
tool with exit code 3 and a message that names the node and its operation.

    operators.py --dump build/tests/dump_activations --work WORK --engine reference
"""

import argparse
import dataclasses
import fnmatch
import pathlib
import shlex
import shutil
import subprocess
import sys
import zlib

import numpy as np
import onnx

import compare
import ort_reference
from agree import STAND_IN
from cases import (arrangement, convolution, folding, fully_connected, inlined, layouts, pointwise,
                   pooling, quantised, refused, resizing, structure, volumes)

CASES = (convolution.CASES + pooling.CASES + pointwise.CASES + arrangement.CASES
         + fully_connected.CASES + structure.CASES + layouts.CASES + resizing.CASES
         + folding.CASES + inlined.CASES + quantised.CASES + volumes.CASES)
UNREADABLE = ("com.example",)
# ONNX Runtime's optimiser (1.31.1), which only the stand-in uses, fuses padding with zeros into
# maximum pooling, whose own padding is minus infinity.
NOT_FOR_STAND_IN = ("pad_maxpool_below_zero",)


@dataclasses.dataclass(frozen=True)
class Options:
    """The dump tool's command, and the folder for temporary files."""

    tool: tuple
    work: pathlib.Path
    engine: str
    threads: int


def write_case(case, folder):
    """Writes FOLDER/model.onnx and FOLDER/in.npy; the input's values have both signs."""
    folder.mkdir(parents=True)
    onnx.save(case.model, folder / "model.onnx")
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(case.name.encode())))
    values = generator.standard_normal((case.batch, *case.shape), dtype=np.float32)
    np.save(folder / "in.npy", values)


def expected_outputs(case, folder):
    """Final outputs by ONNX Runtime, without the nodes of domains that it does not know."""
    model = onnx.ModelProto()
    model.CopyFrom(case.twin or case.model)
    for node in [n for n in model.graph.node if n.domain in UNREADABLE]:
        model.graph.node.remove(node)
    readable = folder / "readable.onnx"
    onnx.save(model, readable)
    names = [value.name for value in case.model.graph.output]
    images = np.load(folder / "in.npy")
    fed = np.ascontiguousarray(images.transpose(0, 2, 3, 1)) if case.channels_last else images
    return ort_reference.run(readable, fed, names)


def useless(case, expected):
    """The reason why outputs could agree by accident: no output, all values equal, or nearly all
    zero."""
    for value in case.model.graph.output:
        values = expected.get(value.name)
        if values is None or not np.isfinite(values).all():
            return f"{value.name} is missing or not finite"
        if values.min() == values.max() or np.mean(values != 0) < 0.2:
            return f"{value.name} is constant or nearly all zero"
    return ""


def run_list(options, cases):
    """Writes all cases and runs the tool over them at once."""
    lines = []
    for case in cases:
        folder = options.work / case.name
        write_case(case, folder)
        lines.append(f"{folder / 'model.onnx'} {folder / 'in.npy'} {folder / 'dump'}")
    listing = options.work / "cases.txt"
    listing.write_text("\n".join(lines) + "\n")
    command = [*options.tool, "--list", str(listing), "--output-only", "--engine", options.engine,
               "--threads", str(options.threads)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        print(f"the tool exited with {done.returncode}: {done.stderr.strip()[-500:]}")


def names_a_node(case, message):
    """Whether MESSAGE names one of CASE's nodes and its operation."""
    return any(node.name in message and node.op_type in message for node in case.model.graph.node)


def check_case(case, options):
    """(verdict, detail) of one case: agrees, refused (where it may) or FAILED."""
    folder = options.work / case.name
    try:
        expected = expected_outputs(case, folder)
    except Exception as error:  # ONNX Runtime's exceptions have no common class
        return "FAILED", f"ONNX Runtime: {error}"
    reason = useless(case, expected)
    if reason:
        return "FAILED", f"the case proves nothing: {reason}"
    error = folder / "dump" / "error.txt"
    if error.is_file():
        message = error.read_text().strip()
        allowed = case.may_refuse and names_a_node(case, message)
        return ("refused" if allowed else "FAILED"), message
    try:
        tensors = compare.read_dump(folder / "dump")
    except compare.DumpError as problem:
        return "FAILED", str(problem)
    result = compare.compare(tensors, expected, list(expected), min_share=1)
    return ("FAILED" if result.problems else "agrees"), "; ".join(result.problems)


def missing_words(case, message):
    """The words of CASE.expect that MESSAGE lacks; of a tuple any one will do."""
    choices = [word if isinstance(word, tuple) else (word,) for word in case.expect]
    return [" or ".join(words) for words in choices if not any(w in message for w in words)]


def check_refusal(case, options):
    """(verdict, detail) of one model that must be refused with exit code 3."""
    folder = options.work / case.name
    write_case(case, folder)
    command = [*options.tool, str(folder / "model.onnx"), "--input", str(folder / "in.npy"),
               "--engine", options.engine, "--out", str(folder / "dump"), "--output-only"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    message = done.stderr.strip()
    if done.returncode != 3:
        return "FAILED", f"exit code {done.returncode}, not 3: {message[-300:]}"
    missing = missing_words(case, message)
    if missing:
        return "FAILED", f"the message lacks {', '.join(missing)}: {message[-300:]}"
    return "refused", message


def report(cases, verdicts, show_refusals):
    """Prints failures, refusals and counts; returns whether none failed."""
    counts = {}
    for case, (verdict, detail) in zip(cases, verdicts):
        counts[verdict] = counts.get(verdict, 0) + 1
        if verdict == "FAILED" or (show_refusals and verdict == "refused"):
            print(f"{verdict:8} {case.name}: {detail}")
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    return "FAILED" not in counts


def run_all(options, pattern, show_refusals):
    """Runs all cases that match PATTERN; returns whether all gave the expected result."""
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    sound = [case for case in CASES if fnmatch.fnmatch(case.name, pattern)]
    unsound = [case for case in refused.CASES if fnmatch.fnmatch(case.name, pattern)]
    good = bool(sound or unsound)
    if sound:
        run_list(options, sound)
        print(f"{len(sound)} models that must agree with ONNX Runtime (or may be refused):")
        good = report(sound, [check_case(c, options) for c in sound], show_refusals)
    if unsound:
        print(f"{len(unsound)} models that must be refused:")
        verdicts = [check_refusal(case, options) for case in unsound]
        good = report(unsound, verdicts, show_refusals) and good
    if good:
        shutil.rmtree(options.work)
    return good


def self_check(options):
    """Tests the cases with the stand-in tool, intact and damaged; the refusals need the real
    one."""
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    loadable = [c for c in CASES if not c.twin and c.name not in NOT_FOR_STAND_IN
                and not any(n.domain for n in c.model.graph.node)]
    run_list(options, loadable)
    good = report(loadable, [check_case(c, options) for c in loadable], show_refusals=True)
    damaged = dataclasses.replace(options, tool=(*options.tool, "--corrupt", "scale"),
                                  work=options.work / "damaged")
    run_list(damaged, loadable[:20])
    caught = [check_case(case, damaged)[0] == "FAILED" for case in loadable[:20]]
    print(f"{sum(caught)} of {len(caught)} damaged dumps caught")
    shutil.rmtree(options.work)
    return good and all(caught)


def parse_arguments():
    """The command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", help="the dump tool, with options of its own if need be")
    parser.add_argument("--work", type=pathlib.Path, default="operators.tmp",
                        help="temporary files; kept where something failed")
    parser.add_argument("--engine", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="*", help="a pattern of case names")
    parser.add_argument("--show-refusals", action="store_true", help="print each refusal's message")
    parser.add_argument("--list", action="store_true", help="print the names and exit")
    parser.add_argument("--self-check", action="store_true", help="try this script by itself")
    arguments = parser.parse_args()
    if not (arguments.dump or arguments.list or arguments.self_check):
        parser.error("--dump is needed")
    return arguments


def main():
    """Runs the selected checks; the exit code is 0 if all pass."""
    arguments = parse_arguments()
    if arguments.list:
        print("\n".join(case.name for case in CASES + refused.CASES))
        return 0
    tool = tuple(STAND_IN if arguments.self_check else shlex.split(arguments.dump))
    options = Options(tool, arguments.work.resolve(), arguments.engine, arguments.threads)
    if arguments.self_check:
        return 0 if self_check(options) else 1
    return 0 if run_all(options, arguments.only, arguments.show_refusals) else 1


if __name__ == "__main__":
    sys.exit(main())
