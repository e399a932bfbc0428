"""Complete runs of the CUDA engine on a host device (rfmap_on_host), in each precision, checked by
the script that checks a GPU's. Needs h5py."""

import subprocess
import sys
import unittest

import h5py

from rfmap_case import ROOT, RfmapCase

# Largest difference of a map from the CPU's, relative to the layer's largest response: at least and
# at most.
MAPS = {"fp32": (0, 1e-5), "tf32": (1e-6, 3e-3), "fp16": (1e-6, 3e-3), "bf16": (1e-4, 3e-2)}


class Precisions(RfmapCase):
    def run_with(self, name, **options):
        answer = self.estimate(out=self.folder / f"{name}.h5", keep_maps=True, layers="conv1,pool1,conv2",
                               **options)
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def compare(self, *precisions):
        """Rows of precision.py by precision and layer."""
        command = [sys.executable, ROOT / "scripts/gpu/precision.py", self.folder, *precisions]
        answer = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertIn("the same bits", answer.stdout)
        rows, precision = {}, None
        for words in map(str.split, answer.stdout.splitlines()):
            if len(words) == 1:
                precision = words[0]
            elif words[0] in ("conv1", "pool1", "conv2"):
                rows[precision, words[0]] = list(map(float, words[1:]))
        self.assertEqual(len(rows), 3 * len(precisions))
        return rows

    def test_maps_stay_as_near_the_cpus_as_the_digits_allow(self):
        self.run_with("cpu", device="cpu")
        for precision in MAPS:
            self.run_with(precision, device="cuda", precision=precision)
        self.run_with("again", device="cuda", precision="fp32")
        for (precision, layer), row in self.compare(*MAPS).items():
            _, _, largest_move, same, maps = row
            least, most = MAPS[precision]
            self.assertTrue(least <= maps <= most, (precision, layer, maps))
            if precision == "fp32":
                self.assertEqual(same, 1, layer)
                self.assertLess(largest_move, 0.02, layer)

    def test_tf32_is_the_default_and_results_name_it(self):
        self.run_with("default", device="cuda")
        with h5py.File(self.folder / "default.h5") as file:
            self.assertEqual(file.attrs["precision"].decode(), "tf32")
            self.assertIn("a device of the host, tf32", file.attrs["device"].decode())


if __name__ == "__main__":
    unittest.main()
