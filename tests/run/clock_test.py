"""A wall clock that jumps by ten years at each reading (jumping_clock.cpp): runs, shards that wait and
progress do not depend on it. RFMAP_CLOCK is the library; needs h5py (RFMAP_PYTHON)."""

import os
import subprocess
import time
import unittest

from killed_test import contents
from rfmap_case import RFMAP, RfmapCase

BLOCK = 512


class Clock(RfmapCase):
    def setUp(self):
        super().setUp()
        self.many = self.folder / "many"
        self.many.mkdir()
        for i in range(2 * BLOCK):
            os.link(self.images / f"image{i % 12:02}.png", self.many / f"image{i:04}.png")
        self.readings = self.folder / "readings"
        self.jumping = os.environ | {"LD_PRELOAD": os.environ["RFMAP_CLOCK"],
                                     "RFMAP_CLOCK_READINGS": str(self.readings)}

    def command(self, **changes):
        """Progress and log on, as they show times."""
        values = {"images": self.many, "quiet": None, "log_file": self.folder / "log", "with_gradient": True,
                  "keep_maps": True, "commit_every": 0.01, "device": "cpu", "strategy": "full"} | changes
        return [RFMAP, *map(str, self.estimate_args(**values))]

    def run_jumping(self, **changes):
        answer = subprocess.run(self.command(**changes), cwd=self.folder, env=self.jumping, text=True,
                                capture_output=True, timeout=120)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return answer.stderr

    def test_a_run_gives_the_same(self):
        undisturbed = self.command(out="undisturbed.h5")
        subprocess.run(undisturbed, cwd=self.folder, check=True, capture_output=True, timeout=120)
        said = self.run_jumping()
        self.assertGreater(int(self.readings.read_text().split()[-1]), 5, "the clock was not read")
        self.assertEqual(contents(self.out), contents(self.folder / "undisturbed.h5"))
        self.assertRegex(said, r"scanned 1024 images in \d+\.\d s, ")
        self.assertNotIn("year", said)

    def test_a_shard_waits_as_long_as_it_is_told(self):
        started = time.monotonic()
        answer = subprocess.run(self.command(shard="1/2", wait=2), cwd=self.folder, env=self.jumping,
                                text=True, capture_output=True, timeout=120)
        self.assertEqual(answer.returncode, 130, answer.stderr)
        self.assertIn("waited 2 s, --wait", answer.stderr)
        self.assertGreater(time.monotonic() - started, 2)
        self.run_jumping(shard="2/2", resume=True, wait=60)
        self.run_jumping(shard="1/2", resume=True, wait=60)
        self.assertEqual(self.rfmap("merge", self.out, "--quiet").returncode, 0)


if __name__ == "__main__":
    unittest.main()
