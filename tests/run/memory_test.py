"""Memory of the host: --memory is a limit that is kept, and too little of it is one sentence."""

import os
import re
import resource
import unittest

from rfmap_case import RFMAP, RfmapCase
from small_images import rectangles
from small_network import small_network

BESIDE = 150e6  # libraries, weights, images and their results
SIDE = 160


class Memory(RfmapCase):
    """A network whose values take 11 MB an image at its first layer."""

    def setUp(self):
        super().setUp()
        self.model = self.write("net.onnx", small_network(side=SIDE, units=(96, 4)))
        self.images = self.folder / "large"
        self.images.mkdir()
        for i in range(2):
            (self.images / f"{i}.png").write_bytes(rectangles(i, side=SIDE))
        self.run_options = {"layers": "conv1,conv2", "units": "0-1", "top_k": 1, "occluder": 40,
                            "stride": 40, "device": "cpu"}

    def peak(self, **changes):
        """Bytes of a run, and the batch that it took."""
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        args = self.estimate_args(overwrite=True, verbose=True, quiet=None, log_file=log,
                                  **self.run_options | changes)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        child = os.posix_spawn(RFMAP, [RFMAP, *map(str, args)], os.environ,
                               file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 1),
                                             (os.POSIX_SPAWN_DUP2, nowhere, 2)])
        os.close(nowhere)
        _, status, used = os.wait4(child, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, log.read_text())
        return used.ru_maxrss * 1024, int(re.search(r"batch (\d+),", log.read_text())[1])

    def test_limits_are_kept(self):
        batches = []
        for strategy in ("full", "window"):
            for text, limit in (("60M", 60 << 20), ("300M", 300 << 20), ("1G", 1 << 30)):
                with self.subTest(strategy=strategy, memory=text):
                    bytes_held, batch = self.peak(memory=text, strategy=strategy, with_gradient=True)
                    print(f"{strategy} {text}: batch {batch}, {bytes_held / 1e6:.0f} MB", flush=True)
                    self.assertLess(bytes_held, limit + BESIDE)
                    batches.append(batch)
        self.assertLess(batches[0], batches[2])

    def test_a_limit_that_is_too_small(self):
        answer = self.estimate(memory="1M", strategy="full", **self.run_options)
        self.assert_refused(answer, 2, "--memory", "the smallest batch, 2 samples, needs", "at least that")

    def test_little_memory_is_one_sentence_and_can_be_resumed(self):
        """From a limit (ulimit -v) at which the program starts to one with which it ends."""
        least = self.least_to_start()
        told = set()
        for more in (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512):
            limit = least + (more << 20)
            answer = self.estimate(resume=True, threads=1, preexec=limit, **self.run_options)
            if answer.returncode == 0:
                break
            self.assertEqual(answer.returncode, 1, answer.stderr)
            self.assertRegex(answer.stderr.splitlines()[-1], "^rfmap: .*(memory|thread)")
            told.add(answer.stderr.splitlines()[-1])
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertTrue(any("(ulimit -v) leaves" in text for text in told), told)
        self.assert_whole(self.out)

    def estimate(self, preexec=None, **changes):
        options = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (preexec, preexec))}
        return self.rfmap(*self.estimate_args(**changes), **options if preexec else {})

    def least_to_start(self):
        low, high = 16 << 20, 2 << 30
        while high - low > 4 << 20:
            middle = (low + high) // 2
            answer = self.rfmap("--version", preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_AS, (middle, middle)))
            low, high = (low, middle) if answer.returncode == 0 else (middle, high)
        return high


if __name__ == "__main__":
    unittest.main()
