"""`rfmap show`: every kind of figure from a small run."""

import re
import struct
import xml.etree.ElementTree as xml

from rfmap_case import ROOT, RfmapCase


def png_size(path):
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    return struct.unpack(">II", data[16:24])


class Show(RfmapCase):
    def setUp(self):
        super().setUp()
        answer = self.estimate(layers="conv1,conv2", units="0-2", keep_maps=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.network = ("--model", self.model, "--image", self.images / "image00.png", "--preset",
                        "unit", "--resize", "0")

    def show(self, *args, name="a.png"):
        out = self.folder / name
        answer = self.rfmap("show", *args, "--out", out)
        self.assertEqual((answer.returncode, answer.stdout), (0, ""), answer.stderr)
        return out

    def svg(self, *args):
        root = xml.parse(self.show(*args, name="a.svg")).getroot()
        space = "{http://www.w3.org/2000/svg}"
        texts = [t.text for t in root.iter(space + "text")]
        return texts, list(root.iter(space + "image")), list(root.iter(space + "polygon"))

    def kinds(self):
        """Every --what with what it needs, from the program's own list."""
        text = self.rfmap("show", "--help").stdout.split("Kinds of pictures.", 1)[1]
        of_results, of_networks = text.split("From a network:", 1)
        name = re.compile(r"^  (\w+)  +\S", re.M)
        kinds = {what: (self.out,) for what in name.findall(of_results)}
        kinds.update({what: (*self.network, "--layers", "conv1") for what in name.findall(of_networks)})
        kinds["box"] += ("--neuron", "conv2:3:4")
        self.assertEqual(len(kinds), 10)
        return kinds

    def test_every_kind_as_png_and_svg(self):
        for what, needed in self.kinds().items():
            with self.subTest(what=what):
                self.assertGreater(min(png_size(self.show(*needed, "--what", what))), 150)
                texts, images, _ = self.svg(*needed, "--what", what)
                self.assertGreater(len(texts), 1)
                self.assertGreater(len(images), 0)

    def test_every_kind_of_results_tells_how_it_was_measured(self):
        for what in ("fields", "maps", "overlay", "segment", "crops", "compare"):
            texts, images, _ = self.svg(self.out, "--what", what, "--units", "2", "--top", "2")
            self.assertIn("Occluder", " ".join(texts), what)
            bar = what in ("fields", "maps", "overlay", "compare")
            tiles = {"maps": 3, "fields": 1, "compare": 1}.get(what, 2)  # a unit
            self.assertEqual(len(images), 4 * tiles + bar, what)

    def test_units_are_chosen_by_channel(self):
        texts, images, _ = self.svg(self.out, "--what", "crops", "--unit", "2,0", "--layers", "conv2",
                                    "--top", "1")
        self.assertEqual(len(images), 2)
        self.assertIn("conv2, unit 2", texts)
        self.assertIn("conv2, unit 0", texts)
        answer = self.rfmap("show", self.out, "--what", "crops", "--unit", "9", "--out", "b.png")
        self.assert_refused(answer, 2, "--unit 9")

    def test_fields_is_the_contact_sheet(self):
        self.assertGreater(png_size(self.show(self.out))[0], 300)
        texts, _, lines = self.svg(self.out)
        self.assertIn("conv1", texts)  # a title a layer
        self.assertIn("conv2", texts)
        self.assertEqual(texts.count("unit 1"), 2)
        self.assertGreaterEqual(len(lines), 2 * 6)  # theoretical box and outline of each

    def test_segments_follow_the_model_and_the_threshold(self):
        pictures = {t: self.show(self.out, "--what", "segment", "--model", self.model, "--threshold",
                                 t, name=t + ".png").read_bytes() for t in ("0.3", "0.99")}
        alone = self.show(self.out, "--what", "segment", name="alone.png").read_bytes()
        self.assertNotEqual(pictures["0.3"], pictures["0.99"])
        self.assertNotEqual(pictures["0.3"], alone)

    def test_a_box_is_the_theory(self):
        # conv2: size 8, stride 2, padding 1: position (3, 4) covers rows 5..12 and columns 7..14.
        texts, _, lines = self.svg("--what", "box", "--neuron", "conv2:3:4", *self.network)
        self.assertIn("rows 5 to 12, columns 7 to 14", " ".join(texts))
        self.assertEqual(len(lines), 2)
        texts, _, _ = self.svg("--what", "box", "--neuron", "conv2:0:0", *self.network)
        self.assertIn("rows -1 to 6, columns -1 to 6; in the image rows 0 to 6, columns 0 to 6",
                      " ".join(texts))

    def test_maps_and_filters_of_the_network(self):
        for what in ("activations", "centred"):
            _, images, _ = self.svg("--what", what, "--layers", "conv2", *self.network)
            self.assertEqual(len(images), 1 + 5 + 1, what)  # image, units, colour bar
        _, images, _ = self.svg("--what", "filters", "--model", self.model)
        self.assertEqual(len(images), 4)
        answer = self.rfmap("show", "--what", "filters", "--model", self.model, "--layers", "conv2",
                            "--out", "a.png")
        self.assert_refused(answer, 2, "conv2", "channels")

    def test_refusals(self):
        self.assert_refused(self.rfmap("show", "--out", "a.png"), 2, "results")
        self.assert_refused(self.rfmap("show", self.out, "--what", "maps", "--out", "a.gif"), 2,
                            ".png or .svg")
        self.assert_refused(self.rfmap("show", self.out, "--what", "box", "--out", "a.png"), 2, "box")
        for neuron in ("conv2", "conv2:1", "conv2:a:b", "conv2:99:0"):
            answer = self.rfmap("show", "--what", "box", "--neuron", neuron, *self.network, "--out",
                                "a.png")
            self.assert_refused(answer, 2, neuron)
        bare = self.folder / "bare.h5"
        self.assertEqual(self.estimate(layers="conv1", units="0", out=bare).returncode, 0)
        self.assert_refused(self.rfmap("show", bare, "--what", "maps", "--out", "a.png"), 2,
                            "--keep-maps")

    def test_the_page_on_pictures_lists_what_there_is(self):
        page = (ROOT / "docs/pictures.md").read_text()
        text = self.rfmap("show", "--help").stdout
        kinds = set(re.findall(r"^\| `(\w+)`", page, re.M))
        self.assertEqual(kinds, set(re.findall(r"^  (\w+)  +\S", text.split("Kinds of", 1)[1], re.M)))
        estimate = {"--keep-maps"}
        named = set(re.findall(r"--[a-z][a-z-]+", page)) - estimate
        self.assertGreater(len(named), 15)
        self.assertEqual([o for o in sorted(named) if o not in text], [])
