"""Runs that are killed at random moments and resumed give the file of an undisturbed run.

Needs h5py (RFMAP_PYTHON). RFMAP_SEED repeats the moments that a failure names.
"""

import os
import pathlib
import random
import re
import signal
import subprocess
import time
import unittest

import h5py

from repeated_runs import contents, digests, link_images
from rfmap_case import RFMAP, RfmapCase
from small_network import small_network

IMAGES = 2400  # several blocks of the scan, 512 each
DIFFERENT = 48  # images; the rest are links to them
KILLS = 40  # enough: every run commits something before it is killed


class ManyImages(RfmapCase):
    """A network and images for a run of some seconds, and its command."""

    def setUp(self):
        super().setUp()
        self.model = self.write("net.onnx", small_network(side=56, units=(6, 8)))
        self.images = link_images(self.folder / "many", IMAGES, DIFFERENT)
        self.parts = self.folder / "fields.h5.parts"
        self.log = self.folder / "log"

    def command(self, **changes):
        """A run of some seconds; the cpu engine, windows where they are faster."""
        values = {
            "stride": 1, "overhang": True, "top_k": 80, "layers": "all", "keep_maps": True,
            "commit_every": 0.2, "log_file": self.log, "resume": True,
        } | changes
        return [RFMAP, *map(str, self.estimate_args(**values))]


class Killed(ManyImages):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("RFMAP_SEED", random.SystemRandom().randrange(10**6)))
        print(f"seed {seed}", flush=True)
        self.draw = random.Random(seed)
        self.note = f"RFMAP_SEED={seed} repeats the moments"

    def measured_before(self):
        """(images, pairs) in the committed parts."""
        pairs = 0
        for path in self.parts.glob("maps-*.h5"):
            with h5py.File(path) as part:
                pairs += len(part["pair"])
        blocks = len(list(self.parts.glob("scan-*.h5")))
        return min(IMAGES, 512 * blocks), pairs

    def check_reuse(self, before):
        """The log says that the parts of earlier runs, BEFORE images and pairs, were reused."""
        text = self.log_text()
        if not text or "already complete" in text:
            return  # killed before it read the parts, or while it removed them
        images = re.findall(r"resumed: (\d+) of \d+ images", text)
        pairs = re.findall(r"resumed: (\d+) of \d+ pairs", text)
        if text.count("\n") > 1:
            self.assertEqual(images, [str(before[0])] if before[0] else [], text)
        if "to come:" in text and "occlude" in text:
            self.assertEqual(pairs, [str(before[1])] if before[1] else [], text)

    def log_text(self):
        return self.log.read_text() if self.log.exists() else ""

    def phase(self):
        """The phase that the run of the log was in; "start" before the scan."""
        text = self.log_text()
        if "to come:" in text:
            return "occlude"
        return "scan" if text else "start"

    def kill(self, sign, sent, longest):
        """Resumes the run, waits until one more file fits SIGN and then at random up to LONGEST
        seconds, and sends the signal SENT. Returns the phase that was hit, "done" if none was."""
        self.log.unlink(missing_ok=True)
        before, held = self.measured_before(), digests(self.parts, "*.h5")
        wanted = len(list(self.parts.glob(sign))) + 1 if sign else 0
        with subprocess.Popen(self.command(), cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as run:
            while run.poll() is None and len(list(self.parts.glob(sign or "*"))) < wanted:
                time.sleep(0.002)
            time.sleep(self.draw.uniform(0, longest))
            run.send_signal(sent)
            code = run.wait(timeout=60)
        if code == 0:
            self.check_reuse(before)
            return "done"
        self.assertIn(code, self.codes_of(sent), self.note)
        if self.out.exists():  # it was removing its parts
            return "end"
        after = digests(self.parts, "*.h5")
        self.assertEqual(after, after | held, "a part that was whole is written anew")
        self.check_reuse(before)
        return self.phase()

    def codes_of(self, sent):
        """Correct exit codes; before its first message a run may not catch signals yet."""
        if sent == signal.SIGKILL:
            return [-sent]
        return [130] if self.log_text() else [130, -sent]

    def test_any_moment(self):
        started = time.monotonic()
        undisturbed = self.command(out="undisturbed.h5", log_file=self.folder / "first.log")
        subprocess.run(undisturbed, cwd=self.folder, check=True, capture_output=True, timeout=300)
        whole = time.monotonic() - started
        aimed = [("scan-*.h5", signal.SIGKILL), ("scan-*.h5", signal.SIGTERM),
                 ("maps-*.h5", signal.SIGKILL), ("maps-*.h5", signal.SIGTERM)]
        hits = [self.kill(sign, sent, whole / 20) + f" {sent.name}" for sign, sent in aimed]
        while len(hits) < KILLS and not hits[-1].startswith("done"):
            sent = self.draw.choice([signal.SIGKILL, signal.SIGTERM])
            hits.append(self.kill("", sent, whole / 2) + f" {sent.name}")
        print(f"{whole:.1f} s undisturbed; {', '.join(hits)}", flush=True)
        for phase in ("scan", "occlude"):
            for sent in ("SIGKILL", "SIGTERM"):
                self.assertIn(f"{phase} {sent}", hits, self.note)
        answer = subprocess.run(self.command(), cwd=self.folder, capture_output=True, timeout=300)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_whole(self.out)
        self.assertFalse(self.parts.exists())
        self.assert_equal_files()

    def assert_equal_files(self):
        wanted, got = contents(self.folder / "undisturbed.h5"), contents(self.out)
        self.assertEqual(sorted(got), sorted(wanted), self.note)
        self.assertGreater(sum(name.endswith("/discrepancy") for name in wanted), 3)
        for name, value in wanted.items():
            self.assertTrue(got[name] == value, f"{name} differs; {self.note}")


class OtherRuns(ManyImages):
    """Parts of a different run are refused, and the message names the difference."""

    def stopped(self, **changes):
        """A run that is killed once it has committed a part; its folder."""
        command = self.command(**changes)
        folder = pathlib.Path(str(changes.get("out", self.out)) + ".parts")
        with subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as run:
            while run.poll() is None and not list(folder.glob("scan-*.h5")):
                time.sleep(0.002)
            run.kill()
        self.assertTrue(list(folder.glob("scan-*.h5")))
        return folder

    def refused(self, code, *parts, **changes):
        options = {"commit_every": None, "log_file": None, "quiet": True} | changes
        self.assert_refused(self.rfmap(*self.command(**options)[1:]), code, *parts)

    def test_are_refused_by_name(self):
        folder = self.stopped()
        self.refused(2, str(folder), "--stride (1x1 there, 2x2 here)", "--overwrite", stride=2)
        self.refused(2, "--fill (noise there, gray here)", fill="gray")
        self.refused(2, "--strategy (auto there, full here)", strategy="full")
        self.refused(2, "engine (cpu there, reference here)", device="reference")
        self.refused(2, "preprocessing", mean=10)
        other = self.write("other.onnx", small_network(side=56, units=(6, 9)))
        self.refused(2, "differs in model (", model=other)
        (self.images / "image0007.png").unlink()
        self.refused(2, "differs in images (")

    def test_part_under_a_name_of_this_run(self):
        self.stopped()
        foreign = self.stopped(out=self.folder / "other.h5", seed=5)
        taken = self.parts / "scan-00000.h5"
        taken.write_bytes((foreign / taken.name).read_bytes())
        self.refused(3, str(taken), "fingerprint", "remove it")


if __name__ == "__main__":
    unittest.main()
