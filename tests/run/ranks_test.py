"""Runs of several MPI ranks give the file of one process, whatever happens to a rank.

Needs h5py (RFMAP_PYTHON) and mpirun. RFMAP_SEED repeats the moments that a failure names.
"""

import json
import os
import pathlib
import random
import re
import signal
import subprocess
import time
import unittest

import h5py

from killed_test import contents
from repeated_runs import link_images
from rfmap_case import RFMAP, RfmapCase
from small_network import small_network

IMAGES = 1500
DIFFERENT = 40  # images; the rest are links to them, so that responses tie
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
# A machine without a network, and no files but those of the test.
ENVIRONMENT = {"OMPI_MCA_btl": "self,vader", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
               "SOURCE_DATE_EPOCH": "0"}


def children(pid):
    """Process ids of all that PID has started, directly or not."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found += [child, *children(child)]
    return found


def command_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return [b""]


class Ranks(RfmapCase):
    def setUp(self):
        super().setUp()
        self.model = self.write("net.onnx", small_network(side=56, units=(6, 8)))
        self.images = link_images(self.folder / "many", IMAGES, DIFFERENT)
        self.parts = self.folder / "fields.h5.parts"

    def command(self, **changes):
        """Top and bottom images, with kept maps and gradients, by windows."""
        values = {
            "stride": 8, "occluder": 11, "top_k": 12, "bottom_k": 5, "layers": "conv1,conv2",
            "before_activation": True, "keep_maps": True, "with_gradient": True,
            "strategy": "window", "commit_every": 0.2, "resume": True, "device": "cpu",
        } | changes
        return [RFMAP, *map(str, self.estimate_args(**values))]

    def start(self, count, **changes):
        """A job of COUNT ranks; 0: without mpirun."""
        launcher = [*MPIRUN, "-n", str(count)] if count else []
        return subprocess.Popen([*launcher, *self.command(**changes)], cwd=self.folder,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=os.environ | ENVIRONMENT)

    def run_ranks(self, count, code=0, **changes):
        with self.start(count, **changes) as run:
            text, errors = run.communicate(timeout=120)
        self.assertEqual(run.returncode, code, errors)
        return text, errors

    def ranks_of(self, run):
        """Process ids of the ranks."""
        return [pid for pid in children(run.pid) if command_of(pid)[0] == os.fsencode(RFMAP)]

    def await_ranks(self, run, count):
        while run.poll() is None and len(self.ranks_of(run)) < count:
            time.sleep(0.005)
        return self.ranks_of(run)

    def await_file(self, run, sign):
        """Until one more file of the folder fits SIGN."""
        wanted = len(list(self.parts.glob(sign))) + 1
        while run.poll() is None and len(list(self.parts.glob(sign))) < wanted:
            time.sleep(0.002)

    def assert_ended(self, pids):
        """None of the ranks is left."""
        end = time.monotonic() + 10
        while time.monotonic() < end and any(command_of(p)[0] for p in pids):
            time.sleep(0.02)
        self.assertEqual([p for p in pids if command_of(p)[0]], [])

    def assert_same(self, wanted):
        self.assertFalse(self.parts.exists())
        got = contents(self.out)
        self.assertEqual(sorted(got), sorted(wanted))
        self.assertEqual([name for name in wanted if got[name] != wanted[name]], [])
        self.assertEqual(list(self.folder.rglob("*.part")), [])

    def undisturbed(self, **changes):
        self.run_ranks(0, **changes)
        wanted = contents(self.out)
        self.out.unlink()
        return wanted


class SameBytes(Ranks):
    def test_one_two_and_four_ranks_write_the_bytes_of_one_process(self):
        self.run_ranks(0)
        wanted, bytes_wanted = contents(self.out), self.out.read_bytes()
        with h5py.File(self.out) as file:
            tops = []
            file.visititems(lambda name, item: tops.append(item[()])
                            if name.endswith("/top_activation") else None)
        self.assertTrue(any((t[:, 1:] == t[:, :-1]).any() for t in tops), "no ties in the top K")
        self.out.unlink()
        for count in (1, 2, 4):
            text, errors = self.run_ranks(count)
            self.assertEqual(text.count("conv2"), 1)  # the table, from rank 0 only
            self.assertEqual(errors, "")
            self.assert_same(wanted)
            self.assertEqual(self.out.read_bytes(), bytes_wanted)
            self.out.unlink()

    def test_all_ranks_work_and_rank_0_alone_tells_it(self):
        _, errors = self.run_ranks(2, quiet=None, threads=None, commit_every=0.01, stride=2)
        for sentence in ("2 ranks, 2 of them on this machine", "to come:", "scanned 1500 images",
                         "2 ranks together"):
            self.assertEqual(errors.count(sentence), 1, errors)
        self.assertRegex(errors, r"occlude: \d+ pairs in")
        pairs = re.search(r"to come: (\d+) ", errors).group(1)
        self.assertIn(f"occlude: {pairs} pairs in", errors)
        cores = len(os.sched_getaffinity(0))
        self.assertIn(f"; {max(1, cores // 2)} thread(s)", errors)

    def test_texts_are_printed_once(self):
        for option, sign in (("help", "Usage: "), ("print_config", "stride = ")):
            text, errors = self.run_ranks(3, **{option: True})
            self.assertEqual((text.count(sign), errors), (1, ""), text)

    def test_skipped_images_of_any_rank_are_named_and_counted(self):
        broken = [self.images / f"image{i:04}.png" for i in (7, 700, 1400)]
        for path in broken:
            path.unlink()
            path.write_bytes(b"no picture")
        _, errors = self.run_ranks(2, code=4)
        for path in broken:
            self.assertEqual(errors.count(f"skipped: {path}"), 1, errors)
        self.assertIn("3 image(s)", errors)


class Stopped(Ranks):
    LONG = {"stride": 1, "overhang": True, "top_k": 80}

    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("RFMAP_SEED", random.SystemRandom().randrange(10**6)))
        print(f"seed {seed}", flush=True)
        self.draw = random.Random(seed)

    def signalled(self, count, sign, sent, every=False, **changes):
        """Starts a job and sends the signal to one rank at random, or to every one."""
        with self.start(count, **changes) as run:
            ranks = self.await_ranks(run, count)
            self.await_file(run, sign)
            time.sleep(self.draw.uniform(0, 0.2))
            for pid in ranks if every else [self.draw.choice(ranks)]:
                try:
                    os.kill(pid, sent)
                except ProcessLookupError:
                    pass
            _, errors = run.communicate(timeout=60)
        self.assert_ended(ranks)
        return run.returncode, errors

    def test_a_killed_rank_ends_the_job_and_any_number_of_ranks_continues_it(self):
        longer = self.LONG | {"top_k": 160}
        wanted = self.undisturbed(**longer)
        for count, sign in ((2, "scan-*.h5"), (4, "maps-*.h5"), (2, "maps-*.h5")):
            code, errors = self.signalled(count, sign, signal.SIGKILL, **longer)
            self.assertNotEqual(code, 0, "the job had ended before it was killed")
            self.assertFalse(self.out.exists(), errors)
        owners = {path.name.rsplit("-", 1)[0] for path in self.parts.glob("maps-*.h5")}
        self.assertGreater(len(owners), 1)
        _, errors = self.run_ranks(self.draw.choice((0, 2, 4)), quiet=None, **longer)
        self.assertRegex(errors, r"resumed: \d+ of 1500 images")
        self.assertRegex(errors, r"resumed: \d+ of \d+ pairs")
        self.assert_same(wanted)

    def test_a_rank_killed_in_gradients(self):
        wanted = self.undisturbed(**self.LONG)
        self.signalled(3, "gradient-*.h5", signal.SIGKILL, **self.LONG)
        self.run_ranks(self.draw.choice((0, 2, 4)), **self.LONG)
        self.assert_same(wanted)

    def test_a_signal_to_one_rank_or_to_all_stops_the_job_to_be_resumed(self):
        wanted = self.undisturbed(**self.LONG)
        for sent, every in ((signal.SIGUSR1, False), (signal.SIGUSR1, True), (signal.SIGTERM, False)):
            code, errors = self.signalled(2, "maps-*.part", sent, every, **self.LONG)
            self.assertEqual(code, 130, errors)
            self.assertEqual(errors.count("rfmap: interrupted"), 1, errors)
            self.assertLessEqual(errors.count("stopping all ranks"), 1, errors)
        self.run_ranks(4, **self.LONG)
        self.assert_same(wanted)

    def test_signals_to_mpirun_reach_the_ranks(self):
        """SIGTERM: mpirun waits a second, sends it on, waits a second and kills; its code is its
        own."""
        for sent, codes in ((signal.SIGUSR1, [130]), (signal.SIGTERM, [1, 130, 143])):
            with self.start(2, **self.LONG | {"top_k": 1000}) as run:
                ranks = self.await_ranks(run, 2)
                self.await_file(run, "maps-*.part")
                run.send_signal(sent)
                _, errors = run.communicate(timeout=60)
            self.assertIn(run.returncode, codes, errors)
            self.assert_ended(ranks)
            self.assertTrue(list(self.parts.glob("maps-*.h5")), f"{sent.name}: {errors}")


class Refused(Ranks):
    def refused(self, count, code, *sentences, **changes):
        """All ranks end with one sentence of the program."""
        _, errors = self.run_ranks(count, code=code, **changes)
        lines = [line for line in errors.splitlines() if line.startswith("rfmap: ")]
        self.assertEqual(len(lines), 1, errors)
        for sentence in sentences:
            self.assertIn(sentence, lines[0])

    def test_one_sentence_for_all(self):
        self.refused(2, 2, "--shard", "2 ranks", shard="1/2")
        self.refused(2, 2, "--model", model=None)
        self.refused(2, 2, "--out", "does not exist", out="nowhere/fields.h5")
        (self.parts).mkdir()
        (self.parts / "thesis.tex").write_text("text")
        self.refused(2, 2, "fields.h5.parts", "move it away")

    def test_the_error_of_one_rank_is_that_of_all(self):
        script = self.folder / "rank.sh"
        script.write_text('if [ $OMPI_COMM_WORLD_RANK = 1 ]; then set -- "$@" $LAST\n'
                          'else set -- "$@" --model net.onnx --out fields.h5; fi\nexec "$@"\n')
        for last, sentence in (("--model net.onnx --out fields.h5 --seed 5", "--seed (0 there, 5 here)"),
                               ("--model net.onnx --out other.h5", "--out (fields.h5 there, other.h5 here)"),
                               ("--out fields.h5 --model conv9.onnx", "conv9")):
            command = [*MPIRUN, "-n", "2", "sh", script, *self.command(out=None, model=None)]
            answer = subprocess.run(command, cwd=self.folder, capture_output=True, text=True,
                                    timeout=60, env=os.environ | ENVIRONMENT | {"LAST": last})
            self.assertIn(sentence, answer.stderr)
            self.assertIn("rfmap: rank 1: ", answer.stderr)
            self.assertIn(answer.returncode, (2, 3), answer.stderr)
        self.assertFalse(self.out.exists())

    def test_a_second_job_is_refused_while_the_first_runs(self):
        with self.start(2, stride=1, top_k=1000) as first:
            self.await_file(first, "maps-*.part")
            self.refused(2, 2, "another rfmap is at work", stride=1, top_k=1000)
            self.refused(0, 2, "another rfmap is at work", stride=1, top_k=1000)
            first.send_signal(signal.SIGUSR1)
            _, errors = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 130, errors)

    def test_a_finished_run_is_left_alone(self):
        self.run_ranks(2)
        before = self.out.read_bytes()
        _, errors = self.run_ranks(2, quiet=None)
        self.assertIn("already complete", errors)
        self.assertEqual(self.out.read_bytes(), before)

    def test_a_launcher_that_mpi_does_not_know(self):
        command = self.command()
        answer = subprocess.run(command, cwd=self.folder, capture_output=True, text=True,
                                env=os.environ | {"PMI_SIZE": "2", "PMI_RANK": "0"})
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertIn("started as one of 2 ranks", answer.stderr)


if __name__ == "__main__":
    unittest.main()
