#!/usr/bin/env python3
"""Cost of `rfmap estimate` against the number of units, images and occluders.

Each is doubled from a base while the others stay, in alternating rounds; the smallest CPU time
counts (user and system, minus that of a run with almost nothing to do). Cost may grow at most as
fast as the work: the printed exponent, log2 of the growth at a doubling, must stay below 1.15.
"""

import argparse
import json
import math
import pathlib
import resource
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST = 1.15  # growth exponent between the ends of a series, timing noise included


def cpu_seconds(command):
    """User and system time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Runs:
    """Runs with the network and images given by the options, in a separate folder."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        found = sorted(p for p in arguments.images.iterdir()
                       if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
        if not found:
            sys.exit(f"--images {arguments.images}: no .jpg or .png file in it")
        self.images = [str(p.resolve()) for p in found]

    def seconds(self, units, images, stride):
        """CPU time of one run; if there are too few images they are repeated."""
        names = [self.images[i % len(self.images)] for i in range(images)]
        listed = self.folder / "images.txt"
        listed.write_text("\n".join(names) + "\n")
        a = self.arguments
        command = [a.rfmap, "estimate", "--model", a.model, "--images", listed, *shlex.split(a.preprocessing),
                   "--layers", a.layers, "--units", f"0-{units - 1}", "--top-k", a.top_k,
                   "--stride", stride, "--threads", a.threads, "--quiet", "--overwrite",
                   "--out", self.folder / "out.h5"]
        return cpu_seconds([str(word) for word in command])


def series_of(arguments):
    """{quantity that grows: [(size, units, images, stride)]}; strides give the number of
    occluders."""
    units, images, stride = arguments.units, arguments.image_count, arguments.stride
    steps = range(arguments.doublings + 1)
    side = arguments.side - arguments.occluder
    strides = [max(1, round(stride / 2 ** (i / 2))) for i in steps]
    return {
        "units": [(units << i, units << i, images, stride) for i in steps],
        "images": [(images << i, units, images << i, stride) for i in steps],
        "occluders": [((side // s + 1) ** 2, units, images, s) for s in strides],
    }


def measure(runs, series, rounds):
    """{(units, images, stride): smallest seconds}, all cases alternately."""
    cases = sorted({point[1:] for points in series.values() for point in points})
    best = dict.fromkeys(cases, math.inf)
    for _ in range(rounds):
        for case in cases:
            best[case] = min(best[case], runs.seconds(*case))
    return best


def report(series, best, floor):
    """Prints the table; whether no series grows faster than the work."""
    good = True
    print(f"start and end of the program alone: {floor:.2f} s of CPU time")
    for name, points in series.items():
        print(f"{name:>10}  {'s':>8}  {'growth':>7}  exponent")
        last = None
        for size, *case in points:
            seconds = max(1e-3, best[tuple(case)] - floor)
            line = f"{size:10}  {seconds:8.2f}"
            if last and size > last[0]:
                growth = seconds / last[1]
                line += f"  {growth:7.2f}  {math.log(growth) / math.log(size / last[0]):8.2f}"
            print(line, flush=True)
            last = size, seconds
        (first, *a), (end, *b) = points[0], points[-1]
        ratio = (max(1e-3, best[tuple(b)] - floor) / max(1e-3, best[tuple(a)] - floor))
        exponent = math.log(ratio) / math.log(end / first)
        good = good and exponent <= MOST
        print(f"{name:>10}  over the whole series: exponent {exponent:.2f}, at most {MOST}: "
              f"{'ok' if exponent <= MOST else 'MISSED'}")
    return good


def parse_arguments():
    """The command line; the defaults are the demo's network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rfmap", type=pathlib.Path, help="the built program")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "data/leafnet.onnx")
    parser.add_argument("--images", type=pathlib.Path, required=True, help="folder of photographs")
    parser.add_argument("--preprocessing", help="options of rfmap estimate in one text",
                        default="--channels rgb --mean 113,102,98 --std 66,62,64 --resize 115")
    parser.add_argument("--layers", default="pool1,pool2,pool3")
    parser.add_argument("--side", type=int, default=115, help="of the network's input, pixels")
    parser.add_argument("--occluder", type=int, default=11)
    parser.add_argument("--units", type=int, default=2, help="smallest number a layer")
    parser.add_argument("--image-count", type=int, default=50, help="smallest number")
    parser.add_argument("--stride", type=int, default=8, help="largest")
    parser.add_argument("--top-k", type=int, default=5)
    parser.add_argument("--doublings", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path, help="append one line")
    return parser.parse_args()


def main():
    """Runs all cases; the exit code is 1 if a series grows too fast."""
    arguments = parse_arguments()
    series = series_of(arguments)
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(arguments, pathlib.Path(folder))
        floor = min(runs.seconds(1, 1, arguments.side) for _ in range(arguments.rounds))
        best = measure(runs, series, arguments.rounds)
    good = report(series, best, floor)
    if arguments.json:
        with arguments.json.open("a") as file:
            rows = {name: [[size, best[tuple(case)]] for size, *case in points]
                    for name, points in series.items()}
            file.write(json.dumps({"floor": floor, "series": rows}) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
