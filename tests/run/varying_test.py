"""Fields that vary by position: rows in another order leave what a unit sees as it is."""

import unittest

from rfmap_case import RfmapCase
from small_network import swapped_network


class Varying(RfmapCase):
    def setUp(self):
        super().setUp()
        self.model = self.write("swapped.onnx", swapped_network())

    def measured(self, path=None):
        rows = self.summary(path)
        for row in rows.values():
            for name in ("layer", "kind", "node", "reliability"):  # halves are drawn by layer
                row.pop(name)
        return rows

    def test_rows_in_another_order_are_measured_alike(self):
        ran = self.estimate(layers="relu1,swapped,conv2", top_k=8, stride=1, occluder=3,
                            keep_maps=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assert_whole(self.out)
        rows = self.measured()
        self.assertEqual(rows["swapped"], rows["relu1"])
        self.assertEqual(rows["swapped"]["rf_size"], [3, 3])
        self.assertEqual(rows["conv2"]["rf_size"], [5, 5])  # but for the rows at the seam

        again = self.folder / "again.h5"
        answer = self.rfmap("aggregate", self.out, "--out", again)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_whole(again)
        self.assertEqual(self.measured(again), rows)

    def test_theory_lists_the_seam(self):
        answer = self.rfmap("theory", "--model", self.model)
        sizes = {words[0]: words[4] for words in map(str.split, answer.stdout.splitlines()[1:8])}
        self.assertEqual(sizes["swapped"], "3")
        self.assertEqual(sizes["conv2"], "5..34x5")


if __name__ == "__main__":
    unittest.main()
