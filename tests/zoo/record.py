"""What is known of the zoo: results.csv, what every architecture must give, and docs/networks.md.

A line of results.csv is an outcome of measure.py in short. `fails` names what the program cannot do
yet, `reason` says why: `refused`, or the checks of measure.py.
"""

import csv
import pathlib

import catalogue

RESULTS = catalogue.HERE / "results.csv"
PAGE = catalogue.HERE.parents[1] / "docs/networks.md"
COLUMNS = ("name", "convolutions", "named", "theory_rows", "paths", "measured", "tensors", "worst",
           "windows", "window_worst", "fails", "reason")
HELD = ("convolutions", "named", "paths", "measured", "fails", "reason")
# Never expected: a number that is false, or a check that did not end.
WRONG = {"activations", "windows", "values", "stopped"}

HEAD = """# Networks

What rfmap computes of {files} files of {architectures} architectures, with random weights and small inputs.
[tests/zoo](../tests/zoo/README.md) holds their graphs, `ctest --test-dir build/cpu -L zoo` measures them all, and
`tests/zoo/run.py --update` writes this page.

| | files | architectures, in all their files |
| --- | --- | --- |
{summary}

The columns: *measured*, convolutions that can be measured, of all; *theory*, layers that `rfmap theory` lists;
*difference*, the largest between an activation and ONNX Runtime's, relative to the largest value of its tensor, over the
number of tensors compared; *windows*, layers that are measured by windows, and the largest difference of three of them from full
passes, relative to the layer's largest value. Layers that see the whole of a small input have no windows. Quantised and
half-precision networks are compared with the same network in single precision. Where a network magnifies rounding, so
that ONNX Runtime is as far from sums in double as rfmap is, the tensor is left out.

| network | from | measured | theory | difference | windows | not computed |
| --- | --- | --- | --- | --- | --- | --- |
{rows}
"""


def line_of(outcome):
    """A dict of text by COLUMNS from an outcome of measure.py."""
    fails = (["refused"] if outcome["refused"] else []) + sorted(outcome["faults"])
    sentences = [outcome["refused"], *(outcome["faults"][f] for f in sorted(outcome["faults"]))]
    own = {"worst": f"{outcome['worst']:.0e}", "window_worst": f"{outcome['window_worst']:.0e}",
           "fails": " ".join(fails), "reason": next(filter(None, sentences), "")}
    return {column: str(own.get(column, outcome.get(column))) for column in COLUMNS}


def read():
    """The lines of results.csv by name."""
    if not RESULTS.exists():
        return {}
    with open(RESULTS, newline="", encoding="utf-8") as file:
        return {line["name"]: line for line in csv.DictReader(file)}


def differences(line, known):
    """Sentences: what is wrong with LINE, given the line KNOWN of results.csv or None."""
    found = [f"wrong: {kind}" for kind in line["fails"].split() if kind in WRONG]
    if known is None:
        return found + ["no line in results.csv; run.py --update adds one"]
    return found + [f"{column}: '{line[column]}', but results.csv has '{known[column]}'"
                    for column in HELD if line[column] != known[column]]


def write(lines):
    """Writes results.csv, in the order of the catalogue, and the page."""
    with open(RESULTS, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines[row["name"]] for row in catalogue.rows() if row["name"] in lines)
    PAGE.write_text(page(lines), encoding="utf-8")


def is_measurable(line):
    """Whether all convolutions can be measured."""
    return line["measured"] == line["convolutions"]


def is_whole(line):
    """Whether every node of the file is computed."""
    return not {"refused", "stopped"} & set(line["fails"].split()) and is_measurable(line)


def has_theory(line):
    """Whether theory shows all convolutions."""
    return line["named"] == line["convolutions"]


def is_wrong(line):
    """Whether something of it is false."""
    return bool(WRONG & set(line["fails"].split()))


SUMMARY = {"theory shows all convolutions": has_theory, "all convolutions measurable": is_measurable,
           "whole file computed": is_whole, "a wrong number, or not finished": is_wrong}


def summary(lines):
    """The rows of the page's first table: files, and architectures by their name without ending."""
    files = {}
    for line in lines.values():
        files.setdefault(line["name"].split(".")[0], []).append(line)
    rows = []
    for text, holds in SUMMARY.items():
        combine = any if holds is is_wrong else all
        count = sum(combine(map(holds, group)) for group in files.values())
        rows.append(f"| {text} | {sum(map(holds, lines.values()))} of {len(lines)} "
                    f"| {count} of {len(files)} |")
    return len(files), "\n".join(rows)


def cells(row, line):
    """The cells of one network: its ROW of the catalogue, its LINE of results.csv."""
    theory = line["theory_rows"]
    if not has_theory(line):
        theory += f"; {line['named']} convolutions"
    difference = f"{line['worst']} over {line['tensors']}" if int(line["tensors"]) else ""
    windows = f"{line['windows']}, {line['window_worst']}" if int(line["windows"]) else ""
    reason = line["reason"].replace("|", "\\|")
    return (row["name"], f"{row['package']} {row['version']}, opset {row['opset']}",
            f"{line['measured']} of {line['convolutions']}", theory, difference, windows,
            f"**wrong**: {reason}" if is_wrong(line) else reason)


def page(lines):
    """The text of docs/networks.md."""
    rows = [cells(row, lines[row["name"]]) for row in catalogue.rows() if row["name"] in lines]
    architectures, table = summary(lines)
    return HEAD.format(files=len(lines), architectures=architectures, summary=table,
                       rows="\n".join(f"| {' | '.join(row)} |".replace("  |", " |")
                                      for row in rows))


def stale():
    """Sentences about results.csv and the page where they do not fit each other or the list."""
    lines, names = read(), {row["name"] for row in catalogue.rows()}
    found = [f"results.csv: there is no architecture {name}" for name in sorted(set(lines) - names)]
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(lines):
        found.append("docs/networks.md does not fit results.csv; run.py --table writes it")
    return found
