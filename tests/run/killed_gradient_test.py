"""`estimate --with-gradient`, killed and stopped while it measures gradients: the resumed run
reuses the committed parts and gives the bytes of an undisturbed one. Needs h5py (RFMAP_PYTHON)."""

import re
import signal
import subprocess
import time
import unittest

import h5py

from repeated_runs import contents, digests
from rfmap_case import RFMAP, RfmapCase
from small_images import rectangles
from small_network import small_network

IMAGES = 100
TRIES = 12  # on a busy machine a run may finish before its signal arrives; then it starts again


class Gradients(RfmapCase):
    def setUp(self):
        super().setUp()
        self.model = self.write("net.onnx", small_network(side=56, units=(6, 8)))
        self.images = self.folder / "some"
        self.images.mkdir()
        for i in range(IMAGES):
            (self.images / f"image{i:03}.png").write_bytes(rectangles(i, side=56))
        self.parts = self.folder / "fields.h5.parts"
        self.log = self.folder / "log"

    def command(self, **changes):
        """Few occluders, every unit and image: mostly gradients. Each image's gradients are a
        part."""
        values = {"occluder": 11, "stride": 15, "top_k": IMAGES, "layers": "all", "keep_maps": True,
                  "with_gradient": True, "commit_every": 1e-6, "resume": True,
                  "log_file": self.log} | changes
        return [RFMAP, *map(str, self.estimate_args(**values))]

    def pairs_held(self):
        held = 0
        for path in self.parts.glob("gradient-*.h5"):
            with h5py.File(path) as part:
                held += len(part["pair"])
        return held

    def stop(self, sent):
        """Begins or resumes the run, waits for three more parts of gradients and sends the signal.
        False if the run had finished before."""
        self.log.unlink(missing_ok=True)
        held, before = self.pairs_held(), digests(self.parts, "*.h5")
        wanted = len(list(self.parts.glob("gradient-*.h5"))) + 3
        with subprocess.Popen(self.command(), cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as run:
            while run.poll() is None and not (self.parts / f"gradient-{wanted - 1:05}.h5").exists():
                time.sleep(0.001)
            run.send_signal(sent)
            code = run.wait(timeout=120)
        if code == 0:
            return False
        self.assertEqual(code, 130 if sent == signal.SIGTERM else -sent)
        self.assertFalse(self.out.exists())
        after = digests(self.parts, "*.h5")
        self.assertEqual(after, after | before, "a part that was whole is written anew")
        self.assert_takes_over(held)
        return True

    def assert_takes_over(self, held):
        said = re.findall(r"resumed: (\d+) of \d+ pairs were differentiated", self.log.read_text())
        self.assertEqual(said, [str(held)] if held else [])

    def stopped_each_way(self):
        """Killed, stopped and killed again in sequence, all while gradients were measured."""
        for _ in range(TRIES):
            if all(self.stop(s) for s in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)):
                return True
            self.out.unlink()
        return False

    def test_resumed_gradients_are_those_of_an_undisturbed_run(self):
        undisturbed = self.command(out="undisturbed.h5", log_file=self.folder / "first.log")
        subprocess.run(undisturbed, cwd=self.folder, check=True, capture_output=True, timeout=300)
        self.assertTrue(self.stopped_each_way(), "gradients were too quick for every signal")
        held = self.pairs_held()
        self.assertGreater(held, 0)
        self.log.unlink()
        answer = subprocess.run(self.command(), cwd=self.folder, capture_output=True, timeout=300)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_takes_over(held)
        self.assertFalse(self.parts.exists())
        self.assert_whole(self.out)
        wanted, got = contents(self.folder / "undisturbed.h5"), contents(self.out)
        self.assertEqual(sorted(got), sorted(wanted))
        self.assertEqual(sum(name.endswith("/gradient_field") for name in wanted), 5)
        self.assertEqual([name for name in wanted if got[name] != wanted[name]], [])


if __name__ == "__main__":
    unittest.main()
