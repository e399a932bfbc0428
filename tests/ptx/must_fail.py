#!/usr/bin/env python3
"""Runs a command that must fail, and say so: must_fail.py PATTERN COMMAND ... (exit code 0 if it does)."""

import re
import subprocess
import sys


def main():
    pattern, command = sys.argv[1], sys.argv[2:]
    answer = subprocess.run(command, capture_output=True, text=True, errors="replace")
    output = answer.stdout + answer.stderr
    print(output[-4000:])
    if answer.returncode == 0:
        sys.exit(f"must_fail.py: it passes, with a fault planted: {' '.join(command)}")
    if not re.search(pattern, output):
        sys.exit(f"must_fail.py: it fails, but says nothing like {pattern!r}")


if __name__ == "__main__":
    main()
