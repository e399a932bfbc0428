"""Measures architectures of the zoo and compares the outcomes with results.csv.

    run.py --bin build/cpu/bin --work WORK [--only PATTERN,...] [-j 2] [--resume] [--update]
    run.py --table                     # writes docs/networks.md from results.csv
    run.py --check --only PATTERN,...  # the page fits, each architecture fits one pattern

Each architecture is measured by a process of its own, with limits of time and memory, which writes
WORK/NAME.json; --resume keeps the outcomes that are there. What the program cannot do yet stands in
results.csv with its reason: an architecture fails if it does more, less or otherwise, and always if
a number is wrong. --update writes the outcomes into results.csv and the page.
"""

import argparse
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import catalogue
import record

# Small and of different kinds: what runs by default.
SAMPLE = ("tv_squeezenet1_1.legacy", "tv_mobilenet_v3_small.dynamo", "tv_shufflenet_v2.legacy",
          "tv_squeezenet1_1_qdq.legacy", "timm_convnextv2_atto.dynamo", "timm_mobilevit_xxs.legacy",
          "timm_efficientvit_b0.legacy", "timm_vit_tiny_patch16_224.legacy",
          "timm_ghostnet_100.legacy", "keras_mnist.tf2onnx", "keras_mobilenetv2.tf2onnx",
          "ultra_yolo11n.legacy", "x_unet_bilinear.dynamo", "x_style.legacy",
          "x_activations.dynamo", "x_dcgan_g.legacy")


def stopped(name, sentence):
    """The outcome of an architecture whose process did not end by itself."""
    zeros = ("convolutions", "named", "theory_rows", "paths", "measured", "tensors", "worst",
             "windows", "window_worst", "seconds", "memory")
    return dict.fromkeys(zeros, 0) | {"name": name, "refused": "", "faults": {"stopped": sentence}}


def measured(name, options):
    """The outcome of one architecture, as measure.py writes it."""
    path = options.work / f"{name}.json"
    if options.resume and path.is_file():
        return json.loads(path.read_text())
    path.unlink(missing_ok=True)
    command = [sys.executable, str(catalogue.HERE / "measure.py"), name, "--bin",
               str(options.bin), "--work", str(options.work), "--memory", str(options.memory),
               "--timeout", str(options.timeout)]
    # A session of its own, so that the programs that it started end with it.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               text=True, start_new_session=True)
    try:
        _, said = process.communicate(timeout=2 * options.timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        shutil.rmtree(options.work / name, ignore_errors=True)
        said = f"took more than {2 * options.timeout:g} s"
    if not path.is_file():
        last = (said.strip().splitlines() or [f"ended with code {process.returncode}"])[-1]
        path.write_text(json.dumps(stopped(name, last)) + "\n")
    return json.loads(path.read_text())


def show(outcome, found):
    """Prints the outcome of one architecture and the sentences FOUND about it."""
    print(f"{outcome['name']:44} {'FAILED' if found else 'ok':6} "
          f"{outcome['measured']:3} of {outcome['convolutions']:3} convolutions, "
          f"theory {outcome['named']:3}; {outcome['tensors']:4} tensors, "
          f"worst {outcome['worst']:.0e}; windows {outcome['windows']:3}, "
          f"worst {outcome['window_worst']:.0e}; {outcome['seconds']:.1f} s, "
          f"{outcome['memory']} MB", flush=True)
    if found:
        found = found + [f"{name}: {text}" for name, text in outcome["faults"].items()]
    for sentence in found:
        print(f"    {sentence}", flush=True)


def run(names, options):
    """Measures the architectures NAMES; whether each does what is known of it."""
    options.work.mkdir(parents=True, exist_ok=True)
    known, lines, failed, started = record.read(), {}, [], time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(measured, name, options) for name in names]
        for done in concurrent.futures.as_completed(waiting):
            outcome = done.result()
            name, line = outcome["name"], record.line_of(outcome)
            found = record.differences(line, line if options.update else known.get(name))
            show(outcome, found)
            lines[name] = line
            if found:
                failed.append(name)
    print(f"{len(names) - len(failed)} as expected, {len(failed)} failed, "
          f"{time.monotonic() - started:.0f} s")
    if options.update:
        record.write(known | lines)
    return not failed


def check(patterns):
    """Whether the page fits results.csv, and each architecture one of PATTERNS."""
    found = record.stale()
    for row in catalogue.rows():
        count = sum(fnmatch.fnmatch(row["name"], pattern) for pattern in patterns)
        if count != 1:
            found.append(f"{row['name']} is in {count} groups of the tests, not in one")
    names = {row["name"] for row in catalogue.rows()}
    found += [f"the sample's {name} is not in the list" for name in set(SAMPLE) - names]
    print("\n".join(found) or "docs/networks.md fits")
    return not found


def chosen(options):
    """The names of the architectures to measure."""
    names = [row["name"] for row in catalogue.rows()]
    if options.sample:
        return [name for name in names if name in SAMPLE]
    names = [n for n in names if any(fnmatch.fnmatch(n, p) for p in options.only.split(","))]
    if not names:
        sys.exit(f"--only: no architecture fits {options.only}")
    return names


def parse_arguments():
    """The command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the built programs")
    parser.add_argument("--work", type=pathlib.Path, default="zoo.tmp", help="outcomes")
    parser.add_argument("--only", default="*", help="comma-separated patterns of names")
    parser.add_argument("--sample", action="store_true", help="some small ones")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="architectures at a time")
    parser.add_argument("--timeout", type=float, default=300, help="seconds per program")
    parser.add_argument("--memory", type=float, default=8, help="GiB per architecture")
    parser.add_argument("--resume", action="store_true", help="keep outcomes that are there")
    parser.add_argument("--update", action="store_true", help="write results.csv and the page")
    parser.add_argument("--table", action="store_true", help="write the page only")
    parser.add_argument("--check", action="store_true", help="compare the page only")
    return parser, parser.parse_args()


def main():
    """The exit code is 0 if all is as expected."""
    parser, options = parse_arguments()
    if options.check:
        return 0 if check(options.only.split(",")) else 1
    if options.table:
        record.PAGE.write_text(record.page(record.read()), encoding="utf-8")
        return 0
    if not options.bin:
        parser.error("--bin is needed")
    options.bin, options.work = options.bin.resolve(), options.work.resolve()
    return 0 if run(chosen(options), options) else 1


if __name__ == "__main__":
    sys.exit(main())
