#!/usr/bin/env python3
"""Estimates what a GPU needs from what the engine `cuda` gives an idle device.

    echo "8 64" | window_passes NET LAYERS --pairs 43 --device idle --work | tail -1 > paper.json
    python3 bench/gpu_model.py paper.json --images 800

Launches, bytes, multiply-adds and threads are counted; what a device makes of them is modelled by the constants
below. The first run on a GPU replaces them.
"""

import argparse
import collections
import json
import re

# Rates of one H200: none is measured yet.
PEAK_FLOPS = {"tf32": 495e12, "fp32": 67e12, "fp16": 990e12, "bf16": 990e12}  # data sheet, dense
SHARE_OF_PEAK = 0.55          # of convolutions with a plan that needs no copies; guessed
SHARE_OF_PEAK_FEW = 0.25      # of tensor-core convolutions of at most FEW_CHANNELS channels; guessed
FEW_CHANNELS = 16
BYTES_PER_S = 4.0e12          # data sheet 4.8e12
WARP_INSTRUCTIONS_PER_S = 0.7 * 132 * 4 * 1.75e9  # 70 % of one per scheduler and clock; guessed
LAUNCH_S = 2.5e-6             # a kernel inside a graph; guessed
CALL_S = 24e-6                # host: one call's copies, graph and events; guessed

# Instructions per thread, fp32: counted by executing nvcc's PTX for sm_90 (docs/gpu.md).
INSTRUCTIONS = {
    "crop": 88, "crop-image": 120, "crop-selected": 120, "occlude": 63, "blocks": 226, "lrn": 93, "lrn+pool": 612, "pool": 195,
    "epilogue": 172, "convert": 69, "planes": 124, "read-points": 51, "read-responses": 51,
}
INSTRUCTIONS_ELSE = 200
# A lane of a selected convolution: so many for its share of 1,728 products.
SELECTED = {"instructions": 537, "products": 1728}

GROUP_CHANNELS = 64  # cuDNN's copies of a grouped convolution's input are padded to this, per group


def problem_of(key):
    """Fields of a convolution's key: tf32:n512:i96x27x27:..."""
    fields = dict(re.findall(r":([niokg])([\dx]+)", key))
    numbers = {name: [int(n) for n in text.split("x")] for name, text in fields.items()}
    numbers["precision"] = key.split(":")[0]
    return numbers


def copied_bytes(problem, read, written):
    """What cuDNN's best plan writes and reads besides input and output: its workspaces on the described H200."""
    groups, channels = problem["g"][0], problem["i"][0]
    if problem["precision"] == "fp32":
        return 2 * (read + written)  # converts to planes and back
    if groups > 1 and channels // groups > 8:
        depth = channels // groups
        return 4 * read * (-(-depth // GROUP_CHANNELS) * GROUP_CHANNELS / depth)
    strided = problem["k"][0] > 3
    return 2 * read if channels <= FEW_CHANNELS and strided else 0


def convolution_time(key, read, written, macs):
    problem = problem_of(key)
    few = problem["i"][0] <= FEW_CHANNELS and problem["precision"] != "fp32"
    rate = PEAK_FLOPS[problem["precision"]] * (SHARE_OF_PEAK_FEW if few else SHARE_OF_PEAK)
    copied = copied_bytes(problem, read, written)
    return max(2 * macs / rate, (read + written) / BYTES_PER_S) + copied / BYTES_PER_S


def instructions(name):
    kind = name.split()[0]
    if kind != "selected":
        return INSTRUCTIONS.get(kind, INSTRUCTIONS_ELSE)
    height, width, depth, out_height, out_width = (int(n) for n in re.findall(r"\d+", name)[:5])
    taps = (height - out_height + 1) * (width - out_width + 1)
    return max(100, SELECTED["instructions"] * depth * taps / SELECTED["products"])


def kernel_time(name, read, written, threads):
    issued = threads / 32 * instructions(name) / WARP_INSTRUCTIONS_PER_S
    return max(issued, (read + written) / BYTES_PER_S)


def kind_of(name):
    if not name.startswith("conv "):
        return name.split()[0]
    problem = problem_of(name[5:])
    return f"conv {problem['k'][0]}x{problem['k'][1]}, {problem['i'][0]} channels, {problem['g'][0]} groups"


def model(line):
    """Seconds per image by kind of kernel."""
    times = collections.defaultdict(lambda: [0.0, 0.0])
    for name, launches, read, written, macs, threads in line["work"]:
        if name.startswith("conv "):
            seconds = convolution_time(name[5:], read, written, macs)
        else:
            seconds = kernel_time(name, read, written, threads)
        entry = times[kind_of(name)]
        entry[0] += seconds + launches * LAUNCH_S
        entry[1] += launches
    return times


def report(path, images):
    with open(path, encoding="utf-8") as file:
        line = json.loads(file.read())
    times = model(line)
    gpu = sum(seconds for seconds, _ in times.values())
    host = 1e-3 * line["cpu_ms_per_pass"] * line["positions"] + line["calls_per_image"] * CALL_S
    launches = sum(count for _, count in times.values())
    print(f"{path}: {line['engine']}, batch {line['batch']}, {line['positions']:.0f} positions an image")
    print("| kernel | ms per image | launches |\n| --- | ---: | ---: |")
    for kind, (seconds, count) in sorted(times.items(), key=lambda item: -item[1][0]):
        print(f"| {kind} | {1e3 * seconds:.3f} | {count:.1f} |")
    print(f"| GPU | {1e3 * gpu:.2f} | {launches:.0f} |")
    print(f"| host beside it | {1e3 * host:.2f} | |")
    print(f"GPU {1e6 * gpu / line['positions']:.2f} us per pass; launches alone {1e3 * launches * LAUNCH_S:.2f} ms")
    print(f"{images} images: GPU {images * gpu:.1f} s, host {images * host:.1f} s in parallel")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("counts", nargs="+", help="one JSON line of window_passes --device idle --work")
    parser.add_argument("--images", type=int, default=800)
    options = parser.parse_args()
    for path in options.counts:
        report(path, options.images)


if __name__ == "__main__":
    main()
