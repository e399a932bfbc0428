#!/usr/bin/env python3
"""Reads every dataset of a results file with h5py, netCDF-4, xarray and Octave and compares them.

Usage: read_results.py FILE.h5 [--without-octave]

Prints what differs and exits with 1; also when a reader is missing, unless Octave was declined.
Also checks that every dataset has long_name and units and every dimension a scale.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

import h5py
import netCDF4
import numpy
import xarray

# Writes each leaf of the loaded structure: a line "path|class|size" and its values as doubles.
OCTAVE = """
function dump(value, path, list, data)
  if isstruct(value)
    for name = fieldnames(value)'
      dump(value.(name{1}), [path "/" name{1}], list, data);
    end
  else
    fprintf(list, "%s|%s|%s\\n", path, class(value), num2str(size(value)));
    fwrite(data, double(value(:)), "double");
  end
end
list = fopen("LIST", "w"); data = fopen("DATA", "w");
dump(load("FILE"), "", list, data);
fclose(list); fclose(data);
"""


class Report:
    """Differences, one line each."""

    def __init__(self):
        self.lines = []

    def add(self, place, what):
        self.lines.append(f"{place}: {what}")

    def expect_equal(self, place, reader, got, want):
        """Values and shape; NaN equals NaN, texts compare as lists of str."""
        if want.dtype.kind == "U":
            same = got.shape == want.shape and (got.astype(str) == want).all()
        else:
            same = got.shape == want.shape and numpy.array_equal(
                got.astype(float), want.astype(float), equal_nan=True)
        if not same:
            self.add(place, f"{reader} reads {got.shape} {got.dtype}, not the values of h5py")


def as_text(values):
    """Fixed-length bytes as str, padding removed."""
    return numpy.array([v.rstrip(b"\0").decode("utf-8") for v in values.ravel()]).reshape(
        values.shape)


def read_h5py(path, report):
    """All datasets by path, and the names of the scales of their dimensions."""
    values, dimensions = {}, {}

    def visit(name, item):
        if not isinstance(item, h5py.Dataset):
            return
        data = item[()]
        values["/" + name] = as_text(data) if data.dtype.kind == "S" else data
        for attribute in ("long_name", "units"):
            if not item.attrs.get(attribute):
                report.add(name, f"has no attribute {attribute}")
        if item.is_scale:
            dimensions["/" + name] = (name.split("/")[-1],)
            return
        for axis, scales in enumerate(item.dims):
            if len(scales) != 1 or scales[0].shape != (item.shape[axis],):
                report.add(name, f"dimension {axis} has no scale of its length")
        dimensions["/" + name] = tuple(s[0].name.split("/")[-1] for s in item.dims if len(s))

    with h5py.File(path) as file:
        file.visititems(visit)
    return values, dimensions


def read_netcdf(group, prefix, values):
    """Variables of all groups by path, without masks or scaling."""
    group.set_auto_maskandscale(False)
    for name, variable in group.variables.items():
        values[f"{prefix}/{name}"] = (variable[...], variable.dimensions)
    for name, child in group.groups.items():
        read_netcdf(child, f"{prefix}/{name}", values)
    return values


def read_xarray(path):
    """Variables and coordinates of all groups by path."""
    values = {}
    with xarray.open_datatree(path, engine="netcdf4", mask_and_scale=False) as tree:
        for node in tree.subtree:
            for name, variable in node.to_dataset(inherit=False).variables.items():
                values[f"{node.path.rstrip('/')}/{name}"] = (variable.values, variable.dims)
    return values


def compare_labelled(report, reader, got, values, dimensions):
    if set(got) != set(values):
        report.add(reader, f"other datasets than h5py: {sorted(set(got) ^ set(values))}")
    for name in sorted(set(got) & set(values)):
        data, dims = got[name]
        report.expect_equal(name, reader, numpy.asarray(data), values[name])
        if tuple(dims) != dimensions[name]:
            report.add(name, f"{reader} has dimensions {dims}, h5py {dimensions[name]}")


def run_octave(program, path):
    """Lines of the list of leaves, and all values one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        names = {"LIST": "list", "DATA": "data"}
        script = OCTAVE.replace("FILE", os.path.abspath(path))
        for word, name in names.items():
            script = script.replace(word, os.path.join(folder, name))
        source = os.path.join(folder, "dump_all.m")
        with open(source, "w", encoding="utf-8") as file:
            file.write("1;\n" + script)
        # Octave 7 may complain when it exits; only its output matters.
        done = subprocess.run([program, "--quiet", "--no-init-file", source], check=False,
                              capture_output=True, text=True, timeout=600)
        try:
            with open(os.path.join(folder, "list"), encoding="utf-8") as file:
                lines = file.read().splitlines()
            return lines, numpy.fromfile(os.path.join(folder, "data"), dtype=numpy.float64)
        except FileNotFoundError:
            sys.exit(f"octave-cli cannot read {path}: {done.stderr.strip()}")


def read_octave(program, path):
    """All datasets by path as Octave names them, dimensions reversed to C order."""
    lines, data = run_octave(program, path)
    values, place = {}, 0
    for line in lines:
        name, kind, size = line.split("|")
        size = [int(n) for n in size.split()]
        block = data[place:place + int(numpy.prod(size))]
        place += block.size
        if kind == "char":
            rows = block.astype(numpy.uint8).reshape(size, order="F")
            values[name] = as_text(numpy.array([bytes(row) for row in rows], dtype=object))
        else:
            values[name] = block.reshape(size[::-1])
    if place != data.size:
        sys.exit("octave-cli: its list and its values do not fit together")
    return values


def compare_octave(report, got, values):
    """Octave drops dimensions of length 1, makes columns of vectors and pads texts with blanks."""
    wanted = {re.sub(r"[^\w/]", "_", name): name for name in values}
    if len(wanted) != len(values):
        report.add("octave", "two names become one")
    if set(got) != set(wanted):
        report.add("octave", f"other datasets than h5py: {sorted(set(got) ^ set(wanted))}")
    for key in sorted(set(got) & set(wanted)):
        want, data = values[wanted[key]], got[key]
        if want.dtype.kind == "U":
            data, want = numpy.char.rstrip(data, " "), numpy.char.rstrip(want, " ")
        elif numpy.squeeze(data).shape == numpy.squeeze(want).shape:
            data = data.reshape(want.shape)
        report.expect_equal(wanted[key], "octave", data, want)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--without-octave", action="store_true")
    options = parser.parse_args()
    report = Report()
    values, dimensions = read_h5py(options.file, report)
    if not values:
        report.add(options.file, "holds no dataset")
    with netCDF4.Dataset(options.file) as file:
        compare_labelled(report, "netCDF4", read_netcdf(file, "", {}), values, dimensions)
    compare_labelled(report, "xarray", read_xarray(options.file), values, dimensions)
    readers = "h5py, netCDF4, xarray"
    if not options.without_octave:
        program = shutil.which("octave-cli")
        if not program:
            sys.exit("octave-cli is missing (Debian: apt-get install --no-install-recommends octave); "
                     "install it or give --without-octave")
        compare_octave(report, read_octave(program, options.file), values)
        readers += ", Octave"
    for line in report.lines:
        print(line)
    print(f"{len(values)} datasets read with {readers}: {len(report.lines)} differences")
    return 1 if report.lines else 0


if __name__ == "__main__":
    sys.exit(main())
