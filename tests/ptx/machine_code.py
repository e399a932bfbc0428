#!/usr/bin/env python3
"""Checks the machine code of the kernels: machine_code.py --ptxas PTXAS --nvdisasm NVDISASM IN.ptx ...

Compiles for one GPU, and fails if a kernel spills more registers than is known, or if one that moves four
numbers at once has no load or no store of their width: 16 bytes, 8 of kernels for fp16 or bf16 alone.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

GPU = "sm_90"
# Bytes of spill stores that are known and do no harm, by a part of the kernel's name. All others have none.
KNOWN_SPILLS = {"ConvolvedValue": 8, "ExtremumRead": 40, "ResampledCell": 4, "DepthwiseCell": 28,
                "NormalisedCell": 48, "OccludedPixelILi1E": 8}
# Kernels of fours whose loads or stores are narrower, and why.
NARROW = {"ConvolvedValueILi4E": "a warp writes one number"}
WIDE = re.compile(r"ILi4E|Fours")
HALVES = re.compile(r"FoursI\w*DTypeE[12]E")


def compiled(ptxas, ptx, cubin):
    """Bytes of spill stores by kernel."""
    answer = subprocess.run([ptxas, f"-arch={GPU}", "-v", ptx, "-o", cubin], capture_output=True, text=True, check=True)
    pairs = re.findall(r"Function properties for (\w+)\s+\d+ bytes stack frame, (\d+) bytes spill stores",
                       answer.stdout + answer.stderr)
    if not pairs:
        sys.exit(f"machine_code.py: {ptxas} says nothing about spills")
    return {name: int(count) for name, count in pairs}


def wide_accesses(nvdisasm, cubin):
    """[loads, stores] of the width of four numbers by kernel."""
    answer = subprocess.run([nvdisasm, "-c", cubin], capture_output=True, text=True, check=True)
    counts, kernel, width = {}, None, 128
    for line in answer.stdout.splitlines():
        if match := re.match(r"\.text\.(\w+):", line):
            kernel = match[1]
            counts[kernel] = [0, 0]
            width = 64 if HALVES.search(kernel) else 128
        elif kernel and (match := re.search(rf"\b(LDG|STG)\.\S*\b{width}\b", line)):
            counts[kernel][match[1] == "STG"] += 1
    return counts


def known(table, name):
    return next((value for part, value in table.items() if part in name), None)


def complaints(spills, accesses):
    for name, count in spills.items():
        if count > (known(KNOWN_SPILLS, name) or 0):
            yield f"{name} spills {count} bytes"
    for name, (loads, stores) in accesses.items():
        if WIDE.search(name) and not known(NARROW, name) and not (loads and stores):
            yield f"{name} has {loads} loads and {stores} stores of four numbers"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ptxas", required=True)
    parser.add_argument("--nvdisasm", required=True)
    parser.add_argument("ptx", nargs="+")
    args = parser.parse_args()
    found, kernels, wide = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for ptx in args.ptx:
            cubin = str(pathlib.Path(folder) / "kernels.cubin")
            spills = compiled(args.ptxas, ptx, cubin)
            accesses = wide_accesses(args.nvdisasm, cubin)
            found += complaints(spills, accesses)
            kernels += len(spills)
            wide += sum(bool(WIDE.search(name)) for name in accesses)
    if wide == 0:
        found.append("no kernel moves four numbers at once")
    print("\n".join(found) or f"{kernels} functions, {wide} of them move four numbers at once")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
