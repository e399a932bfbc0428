"""Complete runs of rfmap on the GPU that is played on the CPU (rfmap_ptx): in each precision against the CPU's
engine, and on a device that is lost. Needs h5py."""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "run"))

import cuda_on_host_test  # noqa: E402
from rfmap_case import RfmapCase  # noqa: E402

# cuDNN's first plan for a layer may do without tensor cores, and so be as exact as fp32.
cuda_on_host_test.MAPS["tf32"] = (0, 3e-3)


class InEachPrecision(cuda_on_host_test.Precisions):
    test_tf32_is_the_default_and_results_name_it = None  # of the other device


class LostDevice(RfmapCase):
    def run_on_gpu(self, out, more=(), **environment):
        args = self.estimate_args(device="cuda", precision="tf32", out=out, layers="conv1,pool1,conv2")
        return self.rfmap(*args, *more, env=os.environ | environment)

    def summary(self, out):
        answer = self.rfmap("summary", out, "--format", "csv")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return answer.stdout

    def test_the_run_ends_with_one_sentence_and_resume_completes_it(self):
        whole, resumed = self.folder / "whole.h5", self.folder / "resumed.h5"
        self.assertEqual(self.run_on_gpu(whole).returncode, 0)
        for kernels in ("0", "15", "40"):
            with self.subTest(kernels=kernels):
                resumed.unlink(missing_ok=True)
                lost = self.run_on_gpu(resumed, RFMAP_PTX_LOST_AFTER=kernels)
                self.assertEqual(lost.returncode, 1, lost.stderr)
                self.assertIn("an illegal memory access was encountered", lost.stderr)
                self.assertFalse(resumed.exists())
                self.assertEqual(self.run_on_gpu(resumed, ["--resume"]).returncode, 0)
                self.assertEqual(self.summary(resumed), self.summary(whole))


if __name__ == "__main__":
    unittest.main()
