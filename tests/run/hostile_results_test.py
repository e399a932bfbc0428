"""Crafted, cut and bit-flipped results files: every reader ends in one sentence and a documented exit
code, within 10 s and 500 MB."""

import os
import random
import subprocess
import time
import unittest

import h5py
import numpy as np
from rfmap_case import RFMAP, RfmapCase

SECONDS, MEGABYTES = 10, 500
LAYER = "layers/conv1"


def replace(file, name, **properties):
    del file[name]
    file.create_dataset(name, **properties)


def put(name, index, value):
    def edit(file):
        file[name][index] = value

    return edit


def state(name, attribute, value):
    def edit(file):
        file[name].attrs[attribute] = value

    return edit


def declare(name, shape, dtype):
    """As the format stores it, but with blocks of which none is there."""

    def edit(file):
        replace(file, name, shape=shape, dtype=dtype, chunks=tuple(min(n, 64) for n in shape),
                shuffle=True, compression="gzip", fletcher32=True)

    return edit


def order_often(file):
    order = list(file["layers"].attrs["order"])
    file["layers"].attrs["order"] = np.array(order + [order[0]] * 20000)


def link_often(file):
    order = list(file["layers"].attrs["order"])
    for i in range(2000):
        name = f"copy{i}"
        file["layers"][name] = file[LAYER]
        order.append(name.encode())
    file["layers"].attrs["order"] = np.array(order)


def bomb(name, size):
    """The first block expands to SIZE zeros."""

    def edit(file):
        import zlib

        dataset = file[name]
        dataset.id.write_direct_chunk((0,) * dataset.ndim, zlib.compress(bytes(size), 9) + b"\0" * 4)

    return edit


def to_pipe(file):
    os.mkfifo(os.path.join(os.path.dirname(file.filename), "pipe"))
    del file["images"]
    file["images"] = h5py.ExternalLink("pipe", "/images")


def virtual(file):
    layout = h5py.VirtualLayout(shape=file["images/height"].shape, dtype="i4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=layout.shape)
    del file["images/height"]
    file.create_virtual_dataset("images/height", layout)


def external(file):
    shape = file["images/height"].shape
    replace(file, "images/height", shape=shape, dtype="i4", external=[("/dev/zero", 0, h5py.h5s.UNLIMITED)])


def circle(file):
    del file[LAYER]
    file[LAYER] = h5py.SoftLink("/" + LAYER)


CRAFTED = {
    "field is infinite": put(f"{LAYER}/receptive_field", (0, 2, 2), np.inf),
    "change is no number": put(f"{LAYER}/discrepancy", (0, 0, 0, 0), np.nan),
    "size is infinite": put(f"{LAYER}/size", 0, np.inf),
    "image beyond the list": put(f"{LAYER}/top_image", (0, 0), 10**9),
    "image below the list": put(f"{LAYER}/top_image", (0, 1), -7),
    "location outside": put(f"{LAYER}/top_location", (0, 0, 0), 2**31 - 1),
    "status": put("images/status", 0, 200),
    "units out of order": put(f"{LAYER}/unit", 0, 3),
    "stride": state("occluder", "stride", np.array([0, 2])),
    "occluder": state("occluder", "size", np.array([60000, 60000])),
    "grid": state("occluder", "count", np.array([2**40, 2])),
    "input": state("occluder", "input", np.array([2**31, 2**31])),
    "pieces": state(LAYER, "rf_pieces_y", np.array([1e300, 1, 3])),
    "many pieces": state(LAYER, "rf_pieces_y", np.array([0, 1, 1e7])),
    "top_k": state(LAYER, "top_k", 2**40),
    "top_k is a text": state(LAYER, "top_k", "three"),
    "bottom_k": state(LAYER, "bottom_k", 65000),
    "channels": state(LAYER, "channels", -1),
    "map": state(LAYER, "map_shape", np.array([2**40, 1])),
    "name of another layer": state(LAYER, "name", "conv2"),
    "order names a layer often": order_often,
    "a group under many names": link_often,
    "units declared": declare(f"{LAYER}/unit", (2**31,), "<i4"),
    "field declared": declare(f"{LAYER}/receptive_field", (2**31, 64, 64), "<f4"),
    "images declared": declare("images/path", (2**33,), "S100"),
    "texts declared": declare("images/path", (12,), "S100000000"),
    "other rank": declare(f"{LAYER}/size", (4, 4), "<f4"),
    "other type": declare(f"{LAYER}/size", (4,), "<f8"),
    "no dataset": lambda file: file.__delitem__(f"{LAYER}/top_image"),
    "no layer": lambda file: file.__delitem__(LAYER),
    "a bomb": bomb("images/height", 1 << 30),
    "a bomb in a map": bomb(f"{LAYER}/receptive_field", 1 << 30),
    "a short block": bomb(f"{LAYER}/discrepancy", 8),
    "a pipe": to_pipe,
    "virtual": virtual,
    "external": external,
    "circle": circle,
}
# Maps are not read by the gate, and not every reader needs them: the others may end well.
ONLY_SOME_READ = {"field is infinite", "change is no number", "a bomb in a map", "a short block"}
MEASURED = {"channels", "map_shape", "rf_global", "size_flat"}  # nothing else in the file gives these numbers
RECORDED = {
    "seed": "many", "size-cut": "wide", "preprocessing": "[" * 5000, "input_shape": "three",
    "deposit": "nowhere", "response": "\x1b[2J", "top-k": 0, "occluder": "11by11", "keep-maps": 7,
    "strategy": "guess", "precision": "fp64", "recentre_rounded": 5,
}


class Hostile(RfmapCase):
    def setUp(self):
        super().setUp()
        answer = self.estimate(keep_maps=True, with_gradient=True, bottom_k=2, before_activation=True, layers="conv1,conv2",
                               fill="noise")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.whole = self.out.read_bytes()
        self.crafted = self.folder / "crafted.h5"

    def readers(self):
        file, page, other = self.crafted, self.folder / "report", self.folder / "other.h5"
        yield "check", file
        yield "summary", file
        yield "summary", file, "--format", "json"
        yield "report", file, "--out", page, "--overwrite"
        for what in ("fields", "maps", "compare", "overlay", "crops"):
            yield "show", file, "--what", what, "--out", self.folder / "a.png"
        yield "aggregate", file, "--out", other, "--overwrite", "--deposit", "center"

    def run_limited(self, args):
        """Exit code, standard error, and what it took: s, MB."""
        started = time.monotonic()
        with open(self.folder / "stderr", "w+b") as err:
            child = subprocess.Popen([RFMAP, *map(str, args)], stdout=subprocess.DEVNULL, stderr=err,
                                     cwd=self.folder)
            timer = subprocess.Popen(["sh", "-c", f"sleep {9 * SECONDS}; kill -9 {child.pid}"],
                                     stderr=subprocess.DEVNULL, start_new_session=True)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            os.killpg(timer.pid, 9)
            timer.wait()
            err.seek(0)
            text = err.read().decode(errors="replace")
        return child.returncode, text, time.monotonic() - started, used.ru_maxrss / 1024

    def assert_ends_well(self, args, codes):
        code, text, seconds, megabytes = self.run_limited(args)
        self.assertIn(code, codes, text)
        self.assertLess(seconds, (6 if args[0] == "check" else 1) * SECONDS)  # it reads all of it
        self.assertLess(megabytes, MEGABYTES)
        if code not in (0, 4) and args[0] != "check":
            self.assertEqual(text.count("\n"), 1, text)
            self.assertTrue(text.startswith("rfmap: "), text)
            for word in ("unexpected", "std::", "vector", "H5", "out of memory"):
                self.assertNotIn(word, text)
        return code

    def edit(self, change):
        self.crafted.write_bytes(self.whole)
        with h5py.File(self.crafted, "r+") as file:
            change(file)

    def test_crafted_files_are_refused(self):
        runs = 0
        for what, change in CRAFTED.items():
            self.edit(change)
            codes = (0, 3) if what in ONLY_SOME_READ else (3,)
            for args in self.readers():
                with self.subTest(what=what, command=" ".join(map(str, args[:4]))):
                    self.assert_ends_well(args, codes)
                    runs += 1
        self.assertEqual(runs, len(CRAFTED) * 10)

    def test_recorded_choices_that_make_no_sense(self):
        for name, value in RECORDED.items():
            self.edit(state("/", name, value))
            for args in self.readers():
                with self.subTest(what=name, command=" ".join(map(str, args[:4]))):
                    self.assert_ends_well(args, (3,))

    def test_every_attribute_of_a_layer_is_compared_with_the_others(self):
        """The numbers that follow from field, grid and units."""
        self.edit(lambda file: None)
        with h5py.File(self.crafted) as file:
            names = {name: value for name, value in file[LAYER].attrs.items()
                     if name not in MEASURED and not isinstance(value, (str, bytes, h5py.Reference))}
        self.assertGreater(len(names), 30)
        for name, value in names.items():
            wrong = np.where(np.isnan(value), 1, np.asarray(value) + 1).astype(np.asarray(value).dtype)
            self.edit(state(LAYER, name, wrong))
            with self.subTest(attribute=name):
                answer = self.rfmap("summary", self.crafted)
                self.assertEqual(answer.returncode, 3, answer.stderr)

    def test_a_cut_file_says_how_much_is_missing(self):
        size = len(self.whole)
        self.crafted.write_bytes(self.whole[:size // 2])
        for command in ("summary", "check"):
            answer = self.rfmap(command, self.crafted)
            self.assertEqual(answer.returncode, 3)
            self.assertIn(f"the file is cut, it has {size // 2} of {size} bytes",
                          answer.stdout + answer.stderr)

    def test_flipped_bits_are_found(self):
        seed = int(os.environ.get("RFMAP_SEED", random.randrange(10**6)))
        print(f"RFMAP_SEED={seed}")
        draw = random.Random(seed)
        for _ in range(15):
            data = bytearray(self.whole)
            at = draw.randrange(len(data))
            data[at] ^= 1 << draw.randrange(8)
            self.crafted.write_bytes(data)
            for args in self.readers():
                with self.subTest(seed=seed, at=at, command=" ".join(map(str, args[:4]))):
                    self.assert_ends_well(args, (0, 3))

    def test_a_flipped_bit_of_any_dataset_is_found_by_check(self):
        self.edit(lambda file: None)
        with h5py.File(self.crafted) as file:
            names = []
            file.visititems(lambda name, item: names.append(name) if hasattr(item, "shape") else None)
            blocks = [file[name].id.get_chunk_info(0) for name in names]
        self.assertGreater(len(blocks), 100)
        for name, block in list(zip(names, blocks))[::5]:
            data = bytearray(self.whole)
            data[block.byte_offset + block.size // 2] ^= 4
            self.crafted.write_bytes(data)
            with self.subTest(dataset=name):
                answer = self.rfmap("check", self.crafted)
                self.assertEqual(answer.returncode, 3, answer.stdout)
                self.assertIn(name, answer.stdout + answer.stderr)

    def test_cut_files_are_refused(self):
        for share in (0, 1, 100, 500, 900, 999):
            self.crafted.write_bytes(self.whole[: len(self.whole) * share // 1000])
            for args in self.readers():
                with self.subTest(share=share, command=" ".join(map(str, args[:4]))):
                    self.assert_ends_well(args, (3,))


if __name__ == "__main__":
    unittest.main()
