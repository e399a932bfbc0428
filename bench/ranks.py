#!/usr/bin/env python3
"""Seconds of scan and occlusion of `rfmap estimate` as one process, N ranks and N shards.

Every process has one thread and a core of its own. The seconds come from the times in the log
files: the scan until its line "scanned ...", the occlusion from there to its last progress line.
The smallest of some rounds counts.
"""

import argparse
import datetime
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def parse_arguments():
    """The command line; the defaults are the demo's network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rfmap", type=pathlib.Path, help="the built program")
    parser.add_argument("--images", required=True, help="folder of photographs")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--options", help="of rfmap estimate, in one text",
                        default=f"--model {ROOT}/data/leafnet.onnx --channels rgb --mean 113,102,98 "
                                "--std 66,62,64 --resize 115 --layers pool1,pool2,pool3 --top-k 10 "
                                "--stride 3")
    return parser.parse_args()


def seconds_of(logs):
    """{phase: seconds} of the processes that did one job together: until the last of them."""
    scan, scanned, measured = [], [], []
    for line in "".join(log.read_text() for log in logs).splitlines():
        stamp = datetime.datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S.%f")
        if found := re.search(r": scanned \d+ images in ([0-9.]+) s", line):
            scan.append(float(found.group(1)))
            scanned.append(stamp)
        if re.search(r": occlude: \d+ pairs in ", line):
            measured.append(stamp)
    return {"scan": max(scan), "occlusion": (max(measured) - max(scanned)).total_seconds()}


class Runs:
    """All ways to run one job, each with its own results file in a folder."""

    def __init__(self, arguments, folder):
        self.count, self.folder = arguments.ranks, folder
        self.command = [str(arguments.rfmap.resolve()), "estimate", *shlex.split(arguments.options),
                        "--images", arguments.images, "--threads", "1", "--overwrite"]

    def start(self, launcher, name, *more):
        out, log = self.folder / "fields.h5", self.folder / f"{name}.log"
        log.unlink(missing_ok=True)
        process = subprocess.Popen([*launcher, *self.command, "--out", out, "--log-file", log, *more],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return process, log

    def finish(self, process, log):
        _, errors = process.communicate()
        if process.returncode not in (0, 4):
            sys.exit(errors)
        return log

    def one(self):
        return seconds_of([self.finish(*self.start(["taskset", "-c", "0"], "one"))])

    def ranks(self):
        launcher = ["mpirun", "--allow-run-as-root", "--bind-to", "core", "-n", str(self.count)]
        return seconds_of([self.finish(*self.start(launcher, "ranks"))])

    def shards(self):
        subprocess.run(["rm", "-rf", f"{self.folder}/fields.h5.parts"], check=True)
        started = [self.start(["taskset", "-c", str(i)], f"shard{i}", "--shard", f"{i + 1}/{self.count}")
                   for i in range(self.count)]
        logs = [self.finish(*each) for each in started]
        subprocess.run(["rm", "-rf", f"{self.folder}/fields.h5.parts"], check=True)
        return seconds_of(logs)


def main():
    arguments = parse_arguments()
    best = {}
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(arguments, pathlib.Path(folder))
        ways = {"1 process": runs.one, f"{arguments.ranks} ranks": runs.ranks,
                f"{arguments.ranks} shards": runs.shards}
        for _ in range(arguments.rounds):
            for way, run in ways.items():
                for phase, seconds in run().items():
                    best[way, phase] = min(seconds, best.get((way, phase), seconds))
    print(f"{'':>12}  {'scan s':>8}  {'speed':>6}  {'occlusion s':>11}  {'speed':>6}")
    for way in ways:
        line = f"{way:>12}"
        for phase, width in (("scan", 8), ("occlusion", 11)):
            seconds = best[way, phase]
            line += f"  {seconds:{width}.2f}  {best['1 process', phase] / seconds:6.2f}"
        print(line)


if __name__ == "__main__":
    main()
