"""The report in headless Chromium: no errors, every picture loads, sorting and keys work, it fits a
phone."""

import unittest

from chromium import CHROMIUM, Chromium
from report_test import ReportCase

# Loads lazy pictures; then returns the addresses of pictures that failed to load.
PICTURES = """(async () => {
  const images = [...document.images];
  images.forEach((i) => { i.loading = "eager"; });
  await Promise.all(images.map((i) => i.decode().catch(() => {})));
  const inside = [...document.querySelectorAll("svg image")].map((e) => e.href.baseVal);
  const lost = [];
  for (const address of new Set(inside)) {
    const probe = new Image();
    probe.src = address;
    await probe.decode().catch(() => lost.push(address));
  }
  return { count: images.length, inside: inside.length,
           broken: images.filter((i) => !i.naturalWidth).map((i) => i.src).concat(lost) };
})()"""

ORDER = """((key) => {
  const select = document.getElementById("sort-key");
  select.value = key;
  select.dispatchEvent(new Event("change"));
  return [...document.querySelectorAll("#units > li")].map((e) => Number(e.dataset[key]));
})"""

COLUMN = """((i) => [...document.querySelectorAll("table.sortable tbody tr")].map(
  (r) => Number(r.cells[i].dataset.value)))"""

# Elements that extend beyond the page to the right, except inside scrolling elements.
OVERFLOW = """[...document.querySelectorAll("body *")].filter((e) =>
  e.getBoundingClientRect().right > innerWidth + 0.5 && e.getBoundingClientRect().width > 0 &&
  !e.closest(".scroll, pre, .crop, .photo, svg") && !e.classList.contains("skip")
).map((e) => e.tagName + "." + e.className).concat(
  document.documentElement.scrollWidth > innerWidth ? ["the page"] : [])"""


@unittest.skipUnless(CHROMIUM, "no chromium here; scripts/setup --browser installs it")
class Browser(ReportCase):
    def setUp(self):
        super().setUp()
        self.measure(units="0-3", layers="conv2,conv1", before_activation=True, bottom_k=2,
                     with_gradient=True)
        self.report()
        self.chromium = Chromium()
        self.addCleanup(self.chromium.close)

    def visit(self, name, width=1280):
        """Opens a page of the report: all pictures load, no errors, no requests to other
        addresses."""
        self.chromium.open(self.report_folder / name, width)
        seen = self.chromium.evaluate(PICTURES)
        self.assertEqual(seen["broken"], [], name)
        self.assertEqual(self.chromium.complaints(), [], name)
        self.assertEqual([r for r in self.chromium.requests()
                          if not r.startswith(self.report_folder.as_uri()) and r != "data:,"], [])
        return seen

    def value(self, expression):
        return self.chromium.evaluate(expression)

    def test_the_check_sees_what_is_wrong(self):
        page = self.report_folder / "index.html"
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("</main>", '<img src="absent.png" alt="x"><p style="width:'
                                     '2000px">x</p><script>absent()</script></main>'))
        self.chromium.open(page, 360)
        self.assertIn("absent.png", self.value(PICTURES)["broken"][0])
        self.assertIn("absent is not defined", " ".join(self.chromium.complaints()))
        self.assertIn("the page", self.value(OVERFLOW))

    def test_the_overview_sorts_its_table(self):
        self.visit("index.html")
        head = 'document.querySelectorAll("table.sortable th button")[4]'
        self.value(head + ".click()")
        rising = self.value(COLUMN + "(4)")
        self.value(head + ".click()")
        self.assertEqual(rising, sorted(rising))
        self.assertEqual(self.value(COLUMN + "(4)"), rising[::-1])
        self.assertEqual(len(set(rising)), 2)
        self.assertEqual(self.chromium.complaints(), [])

    def test_a_layer_sorts_its_units(self):
        self.assertGreater(self.visit("layers/01-conv2/index.html")["count"], 4)
        sizes = self.value(ORDER + '("size")')
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        self.assertGreater(len(set(sizes)), 1)
        self.assertEqual(self.value(ORDER + '("unit")'), [0, 1, 2, 3])
        self.assertEqual(self.value('document.getElementById("sort-state").textContent'),
                         "Sorted by unit, smallest first.")
        self.assertEqual(self.chromium.complaints(), [])

    def test_a_unit_loads_its_pictures(self):
        seen = self.visit("layers/01-conv2/unit-1.html")
        self.assertEqual(seen["count"], 4 * (3 + 2))  # four views of top 3 and bottom 2
        self.assertEqual(seen["inside"], 2 * 2 + 3 + 2)  # fields and gradients of both, maps

    def test_keys_lead_through_the_units(self):
        self.visit("layers/01-conv2/unit-1.html")
        self.chromium.press_and_load("ArrowRight")
        self.assertTrue(self.value("location.pathname").endswith("/unit-2.html"))
        self.chromium.press_and_load("ArrowLeft")
        self.assertTrue(self.value("location.pathname").endswith("/unit-1.html"))
        self.chromium.press("Tab")
        self.assertEqual(self.value("document.activeElement.textContent"), "Skip to the content")

    def test_the_table_is_sorted_by_keys(self):
        self.visit("index.html")
        self.value('document.querySelectorAll("table.sortable th button")[4].focus()')
        self.chromium.press("Enter")
        head = 'document.querySelectorAll("table.sortable th")[4].getAttribute("aria-sort")'
        self.assertEqual(self.value(head), "ascending")

    def test_pages_fit_a_narrow_screen(self):
        for name in ("index.html", "method.html", "layers/01-conv2/index.html",
                     "layers/01-conv2/unit-1.html"):
            for width in (360, 800):
                self.visit(name, width=width)
                self.assertEqual(self.value(OVERFLOW), [], f"{name}, {width} px")


if __name__ == "__main__":
    unittest.main()
