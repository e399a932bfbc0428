"""Squeeze-and-excitation: fields follow the local path, as in the same network without the gate."""

import unittest

from rfmap_case import RfmapCase
from small_network import small_network


class Gated(RfmapCase):
    def test_twins_agree(self):
        gated = self.write("gated.net.onnx", small_network(gated=True))
        other = self.folder / "gated.h5"
        common = {"top_k": 8, "stride": 1, "occluder": 3}
        for model, out in ((self.model, self.out), (gated, other)):
            ran = self.estimate(model=model, out=out, **common)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assert_whole(out)
        plain, twin = self.summary(), self.summary(other)
        self.assertEqual(list(plain), list(twin))  # the default takes the gated layer too
        row, other_row = plain["conv2"], twin["conv2"]
        self.assertEqual(row["rf_size"], other_row["rf_size"])
        self.assertEqual(row["size_flat"], other_row["size_flat"])
        for name in ("size", "size_equivalent"):
            self.assertLess(abs(row[name]["mean"] - other_row[name]["mean"]), 2, name)

    def test_theory_names_the_global_path(self):
        gated = self.write("gated.net.onnx", small_network(gated=True))
        lines = self.rfmap("theory", "--model", gated).stdout.splitlines()
        row = next(line for line in lines if line.startswith("conv2"))
        plain = next(line for line in self.rfmap("theory", "--model", self.model).stdout.splitlines()
                     if line.startswith("conv2"))
        self.assertEqual(row.split()[:6], plain.split()[:6])
        self.assertIn("+ global", row)
        self.assertNotIn("unaligned", "".join(lines))


if __name__ == "__main__":
    unittest.main()
