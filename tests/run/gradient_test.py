"""rfmap gradient: maps, figures, names of neurons, pitfalls."""

import json
import unittest
import xml.etree.ElementTree as xml

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

    def picture(self, *args):
        """Texts, sizes of the tiles and corners of the boxes of an SVG figure."""
        answer = self.gradient("--out", "g.svg", "--overwrite", *args)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        root, space = xml.parse(self.folder / "g.svg").getroot(), "{http://www.w3.org/2000/svg}"
        images = list(root.iter(space + "image"))
        boxes = [[[float(v) for v in corner.split(",")] for corner in line.get("points").split()]
                 for line in root.iter(space + "polygon")]
        return [t.text for t in root.iter(space + "text")], images, boxes

    def test_picture_says_what_it_shows(self):
        texts, images, boxes = self.picture("--at", "0:2:2", "--linear=all", "--samples", 2)
        self.assertEqual(len(images), 3 + 1)  # and the colour bar
        self.assertEqual([t for t in texts if t in ("conv1", "pool1", "conv2")],
                         ["conv1", "pool1", "conv2"])
        self.assertIn("channel 0, row 2, column 2", texts)
        self.assertEqual([t for t in texts if t in ("3x3", "4x4", "8x8")], ["3x3", "4x4", "8x8"])
        caption = " ".join(texts)
        for part in ("absolute gradient", "net.onnx", "--linear=all", "2 noise input(s), seed 0",
                     "peak of each map"):
            self.assertIn(part, caption)
        # 32 px of input in 160 px: five per pixel; the frame lies one outside at the top and left.
        self.assertEqual([i.get("width") for i in images[:3]], ["160"] * 3)
        self.assertEqual(boxes[0][0], [5 * 1 - 1, 5 * 1 - 1])
        self.assertEqual(boxes[0][2], [5 * 4, 5 * 4])

    def test_picture_of_the_support(self):
        texts, images, _ = self.picture("--at", "0:2:2", "--linear", "--product", "support")
        self.assertEqual(len(images), 3)  # two colours need no bar
        self.assertIn("Yellow: pixels with a gradient", " ".join(texts))

    def test_picture_of_signs_and_of_several_places(self):
        texts, images, _ = self.picture("--neuron", "conv1:0:4:4", "--neuron", "conv2:*:5:6",
                                        "--product", "signed")
        self.assertIn("channel 0, row 4, column 4", texts)
        self.assertIn("sum over channels, row 5, column 6", texts)
        self.assertIn("- largest", texts)
        self.assertEqual(len(images), 2 + 1)

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
            self.gradient("--neuron", "conv1:0:0:0", "--out", "x.txt"), 2, ".h5", ".png", ".svg"
        )


if __name__ == "__main__":
    unittest.main()
