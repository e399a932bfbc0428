"""Runs the examples of docs/reading-results.md in one language on a sample file.

    doc_examples.py python|octave|r PAGE.md SAMPLE.h5 NETWORK.onnx

RFMAP is the program. The figures that an example prints must be those of `rfmap summary`, and its
pictures must be there. Exit code 77, with the reason, if the interpreter or a package is missing.
"""

import csv
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
NEEDS = {
    "python": ([sys.executable], "import h5py, matplotlib, netCDF4, pandas, xarray\n",
               "Python with h5py, matplotlib, netCDF4, pandas and xarray (scripts/setup --tests)"),
    "octave": (["octave-cli", "--quiet", "--no-init-file"],
               'graphics_toolkit("gnuplot"); figure("visible", "off"); plot(1);\n',
               "Octave with gnuplot (Debian: octave, gnuplot-nox, fonts-freefont-otf)"),
    "r": (["Rscript", "--vanilla"], "library(rhdf5)\n", "R with rhdf5 (Debian: r-bioc-rhdf5)"),
}


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=500)


def run_script(command, text, folder):
    (folder / "example").write_text(text, encoding="utf-8")
    return run([*command, "example"], folder)


def is_there(language, folder):
    command, probe, _ = NEEDS[language]
    return shutil.which(command[0]) and run_script(command, probe, folder).returncode == 0


def blocks(page, language):
    """All code blocks of the language, one after the other."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found, f"no example in {language}"
    return "\n".join(found)


def program_output(*arguments, folder):
    answer = run([os.environ["RFMAP"], *arguments], folder)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def expect_figures(printed, summary):
    """The printed lines NAME,THEORY,MEAN,DEVIATION are those of the summary."""
    rows = [r for r in csv.reader(io.StringIO(printed)) if len(r) == 4]
    wanted = list(csv.DictReader(io.StringIO(summary)))
    assert [r[0] for r in rows] == [w["layer"] for w in wanted], rows
    for row, want in zip(rows, wanted):
        theory = (float(want["rf_size_y"]) + float(want["rf_size_x"])) / 2
        for got, value in zip(row[1:], (theory, want["size_mean"], want["size_std"])):
            assert abs(float(got) - float(value)) < 1e-3, (row, want)


def expect_theory(printed, table):
    """The printed lines "theory NAME SIZE_Y SIZE_X JUMP_Y JUMP_X" are those of the CSV."""
    rows = [line.split(" ")[1:] for line in printed.splitlines() if line.startswith("theory ")]
    wanted = list(csv.DictReader(io.StringIO(table)))
    assert rows and len(rows) == len(wanted), printed
    for (name, *figures), want in zip(rows, wanted):
        keys = ("size_y", "size_x", "jump_y", "jump_x")
        assert name == want["layer"], (name, want)
        assert [float(f) for f in figures] == [float(want[k]) for k in keys], (figures, want)


def expect_on_page(page, file):
    """Every dataset of a theory file is described on the page."""
    import h5py

    names = []
    with h5py.File(file) as theory:
        theory.visititems(lambda name, item: names.append(name) if hasattr(item, "shape") else None)
    assert len(names) > 20, names
    for name in {n.split("/")[-1] for n in names}:
        assert re.search(rf"[`/]{name}`", page), f"{name} is not on the page"


def expect_gradient_page(page, folder, network):
    """Every dataset and attribute of the maps of `rfmap gradient` is described on its page."""
    import h5py

    program_output("gradient", "--model", network, "--neuron", "conv1:*:5:5", "--out", "gradient.h5",
                   folder=folder)
    text = page.with_name("gradient.md").read_text(encoding="utf-8")
    with h5py.File(folder / "gradient.h5") as file:
        (neuron,) = file["neurons"].values()
        maps = {name for name in neuron if not neuron[name].is_scale}
        assert maps == {"support", "absolute", "signed", "squared"}, maps
        assert f"`{file.attrs['format'].decode()}`" in text, file.attrs["format"]
        scales = [name for name in file if isinstance(file[name], h5py.Dataset)]
        for name in [*scales, *neuron, *neuron.attrs]:
            assert f"`{name}`" in text, f"{name} is not on the page on gradients"
        assert len(neuron.attrs) > 5, list(neuron.attrs)


def expect_pictures(folder):
    for name in ("map.png", "sizes.png"):
        data = (folder / name).read_bytes()
        assert data.startswith(b"\x89PNG") and len(data) > 1500, f"{name}: {len(data)} bytes"


def prepare(folder, sample, network):
    """Makes the files that the examples read; returns the summary and the theory as CSV."""
    shutil.copy(sample, folder / "results.h5")
    summary = program_output("summary", "results.h5", "--format", "csv", folder=folder)
    (folder / "sizes.csv").write_text(summary, encoding="utf-8")
    theory = ("theory", "--model", network)
    program_output(*theory, "--neuron", "data:3:4", "--format", "hdf5", "--out", "theory.h5",
                   folder=folder)
    return summary, program_output(*theory, "--format", "csv", folder=folder)


def main():
    language, page, sample, network = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if not is_there(language, folder):
            print(f"skipped: {NEEDS[language][2]} is needed")
            return SKIPPED
        summary, theory = prepare(folder, sample, network)
        text = pathlib.Path(page).read_text(encoding="utf-8")
        answer = run_script(NEEDS[language][0], blocks(text, language), folder)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        expect_figures(answer.stdout, summary)
        expect_pictures(folder)
        if language == "python":
            expect_theory(answer.stdout, theory)
            expect_on_page(text, folder / "theory.h5")
            expect_gradient_page(pathlib.Path(page), folder, network)
            assert "neuron data:3:4 3 4 4 5" in answer.stdout, answer.stdout
    return 0


if __name__ == "__main__":
    sys.exit(main())
