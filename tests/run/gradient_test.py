"""rfmap gradient: maps, pictures, neurons' names, traps."""

import json
import unittest

from rfmap_case import RfmapCase


class Gradient(RfmapCase):
    def gradient(self, *args):
        return self.rfmap("gradient", "--model", self.model, *args)

    def rows(self, *args):
        answer = self.gradient("--format", "json", *args)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return json.loads(answer.stdout), answer.stderr

    def test_support_is_the_theoretical_field(self):
        # conv1 3 x 3, pool1 2 x 2 / 2, conv2 3 x 3: 4 pixels, then 8.
        (pool, conv), _ = self.rows("--neuron", "pool1:*:5:6", "--neuron", "conv2:*:5:6",
                                    "--linear=all")
        self.assertEqual(pool["theory"], [9, 11, 13, 15])
        self.assertEqual(pool["support"], pool["theory"])
        self.assertEqual(pool["support_pixels"], 16)
        self.assertEqual(conv["theory"], [9, 11, 17, 19])
        self.assertEqual(conv["support"], conv["theory"])

    def test_max_pooling_follows_one_of_four(self):
        (pool,), _ = self.rows("--neuron", "pool1:2:5:6", "--linear")
        self.assertEqual(pool["support_pixels"], 9)

    def test_grid_over_layers_writes_maps_and_picture(self):
        answer = self.gradient("--at", "0:2:2", "--samples", 3, "--out", "g.h5", "--out", "g.png")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(
            [line.split()[0] for line in answer.stdout.splitlines()[1:4]],
            ["conv1:0:2:2", "pool1:0:2:2", "conv2:0:2:2"],
        )
        self.assertEqual((self.folder / "g.h5").read_bytes()[:4], b"\x89HDF")
        self.assertEqual((self.folder / "g.png").read_bytes()[:4], b"\x89PNG")

    def test_repeats_its_maps(self):
        asked = ("--neuron", "conv2:1:4:4", "--images", self.images, "--preset", "unit",
                 "--resize", 0)
        first = self.rows(*asked, "--threads", 1)
        again = self.rows(*asked, "--threads", 2)
        self.assertEqual(first, again)

    def test_traps_are_named(self):
        _, said = self.rows("--neuron", "pool1:0:5:6", "--input", "zero")
        self.assertIn("the zero image", said)
        _, said = self.rows("--neuron", "conv1:0:0:0", "--linear")
        self.assertIn("reaches over the image's border for conv1:0:0:0", said)

    def test_refusals(self):
        self.assert_refused(self.gradient(), 2, "--neuron")
        self.assert_refused(self.gradient("--neuron", "conv1:0:5"), 2, "LAYER:CHANNEL:Y:X")
        self.assert_refused(self.gradient("--neuron", "conv1:4:0:0"), 2, "4 channel(s) of 32 x 32")
        self.assert_refused(self.gradient("--neuron", "conv9:0:0:0"), 2, "conv9")
        self.assert_refused(self.gradient("--layers", "conv1"), 2, "--at")
        self.assert_refused(
            self.gradient("--neuron", "conv1:0:0:0", "--images", self.images), 2, "--preset"
        )
        self.assert_refused(
            self.gradient("--neuron", "conv1:0:0:0", "--out", "x.txt"), 2, ".h5", ".png"
        )


if __name__ == "__main__":
    unittest.main()
