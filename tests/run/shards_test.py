"""Runs divided in shards give the file of one process; what is missing or foreign is named.

Needs h5py (RFMAP_PYTHON).
"""

import json
import shutil
import signal
import subprocess
import time
import unittest

import h5py

from repeated_runs import contents, link_images
from rfmap_case import RFMAP, RfmapCase
from small_images import rectangles
from small_network import small_network

BLOCK = 512  # images of a block of the scan
IMAGES = 2 * BLOCK + 100  # three blocks, so that three shards have one each
DIFFERENT = 40  # images; the rest are links to them, so that responses tie


class Shards(RfmapCase):
    # Options of a run of some seconds that commits nothing unless it is stopped.
    LONG = {"commit_every": 1000, "stride": 1, "overhang": True, "top_k": 80, "with_gradient": None}

    def setUp(self):
        super().setUp()
        self.model = self.write("net.onnx", small_network(side=56, units=(6, 8)))
        self.images = link_images(self.folder / "many", IMAGES, DIFFERENT)
        self.parts = self.folder / "fields.h5.parts"

    def command(self, **changes):
        """Top and bottom images, with kept maps and gradients; the cpu engine by windows, a choice
        that no clock makes."""
        values = {
            "stride": 8, "occluder": 11, "top_k": 12, "bottom_k": 5, "layers": "conv1,conv2",
            "before_activation": True, "keep_maps": True, "with_gradient": True,
            "strategy": "window", "commit_every": 0.2, "resume": True, "device": "cpu",
        } | changes
        return [*map(str, self.estimate_args(**values))]

    def start(self, shard, **changes):
        return subprocess.Popen([RFMAP, *self.command(shard=shard, quiet=None, **changes)],
                                cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)

    def run_together(self, count, **changes):
        """All shards at once; they wait for each other."""
        runs = [self.start(f"{i}/{count}", **changes) for i in range(1, count + 1)]
        for run in runs:
            _, text = run.communicate(timeout=300)
            self.assertEqual(run.returncode, 0, text)
            self.assertIn("rfmap merge", text)

    def run_one(self, shard, **changes):
        return self.rfmap(*self.command(shard=shard, **changes))

    def run_in_turn(self, count, **changes):
        """One after the other, as a job array with a single place does: all but the last end before
        the scan is whole, and are started again."""
        for i in range(1, count):
            answer = self.run_one(f"{i}/{count}", wait=0, **changes)
            self.assert_refused(answer, 130, "--resume", "not scanned all their images")
        for i in range(count, 0, -1):
            answer = self.run_one(f"{i}/{count}", wait=0, **changes)
            self.assertEqual(answer.returncode, 0, answer.stderr)

    def undisturbed(self, **changes):
        """The file of one process."""
        out = self.folder / "single.h5"
        answer = self.rfmap(*self.command(out=out, **changes))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return contents(out)

    def merge(self, *args):
        return self.rfmap("merge", self.out, "--threads", 1, "--quiet", *args)

    def assert_merges_to(self, wanted):
        answer = self.merge()
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("conv2", answer.stdout)
        self.assert_merged(wanted)

    def assert_merged(self, wanted):
        self.assertFalse(self.parts.exists())
        self.assert_whole(self.out)
        got = contents(self.out)
        self.assertEqual(sorted(got), sorted(wanted))
        self.assertEqual([name for name in wanted if got[name] != wanted[name]], [])
        self.assertEqual(list(self.folder.rglob("*.part")), [])


class SameBytes(Shards):
    def test_one_two_and_three_shards_give_the_file_of_one_process(self):
        wanted = self.undisturbed()
        for part in ("/discrepancy", "/gradient_field", "/bottom/top_activation"):
            self.assertTrue([name for name in wanted if name.endswith(part)], part)
        with h5py.File(self.folder / "single.h5") as file:
            tops = []
            file.visititems(lambda name, item: tops.append(item[()])
                            if name.endswith("/top_activation") else None)
        self.assertTrue(any((t[:, 1:] == t[:, :-1]).any() for t in tops), "no ties in the top K")
        for count in (1, 2, 3):
            self.run_together(count)
            self.assert_merges_to(wanted)
            self.out.unlink()
        self.run_in_turn(3)
        self.assert_merges_to(wanted)

    def test_every_shard_measures_a_fair_part(self):
        self.run_in_turn(2)
        pairs = {}
        for kind in ("maps", "gradient"):
            for shard in ("1of2", "2of2"):
                pairs[kind, shard] = []
                for path in sorted(self.parts.glob(f"{kind}-{shard}-*.h5")):
                    with h5py.File(path) as part:
                        pairs[kind, shard] += list(part["pair"][()])
            first, second = pairs[kind, "1of2"], pairs[kind, "2of2"]
            self.assertFalse(set(first) & set(second))
            self.assertLess(abs(len(first) - len(second)), 0.5 * len(first + second))
        self.assertEqual(sum(map(len, pairs.values())), 2 * len(set().union(*pairs.values())))

    def test_merge_needs_nothing_but_the_name_wherever_it_starts(self):
        wanted = self.undisturbed(model="net.onnx", images="many")
        self.run_in_turn(2, model="net.onnx", images="many", out="fields.h5")
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        answer = subprocess.run([RFMAP, "merge", str(self.out), "--quiet"], cwd=elsewhere,
                                capture_output=True, text=True, timeout=300)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(contents(self.out), wanted)

    def test_skipped_images_are_the_merges_matter(self):
        (self.images / "image0007.png").unlink()
        (self.images / "image0007.png").write_bytes(b"no picture")
        self.run_together(2)
        answer = self.merge()
        self.assertEqual(answer.returncode, 4, answer.stderr)
        self.assertIn("1 image(s)", answer.stderr)
        self.assert_whole(self.out)


class Stopped(Shards):
    def kill_once(self, shard, sign, sent, **changes):
        """Starts the shard and sends the signal once one more file fits SIGN."""
        wanted = len(list(self.parts.glob(sign))) + 1
        with self.start(shard, **changes) as run:
            while run.poll() is None and len(list(self.parts.glob(sign))) < wanted:
                time.sleep(0.001)
            run.send_signal(sent)
            _, text = run.communicate(timeout=120)
        return run.returncode, text

    def test_killed_shards_go_on_and_give_the_same(self):
        wanted = self.undisturbed()
        self.kill_once("1/2", "scan-*.h5", signal.SIGKILL)
        self.kill_once("2/2", "scan-*.h5", signal.SIGTERM)
        self.assertFalse(self.out.exists())
        for shard in ("1/2", "2/2"):  # scan what the kill left
            self.assertIn(self.run_one(shard, wait=0).returncode, (0, 130))
        shutil.rmtree(self.parts)
        self.assertEqual(self.run_one("2/2", wait=0).returncode, 130)
        for sent in (signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1, signal.SIGKILL):
            code, text = self.kill_once("1/2", "maps-1of2-*.h5", sent, commit_every=1e-6)
            self.assertIn(code, (0, 130, -sent), text)
        for shard in ("1/2", "2/2"):
            answer = self.run_one(shard, wait=0)
            self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_merges_to(wanted)

    def test_a_killed_merge_is_repeated(self):
        wanted = self.undisturbed()
        self.run_in_turn(2)
        with subprocess.Popen([RFMAP, "merge", str(self.out), "--threads", "1", "--quiet"],
                              cwd=self.folder, stdout=subprocess.DEVNULL) as run:
            while run.poll() is None and not (self.folder / "fields.h5.part").exists():
                time.sleep(0.001)
            run.kill()
        if self.out.exists():  # it was quicker
            self.assertEqual(contents(self.out), wanted)
            return
        self.assert_merges_to(wanted)
        answer = self.rfmap("merge", self.out)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("already complete", answer.stderr)

    def test_slurms_warning_stops_a_run_that_can_be_resumed(self):
        """SIGUSR1, also more than once, as SIGTERM; for a run of one process too."""
        for shard in (None, "1/1"):
            code, text = self.warn_twice(shard)
            self.assertEqual(code, 130, text)
            self.assertIn("interrupted", text)
            self.assertEqual(len(list(self.parts.glob("maps-*.h5"))), 1)
            answer = self.run_one(shard, quiet=None, **self.LONG)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertRegex(answer.stderr, r"resumed: \d+ of \d+ pairs")
            shutil.rmtree(self.parts, ignore_errors=True)
            self.out.unlink(missing_ok=True)

    def warn_twice(self, shard):
        """Sends the signal twice once the run measures; it must have more to do."""
        with self.start(shard, **self.LONG) as run:
            while run.poll() is None and not list(self.parts.glob("maps-*.part")):
                time.sleep(0.005)
            for _ in range(2):
                run.send_signal(signal.SIGUSR1)
                time.sleep(0.005)
            _, text = run.communicate(timeout=120)
        return run.returncode, text


class Refused(Shards):
    FAST = {"with_gradient": None, "stride": 11, "top_k": 3, "bottom_k": None,
            "before_activation": None, "layers": "conv1"}

    def one(self, shard, **changes):
        return self.run_one(shard, wait=0, **self.FAST | changes)

    def test_missing_and_unfinished_shards_are_named(self):
        self.assert_refused(self.merge(), 2, "fields.h5.parts", "holds no shards")
        self.assertEqual(self.one("1/5").returncode, 130)
        self.assertEqual(self.one("3/5").returncode, 130)
        self.assert_refused(self.merge(), 2, "0 of 5 shards", "not begun: 2, 4 and 5",
                            "not finished: 1 and 3")
        self.assertEqual(self.one("2/5").returncode, 0)  # shards 4 and 5 have no block to scan
        self.assert_refused(self.merge(), 2, "1 of 5 shards", "not begun: 4 and 5")
        self.assertFalse(self.out.exists())

    def test_a_removed_part_is_noticed(self):
        for shard in ("1/2", "2/2", "1/2"):
            self.one(shard)
        for path in self.parts.glob("maps-2of2-*.h5"):
            path.unlink()
        self.assert_refused(self.merge(), 3, "fields.h5.parts", "--overwrite")
        self.assertFalse(self.out.exists())
        self.assertEqual(self.one("2/2", overwrite=True, resume=None).returncode, 0)
        self.assertEqual(self.merge().returncode, 0)

    def test_a_shard_of_another_run_is_named(self):
        self.assertEqual(self.one("1/2").returncode, 130)
        self.assert_refused(self.one("2/2", seed=5), 2, "--seed (0 there, 5 here)")
        self.assert_refused(self.one("2/2", overwrite=True, seed=5), 2, "--seed (0 there, 5 here)")
        self.assert_refused(self.one("2/3"), 2, "2 shard(s)", "--shard I/2")
        self.assert_refused(self.one(None), 2, "2 shard(s)", "--overwrite")
        self.assert_refused(self.one("1/2", resume=None), 2, "shard 1 of 2 has begun", "--resume")
        self.assertEqual(self.one("2/2").returncode, 0)
        self.assertEqual(self.one("1/2").returncode, 0)
        foreign = self.folder / "other.h5"
        for shard in ("1/2", "2/2", "1/2"):
            self.one(shard, seed=5, out=foreign)
        taken = next(self.parts.glob("maps-2of2-*.h5"))
        kept = taken.read_bytes()
        taken.write_bytes((self.folder / "other.h5.parts" / taken.name).read_bytes())
        self.assert_refused(self.merge(), 3, str(taken), "fingerprint")
        taken.write_bytes(kept)
        self.assertEqual(self.merge().returncode, 0)

    def test_model_or_images_that_changed_are_named(self):
        for shard in ("1/2", "2/2", "1/2"):
            self.one(shard)
        (self.images / "one_more.png").write_bytes(rectangles(99, side=56))
        self.assert_refused(self.merge(), 2, "differs in images (")
        (self.images / "one_more.png").unlink()
        self.assertEqual(self.merge().returncode, 0)

    def test_results_and_folders_of_others_are_not_overwritten(self):
        for shard in ("1/2", "2/2", "1/2"):
            self.one(shard)
        self.assertEqual(self.rfmap(*self.command(**self.FAST, seed=3, out="old.h5")).returncode, 0)
        old = (self.folder / "old.h5").read_bytes()
        self.out.write_bytes(old)
        self.assert_refused(self.merge(), 2, "--seed (3 there, 0 here)", "--overwrite")
        self.assertEqual(self.out.read_bytes(), old)
        self.assertEqual(self.merge("--overwrite").returncode, 0)
        self.assertNotEqual(self.out.read_bytes(), old)
        mine = self.folder / "mine.h5.parts"
        mine.mkdir()
        (mine / "thesis.tex").write_text("text")
        for changes in ({}, {"overwrite": True}, {"shard": "1/2"}):
            answer = self.rfmap(*self.command(**self.FAST, out="mine.h5", **changes))
            self.assert_refused(answer, 2, "mine.h5.parts", "move it away")
        self.assertEqual((mine / "thesis.tex").read_text(), "text")

    def test_two_processes_are_not_the_same_shard(self):
        with self.start("1/2", wait=60, **self.FAST) as first:
            while first.poll() is None and not list(self.parts.glob("scan-00002.h5")):
                time.sleep(0.01)
            self.assert_refused(self.one("1/2"), 2, "shard 1 is at work")
            self.assert_refused(self.merge(), 2, "shard 1 is at work")
            alone = self.one(None, resume=None, overwrite=True)
            self.assert_refused(alone, 2, "shard 1 is at work")
            self.assertEqual(self.one("2/2").returncode, 0)
            self.assertEqual(first.wait(timeout=120), 0)
            first.communicate()
        record = json.loads((self.parts / "shard-1of2.json").read_text())
        self.assertTrue(record["finished"])
        self.assertEqual(self.merge().returncode, 0)

    def test_wrong_values(self):
        for text in ("0/2", "3/2", "2", "a/b"):
            self.assert_refused(self.run_one(text), 2, "--shard", text, "3/8")


if __name__ == "__main__":
    unittest.main()
