"""Times that `rfmap plan` expects against those that the run then takes.

  bench/plan_times.py build/cpu/bin/rfmap NETS PHOTOGRAPHS

NETS: a folder with the networks below; PHOTOGRAPHS: a folder, all of whose images are scanned. For each case
plan (with its trials) and estimate run one after the other, ROUNDS times; prints a line each of scan and
occlusion: seconds least, expected, most, seconds taken, and taken over expected.
"""

import csv
import pathlib
import re
import subprocess
import sys
import tempfile

ROUNDS = 2
CASES = (  # network, layers, units, strategy, stride
    ("alexnet_q7_pool5", "conv3,pool5", "0-3", "window", 8),
    ("alexnet_q7_pool5", "pool5", "0-1", "full", 24),
    ("squeezenet_v1.0_dc", "fire5/concat,fire9/concat", "0-3", "window", 8),
    ("bvlc_googlenet", "inception_3b/output", "0-3", "window", 8),
    ("bvlc_googlenet", "inception_5b/output", "0", "full", 40),
)


def planned(command):
    """{phase: (least, expected, most)}, seconds."""
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = {row["quantity"]: row for row in csv.DictReader(text.splitlines())}
    return {phase: tuple(float(rows[f"{name} time"][column]) for column in ("least", "expected", "most"))
            for phase, name in (("scan", "scan"), ("occlude", "occlusion"))}


def taken(command):
    """{phase: seconds}, as the run tells them."""
    log = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    told = re.findall(r"^(scan|occlude): \d+ \w+ in (?:(\d+) min )?([\d.]+) s$", log, re.M)
    return {phase: 60 * float(minutes or 0) + float(seconds) for phase, minutes, seconds in told}


def main():
    rfmap, nets, photographs = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    print("network, layers, way | phase | least | expected | most | taken, s | taken / expected")
    for net, layers, units, strategy, stride in CASES:
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                options = ["--model", nets / f"{net}.prototxt", "--weights", nets / f"{net}.caffemodel",
                           "--images", photographs, "--preset", "caffe", "--layers", layers, "--units", units,
                           "--top-k", "5", "--stride", str(stride), "--strategy", strategy,
                           "--out", pathlib.Path(folder) / "fields.h5"]
                plan = planned([rfmap, "plan", *options, "--format", "csv"])
                run = taken([rfmap, "estimate", *options])
            for phase, (least, expected, most) in plan.items():
                print(f"{net}, {layers}, {strategy} | {phase} | {least:.1f} | {expected:.1f} | {most:.1f} | "
                      f"{run[phase]:.1f} | {run[phase] / expected:.2f}", flush=True)


if __name__ == "__main__":
    main()
