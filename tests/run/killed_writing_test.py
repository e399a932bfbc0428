"""kill -9 while results are averaged, merged, aggregated and their parts removed: what was there is whole,
and the same command again gives the bytes of an undisturbed run. Needs h5py (RFMAP_PYTHON).

RFMAP_KILLS: rounds of kills of each command (4). RFMAP_SEED repeats the moments that a failure names.
"""

import os
import random
import shutil
import signal
import subprocess
import time

import unittest

from killed_test import contents
from rfmap_case import RFMAP, RfmapCase
from small_network import small_network

KILLS = int(os.environ.get("RFMAP_KILLS", 4))
RUN = {"keep_maps": True, "with_gradient": True, "top_k": 12, "device": "cpu", "strategy": "full",
       "stride": 1, "layers": "all"}


class Writing(RfmapCase):
    def setUp(self):
        super().setUp()
        self.model = self.write("net.onnx", small_network(units=(16, 24)))
        seed = int(os.environ.get("RFMAP_SEED", random.SystemRandom().randrange(10**6)))
        print(f"seed {seed}", flush=True)
        self.draw, self.note = random.Random(seed), f"RFMAP_SEED={seed} repeats the moments"
        self.parts = self.folder / "fields.h5.parts"
        self.kept = self.folder / "kept"

    def undisturbed(self):
        out = self.folder / "undisturbed.h5"
        answer = self.estimate(out=out, **RUN)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return contents(out)

    def kill(self, args, seconds):
        """Starts the command and kills it after so many SECONDS; False if it had ended."""
        with subprocess.Popen([RFMAP, *map(str, args)], cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as run:
            try:
                run.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                pass
            run.kill()
            return run.wait() == -signal.SIGKILL

    def time_of(self, args):
        started = time.monotonic()
        answer = self.rfmap(*args)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return time.monotonic() - started

    def start_again(self):
        """All is measured, nothing is written."""
        self.out.unlink(missing_ok=True)
        shutil.rmtree(self.parts, ignore_errors=True)
        shutil.copytree(self.kept, self.parts, copy_function=os.link)

    def kill_often(self, args, wanted):
        """Kills ARGS at random moments, and lets it end after each: the file is whole."""
        whole = self.time_of(args)
        killed = partly = 0
        for _ in range(KILLS):
            self.start_again()
            before = killed
            while self.kill(args, self.draw.uniform(0.2, 1.1) * whole):
                killed += 1
                if self.out.exists():  # it was removing its parts
                    partly += 1
                    self.assertEqual(contents(self.out), wanted, self.note)
                if self.draw.random() < 0.5:
                    break
            if killed == before:
                whole *= 0.7  # it was timed while the machine was busier
            answer = self.rfmap(*args)
            self.assertEqual(answer.returncode, 0, answer.stderr + self.note)
            self.assertEqual(contents(self.out), wanted, self.note)
            self.assertFalse(self.parts.exists(), self.note)
            self.assertEqual(list(self.folder.glob("*.part")), [], self.note)
        print(f"{killed} kills, {partly} while parts were removed; {whole:.2f} s undisturbed", flush=True)
        self.assertGreater(killed, 0, self.note)

    def test_averaging(self):
        wanted = self.undisturbed()
        args = self.estimate_args(resume=True, **RUN)
        for _ in range(20):  # until it is killed between the last part and the file
            with subprocess.Popen([RFMAP, *map(str, args)], cwd=self.folder) as run:
                while run.poll() is None and not (self.folder / "fields.h5.part").exists():
                    time.sleep(0.001)
                run.kill()
            if not self.out.exists() and self.parts.exists():
                break
            self.out.unlink(missing_ok=True)
        shutil.copytree(self.parts, self.kept)
        self.kill_often(args, wanted)

    def test_merging(self):
        wanted = self.undisturbed()
        for number in (1, 2, 3):
            answer = self.estimate(shard=f"{number}/3", wait=0, resume=True, **RUN)
            self.assertEqual(answer.returncode, 0, answer.stderr)
        shutil.copytree(self.parts, self.kept)
        self.kill_often(["merge", self.out, "--threads", 1, "--quiet"], wanted)

    def test_aggregating(self):
        self.undisturbed()
        args = ["aggregate", "undisturbed.h5", "--out", self.out, "--deposit", "center", "--threads", 1,
                "--overwrite", "--quiet"]
        whole = self.time_of(args)
        wanted = contents(self.out)
        killed = 0
        for _ in range(KILLS):
            self.out.unlink(missing_ok=True)
            killed += self.kill(args, self.draw.uniform(0.2, 1.1) * whole)
            if self.out.exists():
                self.assertEqual(contents(self.out), wanted, self.note)
        print(f"{killed} kills; {whole:.2f} s undisturbed", flush=True)
        self.assertEqual(self.rfmap(*args).returncode, 0)
        self.assertEqual(contents(self.out), wanted, self.note)
        self.assertEqual(list(self.folder.glob("*.part")), [])


if __name__ == "__main__":
    unittest.main()
