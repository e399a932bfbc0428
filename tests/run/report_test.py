"""`rfmap report`: the folder it writes, read with the standard library."""

import os
import pathlib
import re
import shutil
import unittest

from pages import Page, faults_of_folder, faults_of_page
from rfmap_case import ROOT, RfmapCase


class ReportCase(RfmapCase):
    def setUp(self):
        super().setUp()
        self.report_folder = self.folder / "report"

    def measure(self, **changes):
        values = {"layers": "conv1,pool1,conv2", "units": "0-2", "keep_maps": True} | changes
        answer = self.estimate(**values)
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def report(self, *args, code=0):
        answer = self.rfmap("report", self.out, "--out", self.report_folder, *args)
        self.assertEqual(answer.returncode, code, answer.stderr)
        return answer

    def page(self, name):
        return Page(self.report_folder / name)

    def assert_sound(self):
        self.assertEqual(faults_of_folder(self.report_folder), [])


class Checker(unittest.TestCase):
    """The check itself finds the faults that it looks for."""

    def test_faults_are_found(self):
        import tempfile

        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "a.html"
            for body, fault in {
                '<a href="absent.html">x</a>': "absent.html",
                '<img src="a.html">': "alt",
                '<p id="x"></p><p id="x"></p>': "twice",
                "<p><b></p></b>": "closes",
                '<script src="https://example.org/x.js"></script>': "example.org",
            }.items():
                path.write_text('<!DOCTYPE html><html lang="en"><title>t</title><h1>h</h1>'
                                + body + "</html>")
                found = faults_of_page(Page(path), path.parent)
                self.assertTrue(any(fault in f for f in found), (body, found))


class Pages(ReportCase):
    def test_every_link_and_picture_is_there(self):
        self.measure()
        self.report()
        self.assert_sound()
        names = {str(p.relative_to(self.report_folder)) for p in self.report_folder.rglob("*")}
        self.assertLessEqual({"index.html", "method.html", "layers/02-conv2/unit-2.html"}, names)
        self.assertEqual(len([n for n in names if n.endswith(".html")]), 2 + 3 * (1 + 3))
        self.assertEqual(sorted(p.name for p in self.folder.glob("report*")), ["report"])

    def test_the_overview_holds_the_summary(self):
        self.measure()
        self.report()
        text = self.page("index.html").text()
        for layer, row in self.summary().items():
            wanted = f"{row['size']['mean']:.1f} ± {row['size']['std']:.1f}"
            self.assertIn(layer, text)
            self.assertIn(wanted, text)

    def test_a_units_page_holds_its_sizes_images_and_maps(self):
        self.measure()
        self.report()
        page = self.page("layers/02-conv2/unit-1.html")
        shots = [i for i in page.all("img") if "outlined" in i["alt"]]
        self.assertEqual(len(shots), 3)
        self.assertTrue(all(i["src"].startswith("../../images/") for i in shots))
        self.assertEqual(len(page.all("image", href="maps-1.png")), 3)
        self.assertEqual(len(page.all("image", href="field-1.png")), 1)
        self.assertEqual(page.all("a", rel="next")[0]["href"], "unit-2.html")
        self.assertIn("Theoretical field 8 × 8 px", page.text())
        box = page.all("rect", **{"class": "theory"})[0]
        self.assertEqual((float(box["width"]), float(box["x"])), (8, -4))

    def test_what_was_not_stored_is_said(self):
        self.measure(keep_maps=None)
        self.report()
        self.assert_sound()
        self.assertIn("--keep-maps", self.page("index.html").text())
        self.assertIn("--with-gradient", self.page("index.html").text())
        page = self.page("layers/00-conv1/unit-0.html")
        self.assertIn("not stored", page.text())
        self.assertEqual(page.all("image", href="maps-0.png"), [])

    def test_gradient_stands_beside_what_was_measured(self):
        self.measure(with_gradient=True)
        self.report()
        self.assert_sound()
        text = self.page("index.html").text()
        self.assertNotIn("No gradient fields", text)
        for row in self.summary().values():
            self.assertIn("{mean:.1f} ± {std:.1f}".format(**row["gradient_size"]), text)
        unit = self.page("layers/02-conv2/unit-1.html").text()
        self.assertRegex(unit, r"Gradient: size of the mean absolute gradient \d+\.\d px")

        page = self.page("layers/02-conv2/unit-1.html")
        self.assertEqual(len(page.all("image", href="gradient-1.png")), 1)

    def test_a_unit_that_no_image_drives_has_its_page(self):
        self.measure(layers="conv1", units="all", before_activation=True, discrepancy="abs")
        self.report("--top", 1)
        self.assert_sound()

    def test_the_choices_and_the_reference_are_listed(self):
        self.measure(fill="gray")
        self.report()
        text = self.page("method.html").text()
        for part in ("fill gray", "occluder 5, 5", "size-cut 0.1", "Zhou", "arXiv:1412.6856",
                     "rfmap estimate --model"):
            self.assertIn(part, text)

    def test_the_page_on_the_report_names_options_that_exist(self):
        named = set(re.findall(r"--[a-z][a-z-]+", (ROOT / "docs/report.md").read_text()))
        text = self.rfmap("report", "--help").stdout
        self.assertEqual([o for o in sorted(named - {"--keep-maps", "--with-gradient", "--bottom-k"}) if o not in text], [])

    def test_top_limits_the_images(self):
        self.measure()
        self.report("--top", 2)
        page = self.page("layers/02-conv2/unit-1.html")
        self.assertEqual(len([i for i in page.all("img") if "outlined" in i["alt"]]), 2)
        self.assertIn("2 of 3 images are shown", page.text())


class Lowest(ReportCase):
    """The bottom K, if the results contain them."""

    def visit(self, **changes):
        self.measure(**{"layers": "conv2", "before_activation": True, "bottom_k": 2} | changes)
        self.report()
        self.assert_sound()
        return self.page("layers/00-conv2/unit-1.html")

    def outlined(self, page, lowest):
        return [i for i in page.all("img")
                if "outlined" in i["alt"] and ("lowest" in i["alt"]) == lowest]

    def test_have_a_list_and_pictures_of_their_own(self):
        page = self.visit()
        self.assertEqual([len(self.outlined(page, which)) for which in (False, True)], [3, 2])
        for name, count in {"field-1.png": 1, "field-lowest-1.png": 1, "maps-1.png": 3,
                            "maps-lowest-1.png": 2}.items():
            self.assertEqual(len(page.all("image", href=name)), count, name)
        self.assertEqual(len(page.all("use", href="#lines-lowest")), 1 + 2)
        self.assertEqual(len(page.all("use", href="#outside-lowest")), 2)
        self.assertEqual(len(page.all("a", href="#lowest")), 1)

    def test_stand_in_their_order_with_their_responses(self):
        text = self.visit().text()
        lowest = text[text.index("The images with its lowest response"):]
        found = [float(v) for v in re.findall(r"response (\S+) at", lowest)]
        self.assertEqual(found, sorted(found))
        self.assertLess(found[0], 0)
        strongest = [float(v) for v in re.findall(r"response (\S+) at", text)][:3]
        self.assertEqual(strongest, sorted(strongest, reverse=True))

    def test_are_not_spoken_of_without(self):
        page = self.visit(bottom_k=None)
        self.assertNotIn("lowest", page.text())
        self.assertEqual([name for name in self.report_folder.rglob("*lowest*")], [])

    def test_gradients_and_top_hold_for_them_too(self):
        self.measure(layers="conv2", before_activation=True, bottom_k=2, with_gradient=True)
        self.report("--top", 1)
        self.assert_sound()
        page = self.page("layers/00-conv2/unit-1.html")
        self.assertEqual([len(self.outlined(page, which)) for which in (False, True)], [1, 1])
        self.assertIn("1 of 2 images are shown", page.text())
        self.assertEqual(len(page.all("image", href="gradient-lowest-1.png")), 1)


class Signs(ReportCase):
    def test_signed_maps_have_two_ends(self):
        self.measure(layers="conv2", discrepancy="signed")
        self.report()
        bars = self.page("layers/00-conv2/unit-1.html").all("i", **{"class": "signed"})
        self.assertEqual(len(bars), 1)
        self.assertIn("white at 0", self.page("index.html").text())


class Places(ReportCase):
    def test_names_cannot_break_the_page(self):
        strange = self.folder / 'a "b" <img src=x onerror=alert(1)>&amp;'
        shutil.copytree(self.images, strange)
        for i, path in enumerate(sorted(strange.iterdir())):
            os.rename(path, strange / f"<b>'{i}.png")
        self.measure(images=strange, layers="conv1")
        self.report()
        self.assert_sound()
        page = self.page("layers/00-conv1/unit-0.html")
        self.assertIn("<b>'", page.text())
        self.assertFalse([a for t, a in page.elements if "onerror" in a])

    def test_images_that_moved_are_found_or_said(self):
        self.measure()
        moved = self.folder / "elsewhere"
        os.rename(self.images, moved)
        answer = self.report(code=4)
        self.assertIn("--images-root", answer.stderr)
        self.assert_sound()
        self.assertIn("not where it was recorded", self.page("layers/00-conv1/unit-0.html").text())
        self.report("--overwrite", "--images-root", moved)
        self.assert_sound()
        self.assertNotIn("not where", self.page("layers/00-conv1/unit-0.html").text())

    def test_items_of_an_idx_file(self):
        import random

        draw = random.Random(3)
        idx = self.write("images-idx4-ubyte", b"\0\0\x08\x04" + b"".join(
            n.to_bytes(4, "big") for n in (9, 32, 32, 3)) + draw.randbytes(9 * 32 * 32 * 3))
        self.measure(images=idx, layers="conv1")
        self.report()
        self.assert_sound()
        self.assertRegex(self.page("layers/00-conv1/unit-0.html").text(), r"images-idx4-ubyte#\d")

    def test_pages_do_not_depend_on_the_threads(self):
        self.measure()
        read = lambda: {p.relative_to(self.report_folder): p.read_bytes()
                        for p in self.report_folder.rglob("*.*")}
        self.report("--threads", 1)
        first = read()
        self.report("--threads", 3, "--overwrite")
        self.assertEqual(read(), first)


class Refusals(ReportCase):
    def test_what_is_there_is_not_replaced(self):
        self.measure(layers="conv1")
        self.report()
        self.assert_refused(self.rfmap("report", self.out, "--out", self.report_folder), 2,
                            "--overwrite")
        thesis = self.folder / "thesis"
        thesis.mkdir()
        (thesis / "chapter.tex").write_text("years of work")
        self.assert_refused(self.rfmap("report", self.out, "--out", thesis, "--overwrite"), 2,
                            "thesis", "no report")
        self.assertTrue((thesis / "chapter.tex").exists())

    def test_wrong_inputs(self):
        self.assert_refused(self.rfmap("report"), 2, "results")
        self.assert_refused(self.rfmap("report", "absent.h5", "--out", "r"), 2, "absent.h5")
        text = self.write("text.h5", b"no results")
        self.assert_refused(self.rfmap("report", text, "--out", "r"), 3, "text.h5")
        self.assertFalse((self.folder / "r").exists())
        self.assertFalse((self.folder / "r.part").exists())
