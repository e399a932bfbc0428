"""Copies of kernels with a fault planted on purpose: tests that run with one of them must fail."""

import re

from ptx import FUNCTION, Refused, body_end


def kernel_named(text, part):
    """The text of the first kernel whose name has `part`."""
    for match in FUNCTION.finditer(text):
        if match[1] == "entry" and match[6] == "{" and part in match[3]:
            return text[match.start():body_end(text, match.end() - 1) + 1]
    return None


def changed(kernel, pattern, replacement, fault):
    new, count = re.subn(pattern, replacement, kernel)
    if count == 0:
        raise Refused(f"the fault `{fault}` has no place in its kernel any more")
    return new


# Name of the fault, part of the kernel's name, what is changed to what.
FAULTS = [
    # Stored values lie twice as far from each other.
    ("stride", "CroppedCellILi1E",
     r"(shl\.b64\s+(%rd\d+), %rd\d+, )2(;\s+add\.s64\s+(%rd\d+), %rd\d+, \2;\s+st\.global\.f32\s+\[\4\])",
     r"\g<1>3\g<3>"),
    # A sum over the lanes of a warp reads one beyond it.
    ("lane", "ExtremumRead", r"(add\.s32\s+(%r\d+), %r\d+, (?:16|8|4|2|1);\s+and\.b32\s+%r\d+, \2, )31;",
     r"\g<1>63;"),
]


def copies(text):
    """(name of the fault, PTX of the changed kernel) for the kernels of this file."""
    found = []
    for fault, part, pattern, replacement in FAULTS:
        kernel = kernel_named(text, part)
        if kernel:
            found.append((fault, changed(kernel, pattern, replacement, fault)))
    return found
