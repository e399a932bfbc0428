"""The program with the CUDA engine on a machine without a GPU, or with its GPUs hidden."""

import os
import subprocess
import unittest

from rfmap_case import RFMAP, RfmapCase

HIDDEN = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}


class StartAnywhere(RfmapCase):
    def test_asks_the_loader_for_nothing_of_cuda(self):
        """So it starts without a driver, CUDA and cuDNN."""
        needed = subprocess.run(["readelf", "-d", RFMAP], capture_output=True, text=True, check=True)
        libraries = [line.lower() for line in needed.stdout.splitlines() if "(NEEDED)" in line]
        self.assertTrue(any("libc.so" in line for line in libraries))
        for name in ("libcuda", "libcudart", "libcudnn", "libcublas", "libnv"):
            self.assertFalse([line for line in libraries if name in line])

    def test_devices_says_why_the_gpu_is_not_used(self):
        answer = self.rfmap("devices", env=HIDDEN)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertRegex(answer.stdout, r"(?m)^cpu +yes +\S")
        self.assertRegex(answer.stdout, r"(?m)^cuda +no +no NVIDIA GPU")

    def test_auto_falls_back_to_the_cpu_and_says_why_once(self):
        fields = {}
        for device in ("auto", "cpu"):
            self.out = self.folder / f"{device}.h5"
            answer = self.rfmap(*self.estimate_args(device=device, quiet=None), env=HIDDEN)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            why = [line for line in answer.stderr.splitlines() if "no NVIDIA GPU" in line]
            self.assertEqual(len(why), 1 if device == "auto" else 0, answer.stderr)
            self.assertTrue(all(line.endswith("; the CPU computes") for line in why), why)
            fields[device] = self.summary()
        self.assertEqual(fields["auto"], fields["cpu"])

    def test_asking_for_the_gpu_is_an_error(self):
        for device in ("cuda", "cuda:0", "cuda:7"):
            answer = self.rfmap(*self.estimate_args(device=device), env=HIDDEN)
            self.assert_refused(answer, 1, "no NVIDIA GPU", "--device cpu")
            self.assert_nothing_left()

    def test_a_precision_of_the_gpu_alone_is_not_changed_silently(self):
        answer = self.rfmap(*self.estimate_args(device="auto", precision="tf32"), env=HIDDEN)
        self.assert_refused(answer, 2, "--precision tf32", "fp32")
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
