"""Full disks for real: every command on disks of every size that matters, each in one sentence, and the
runs continue when there is space. Needs h5py (RFMAP_PYTHON). RFMAP_DISKS=1 takes every size, page by
page; without it a choice of them."""

import os
import re
import shutil
import subprocess
import unittest

from killed_test import contents
from rfmap_case import RFMAP, RfmapCase
from small_disk import PAGE, SmallDisk, own_mounts

ALL = "RFMAP_DISKS" in os.environ
REMEDY = "No space left on device; free space"
RUN = {"keep_maps": True, "with_gradient": True, "fill": "noise", "device": "cpu"}


def setUpModule():
    own_mounts()


class Disk(RfmapCase):
    def setUp(self):
        super().setUp()
        self.disk = SmallDisk(self.folder / "disk")
        self.addCleanup(self.disk.drop_all)
        self.out = self.disk.path / "fields.h5"
        self.parts = self.disk.path / "fields.h5.parts"
        self.named = {}

    def pages(self, most, few, steps):
        """FEW small sizes one by one, then STEPS up to MOST bytes."""
        most //= PAGE
        if ALL:
            return range(1, most + 1)
        return [*range(1, few), *range(few, most, max(1, (most - few) // steps))]

    def assert_full(self, answer):
        """One sentence with a name on the disk and what helps; nothing half-written."""
        self.assertEqual(answer.returncode, 1, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
        self.assertIn(REMEDY, answer.stderr)
        name = re.match(rf"rfmap: (?:--out )?{self.disk.path}/(\S+): cannot be (written|created|opened|made)",
                        answer.stderr)
        self.assertTrue(name, answer.stderr)
        self.named[re.sub(r"\d{5}", "N", name[1])] = True
        self.assert_nothing_left()

    def sweep(self, pages, run, after=lambda: None, files=lambda: 1000):
        """RUN on disks of so many PAGES and FILES; AFTER each that was full and has grown. How many were
        full."""
        full = 0
        for size in pages:
            self.disk.make(size * PAGE, files())
            self.prepare()
            answer = run()
            if answer.returncode != 0:
                self.assert_full(answer)
                self.disk.grow()
                after()
                full += 1
            self.disk.drop()
        return full

    def prepare(self):
        pass

    def run_on_disk(self, **changes):
        return self.estimate(out=self.out, **RUN | changes)

    def undisturbed(self, **changes):
        out = self.folder / "undisturbed.h5"
        answer = self.estimate(out=out, **RUN | changes)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.size = out.stat().st_size
        return contents(out)


class Estimate(Disk):
    def resumed(self, wanted):
        def check():
            answer = self.run_on_disk(resume=True)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertEqual(contents(self.out), wanted)

        return check

    def test_at_every_stage(self):
        wanted = self.undisturbed()
        self.sweep(self.pages(self.size + 40 * PAGE, 24, 3), self.run_on_disk, self.resumed(wanted))
        for name in ("fields.h5.parts/choice-batch.part", "fields.h5.parts/scan-N.h5",
                     "fields.h5.parts/choice-strategy.part", "fields.h5.parts/maps-N.h5",
                     "fields.h5.parts/gradient-N.h5", "fields.h5.input.png.part", "fields.h5"):
            self.assertIn(name, self.named)

    def test_without_inodes(self):
        wanted = self.undisturbed()
        files = iter(range(1, 12))
        full = self.sweep([4096] * 10, self.run_on_disk, self.resumed(wanted), lambda: next(files))
        self.assertGreaterEqual(full, 6)
        for name in ("fields.h5.parts/lock", "fields.h5.parts/run.json.part", "fields.h5.parts/scan-N.h5"):
            self.assertIn(name, self.named)

    def test_becomes_read_only_and_is_resumed(self):
        """As the kernel does with a disk that fails."""
        wanted = self.undisturbed()
        self.disk.make(64 << 20)
        self.assertEqual(self.run_on_disk(shard="1/2", wait=0).returncode, 0)
        shutil.rmtree(self.parts)
        self.disk.allow_writing(False)
        answer = self.run_on_disk()
        self.assert_refused(answer, 2, str(self.out), "Read-only file system", "can be written")
        self.disk.allow_writing(True)
        self.resumed(wanted)()
        self.disk.drop()


class Shards(Disk):
    def shard(self, number):
        return self.run_on_disk(shard=f"{number}/2", resume=True, wait=0)

    def test_shard_and_merge(self):
        wanted = self.undisturbed()
        self.disk.make(64 << 20)
        self.assertEqual(self.shard(1).returncode, 0)  # has the only block of the scan
        self.assertEqual(self.shard(2).returncode, 0)
        whole = self.folder / "whole"
        shutil.copytree(self.parts, whole)
        self.disk.drop()
        self.sweep(self.pages(40 * PAGE, 22, 1), lambda: self.shard(1), self.merged_later(wanted))
        for name in ("shard-1of2.toml.part", "shard-1of2.json.part", "maps-1of2-N.h5", "gradient-1of2-N.h5"):
            self.assertIn("fields.h5.parts/" + name, self.named)
        self.prepare = lambda: shutil.copytree(whole, self.parts)
        held = sum(-(-file.stat().st_size // PAGE) for file in whole.iterdir()) + 1
        room = self.pages(self.size, 2, 4)
        full = self.sweep([held + pages for pages in room], self.merge, self.merged(wanted))
        self.assertGreater(full, 2)

    def merge(self):
        return self.rfmap("merge", self.out, "--quiet")

    def merged(self, wanted):
        def check():
            answer = self.merge()
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertEqual(contents(self.out), wanted)

        return check

    def merged_later(self, wanted):
        """Of every third disk: three commands each."""
        counted = iter(range(10**6))

        def check():
            if next(counted) % 3 and not ALL:
                return
            for number in (1, 2):
                answer = self.shard(number)
                self.assertEqual(answer.returncode, 0, answer.stderr)
            self.merged(wanted)()

        return check


class Readers(Disk):
    """What other commands write: whole, or not there."""

    def setUp(self):
        super().setUp()
        self.undisturbed()
        self.results = self.folder / "undisturbed.h5"

    def test_aggregate(self):
        other = self.disk.path / "fields.h5"
        full = self.sweep(self.pages(self.size, 4, 4),
                          lambda: self.rfmap("aggregate", self.results, "--out", other, "--quiet"))
        self.assertGreater(full, 2)

    def test_report(self):
        page = self.disk.path / "report"

        def report():
            return self.rfmap("report", self.results, "--out", page)

        def repeated():
            answer = report()
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertTrue((page / "index.html").exists())

        full = self.sweep(self.pages(300 * PAGE, 4, 6), report, repeated)
        self.assertGreater(full, 3)

    def test_pictures_and_tables(self):
        runs = [("show", self.results, "--out", self.disk.path / "a.png"),
                ("show", self.results, "--out", self.disk.path / "a.svg"),
                ("theory", "--model", self.model, "--format", "csv", "--out", self.disk.path / "t.csv"),
                ("theory", "--model", self.model, "--format", "hdf5", "--out", self.disk.path / "t.h5"),
                ("gradient", "--model", self.model, "--neuron", "conv2:*:5:5", "--quiet", "--out",
                 self.disk.path / "g.h5")]
        for args in runs:
            with self.subTest(command=args[0], file=args[-1].name):
                self.disk.make(PAGE)
                with open(self.disk.path / "other", "wb") as file:
                    file.write(bytes(PAGE))
                answer = self.rfmap(*args)
                self.assert_full(answer)
                self.assertEqual([path.name for path in self.disk.path.iterdir()], ["other"])
                self.disk.drop()

    def test_standard_output(self):
        for args in (("summary", self.results), ("--help",)):
            with open("/dev/full", "w") as full:
                answer = subprocess.run([RFMAP, *map(str, args)], stdout=full,
                                        stderr=subprocess.PIPE, text=True)
            self.assertEqual(answer.returncode, 1)
            self.assertIn("the output: cannot be written: " + REMEDY, answer.stderr)
            self.assertEqual(answer.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
