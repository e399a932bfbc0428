#!/usr/bin/env python3
"""The tables of scripts/gpu-check's report, in Markdown, from the JSON lines in a folder of logs.

Needs only Python's standard library. A missing figure is an empty cell.
"""

import json
import pathlib
import sys


def lines_of(folder, name):
    """The objects in FOLDER/NAME.jsonl; none if there is no such file."""
    path = folder / f"{name}.jsonl"
    text = path.read_text() if path.is_file() else ""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def table(title, head, rows):
    """Prints ROWS of numbers and words; nothing if there are none."""
    if not rows:
        return
    print(f"\n## {title}\n\n| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for row in rows:
        cells = ["" if c is None else f"{c:.3g}" if isinstance(c, float) else str(c) for c in row]
        print(f"| {' | '.join(cells)} |")


def smallest(lines, value, **keys):
    """The smallest VALUE of the lines that have these keys, or None."""
    found = [line[value] for line in lines
             if value in line and all(line.get(k) == v for k, v in keys.items())]
    return min(found, default=None)


def ratio(a, b):
    return a / b if a and b else None


def cases(*lists):
    """(network, precision) of the lines, in their order."""
    return dict.fromkeys((line["network"], line["precision"]) for lines in lists for line in lines)


def full_passes(own, peers):
    rows = []
    for network, precision in cases(own, peers):
        keys = {"network": network, "precision": precision}
        mine = smallest(own, "ms_per_pass", **keys)
        eager, compiled = (smallest(peers, "ms_per_pass", peer=peer, **keys)
                           for peer in ("eager", "compiled"))
        batch = next((line["batch"] for line in own if line["ms_per_pass"] == mine), None)
        rows.append((network, precision, batch, mine, eager, ratio(eager, mine), compiled,
                     ratio(compiled, mine)))
    table("Full passes: ms a pass, each at its best batch",
          ("network", "precision", "batch", "rfmap", "PyTorch eager", "times", "compiled", "times"),
          rows)


def windows(own, peers):
    rows = []
    for network, precision in cases(own):
        keys = {"network": network, "precision": precision}
        per_grid = [{**line, "ms": line["ms_per_image"] / line["grid"]} for line in own]
        window, full = (smallest(per_grid, "ms", strategy=strategy, **keys)
                        for strategy in ("window", "full"))
        captum = smallest(peers, "ms_per_pass", peer="captum", **keys)
        rows.append((network, precision, window, full, ratio(full, window), captum,
                     ratio(captum, window)))
    table("One unit's map at the map's centre: ms a grid position",
          ("network", "precision", "windows", "full passes", "times", "Captum", "times"), rows)


def distinct(own):
    rows = []
    for network, precision in cases(own):
        lines = [line for line in own if line["precision"] == precision]
        images = sum(line["images"] for line in lines)
        seconds = sum(1e-3 * line["ms_per_image"] * line["images"] for line in lines)
        passes = images * lines[0]["positions"]
        rows.append((network, precision, images, passes, seconds, 27e6 * seconds / passes))
    table("Passes on distinct crops, none shared",
          ("network", "precision", "crops", "passes", "seconds", "27 million would take, s"), rows)


def streams(own):
    table("The same at several batches, and in several sessions at once",
          ("sessions", "batch", "precision", "ms a crop"),
          [(line["sessions"], line["batch"], line["precision"], line["ms_per_image"])
           for line in own])


def layers(own):
    for network, precision in cases(own):
        lines = [line for line in own
                 if (line["network"], line["precision"]) == (network, precision)]
        last = lines[-1]
        rows = [(line["layer"], line["ms"], line["gflop"], line["mb"], line["gflops"],
                 line["gb_s"], line.get("bound"), line["floor_ms"], line["share_of_roofline"])
                for line in lines]
        table(f"Layers beside the roofline: {network}, {precision}, batch {last.get('batch')}, "
              f"ceilings {last.get('ceiling_gflops', 0):.0f} GFLOP/s, "
              f"{last.get('ceiling_gb_s', 0):.0f} GB/s",
              ("layer", "ms", "GFLOP", "MB", "GFLOP/s", "GB/s", "bound by", "floor, ms", "share"),
              rows)


def scans(own):
    table("Scan", ("precision", "from", "images", "batch", "images a second"),
          [(line["precision"], line["from"], line["images"], line["batch"],
            line["images_per_second"]) for line in own])


def main():
    folder = pathlib.Path(sys.argv[1])
    peers = lines_of(folder, "peers")
    full_passes(lines_of(folder, "passes"), peers)
    windows(lines_of(folder, "windows"), peers)
    distinct(lines_of(folder, "own"))
    streams(lines_of(folder, "streams"))
    layers(lines_of(folder, "layers"))
    scans(lines_of(folder, "scan"))


if __name__ == "__main__":
    main()
