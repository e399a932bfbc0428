"""Prints a table of what the fuzz targets did: summarize_logs.py FOLDER reads FOLDER/TARGET.log, which
tests/fuzz/run_target writes. A target may have been run many times.

"unchanged" is the processor time since an input reached new code for the last time.
"""

import datetime
import pathlib
import re
import sys

HEADER = ("target", "processor time", "executions", "per second", "coverage", "unchanged", "findings",
          "last run")


class Run:
    """One start of a target."""

    def __init__(self, begin):
        self.begin = self.end = self.growth = begin
        self.executions = self.first = self.last = 0
        self.cpu = None
        self.code = 0

    def take(self, time, text):
        self.end = time
        if cpu := re.match(r"cpu ([\d.]+) ([\d.]+)", text):
            self.cpu = float(cpu[1]) + float(cpu[2])
        if end := re.match(r"end (\d+)", text):
            self.code = int(end[1])
        if not (line := re.match(r"#(\d+)\s.* cov: (\d+) ", text)):
            return
        self.executions, coverage = int(line[1]), int(line[2])
        self.first = self.first or (coverage if "INITED" in text else 0)
        if coverage > self.last:
            self.last, self.growth = coverage, time

    def seconds(self):
        """Of the processor, if the run has ended; otherwise since it began."""
        return self.cpu if self.cpu is not None else self.end - self.begin

    def share(self):
        """Processor time per second."""
        return self.seconds() / max(1, self.end - self.begin)


def read_runs(path):
    runs = []
    for line in path.read_text(errors="replace").splitlines():
        time, _, text = line.partition(" ")
        if not time.isdigit():
            continue
        if text.startswith("begin "):
            runs.append(Run(int(time)))
        elif runs:
            runs[-1].take(int(time), text)
    return [run for run in runs if run.executions]


def unchanged(runs):
    """Seconds since coverage grew: beyond all it had been, not while a run reads the corpus."""
    most, since = 0, 0.0
    for run in runs:
        if run.last > most and (most == 0 or run.last > run.first):
            since = (run.end - run.growth) * run.share()
        else:
            since += run.seconds()
        most = max(most, run.last)
    return since


def row(target, runs):
    seconds = sum(run.seconds() for run in runs)
    executions = sum(run.executions for run in runs)
    last = datetime.datetime.fromtimestamp(runs[-1].end, datetime.timezone.utc)
    return (f"`{target}`", f"{seconds / 60:.1f} min", f"{executions:,}",
            f"{executions / max(1, seconds):,.0f}", f"{runs[0].first} to {runs[-1].last}",
            f"{unchanged(runs) / 60:.1f} min", str(sum(run.code != 0 for run in runs)),
            f"{last:%Y-%m-%d}")


def main():
    print("| " + " | ".join(HEADER) + " |")
    print("|" + " --- |" * len(HEADER))
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.log")):
        if runs := read_runs(path):
            print("| " + " | ".join(row(path.stem, runs)) + " |")


if __name__ == "__main__":
    main()
