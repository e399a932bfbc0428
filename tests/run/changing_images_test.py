"""Images that vanish or change while a run is at work. Needs h5py (RFMAP_PYTHON)."""

import os
import shutil
import signal
import subprocess
import time
import unittest

from killed_test import contents
from rfmap_case import RFMAP, RfmapCase
from small_images import rectangles

BLOCK, DIFFERENT = 512, 12


class Changing(RfmapCase):
    RUN = {"stride": 5, "top_k": 600, "layers": "conv1", "units": "0-1", "keep_maps": True,
           "device": "cpu", "strategy": "full", "cluster": "none"}

    def make_images(self, count):
        """Links to a dozen."""
        self.many = self.folder / "many"
        self.many.mkdir()
        for i in range(count):
            os.link(self.images / f"image{i % DIFFERENT:02}.png", self.path(i))
        self.parts = self.folder / "fields.h5.parts"

    def path(self, i):
        return self.many / f"image{i:04}.png"

    def replace(self, i):
        """By another image under the same name; what was there is kept."""
        os.rename(self.path(i), self.folder / f"away{i}")
        self.path(i).write_bytes(rectangles(99))

    def bring_back(self, i):
        os.rename(self.folder / f"away{i}", self.path(i))

    def start(self, **changes):
        command = [RFMAP, *map(str, self.estimate_args(images=self.many, **self.RUN | changes))]
        return subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)

    def complete(self, **changes):
        with self.start(**changes) as run:
            _, said = run.communicate(timeout=300)
        return run.returncode, said

    def wait_for(self, path, run):
        while run.poll() is None and not path.exists():
            time.sleep(0.001)
        self.assertIsNone(run.poll(), f"ended before {path.name}")

    def during_the_scan(self, change):
        """CHANGEs an image of the last block once the first is scanned."""
        with self.start() as run:
            self.wait_for(self.parts / "scan-00000.h5", run)
            run.send_signal(signal.SIGSTOP)
            change(4 * BLOCK - 1)
            run.send_signal(signal.SIGCONT)
            _, said = run.communicate(timeout=300)
        return run.returncode, said

    def test_during_the_scan(self):
        self.make_images(4 * BLOCK)
        self.RUN = self.RUN | {"top_k": 5}
        self.assertEqual(self.complete(out=self.folder / "undisturbed.h5")[0], 0)
        wanted = contents(self.folder / "undisturbed.h5")
        code, said = self.during_the_scan(self.replace)
        self.assertEqual((code, said.count("\n")), (3, 1), said)
        self.assertIn("image2047.png has changed since the run began", said)
        code, said = self.complete(resume=True)
        self.assertEqual(code, 2, said)
        self.assertIn("differs in images (", said)
        self.bring_back(4 * BLOCK - 1)
        code, said = self.complete(resume=True)
        self.assertEqual(code, 0, said)
        self.assertEqual(contents(self.out), wanted)

    def test_vanished_during_the_scan_is_skipped(self):
        self.make_images(4 * BLOCK)
        self.RUN = self.RUN | {"top_k": 5}
        code, said = self.during_the_scan(lambda i: self.path(i).unlink())
        self.assertEqual(code, 4, said)
        self.assertIn("image2047.png does not exist", said)
        self.assert_whole(self.out)

    def after_the_scan(self, change):
        """CHANGEs images while a shard waits for the scan of the other, which then is there."""
        with self.start(shard="1/2", wait=300) as run:
            self.wait_for(self.parts / "scan-00000.h5", run)
            for i in range(4):
                change(i)
            shutil.copy(self.folder / "other.h5.parts/scan-00001.h5", self.parts / "arrives")
            os.rename(self.parts / "arrives", self.parts / "scan-00001.h5")
            _, said = run.communicate(timeout=300)
        return run.returncode, said

    def test_after_the_scan(self):
        self.make_images(BLOCK + 8)
        self.assertEqual(self.complete(out=self.folder / "undisturbed.h5")[0], 0)
        wanted = contents(self.folder / "undisturbed.h5")
        self.assertEqual(self.complete(out="other.h5", shard="2/2", wait=0)[0], 130)
        vanish = lambda i: os.rename(self.path(i), self.folder / f"away{i}")  # noqa: E731
        for change, sentence in ((vanish, "does not exist; bring it back"),
                                 (self.replace, "has changed since the run began")):
            with self.subTest(sentence=sentence):
                code, said = self.after_the_scan(change)
                self.assertEqual((code, said.count("\n")), (3, 1), said)
                self.assertIn(sentence, said)
                self.assertFalse(self.out.exists())
                for i in range(4):
                    self.bring_back(i)
                for shard in ("1/2", "2/2"):
                    code, said = self.complete(shard=shard, resume=True)
                    self.assertEqual(code, 0, said)
                answer = self.rfmap("merge", self.out, "--quiet")
                self.assertEqual(answer.returncode, 0, answer.stderr)
                self.assertEqual(contents(self.out), wanted)
                self.out.unlink()


if __name__ == "__main__":
    unittest.main()
