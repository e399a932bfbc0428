#!/usr/bin/env python3
"""Translates the PTX that nvcc makes to C++ that runs on the host: translate.py OUT.cpp IN.ptx ...

Each kernel becomes a function that runs one thread; those with shuffles become coroutines. Anything that no
rule covers is an error (exit code 1), never skipped.
"""

import re
import sys
from pathlib import Path

import planted
from ptx import Refused, parse
from writer import Writer


def entry(function, index, fault):
    sizes = ", ".join(str(p.size) for p in function.parameters)
    name = "run_lane" if function.waits_for_lanes else "run"
    return (f'{{.name = "{function.name}", .fault = "{fault}", .{name} = f{index}, '
            f".most_threads = {function.most_threads}, .sizes = {{{sizes}}}}},")


def translated(text, first, fault=""):
    """Lines of C++ for a module, and those of its kernels' table."""
    module = parse(text)
    constants = {name: f"constant_{first}_{i}" for i, name in enumerate(module.constants)}
    callees = {f.name: f"f{first + i}" for i, f in enumerate(module.functions) if not f.is_kernel}
    lines, table = [], []
    for name, values in module.constants.items():
        lines.append(f"alignas(16) static const unsigned char {constants[name]}[] = "
                     f"{{{', '.join(map(str, values))}}};")
        lines.append(f"static const Constant registered_{constants[name]}({constants[name]}, {len(values)});")
    writers = [Writer(f, first + i, callees, constants) for i, f in enumerate(module.functions)]
    lines += [w.signature() + ";" for w in writers]
    for writer in writers:
        lines += writer.lines()
        if writer.function.is_kernel:
            table.append(entry(writer.function, writer.index, fault))
    return lines, table


def namespace_of(path):
    return re.sub(r"\W", "_", Path(path).stem)


def write(path, sources):
    """One file of C++: the kernels of the PTX files, and copies of some with planted faults."""
    lines, table, first = [], [], 0
    for source in sources:
        text = Path(source).read_text()
        for fault, changed in [("", text), *planted.copies(text)]:
            more_lines, more_table = translated(changed, first, fault)
            lines += more_lines
            table += more_table
            first += len(more_lines)
    head = ['#include "ptx/runtime/machine.h"', f"namespace rfmap::ptx {{ namespace kernels_of_{namespace_of(path)} {{"]
    tail = ["static const Registration registration({", *table, "});", "} }"]
    Path(path).write_text("\n".join(head + lines + tail) + "\n")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        write(sys.argv[1], sys.argv[2:])
    except Refused as refused:
        sys.exit(f"translate.py: {refused}")


if __name__ == "__main__":
    main()
