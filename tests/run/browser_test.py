"""The report in headless Chromium: no errors, every picture loads, sorting works, it fits a phone."""

import html
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from report_test import ReportCase

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")

# Runs in a copy of the page after its own scripts; the answer goes into an attribute of <body>.
PROBE = """<script>
addEventListener("load", async () => {
  const images = [...document.images];
  images.forEach((i) => { i.loading = "eager"; });
  await Promise.all(images.map((i) => i.decode().catch(() => {})));
  const order = (key) => {
    const select = document.getElementById("sort-key");
    if (!select) return [];
    select.value = key;
    select.dispatchEvent(new Event("change"));
    return [...document.querySelectorAll("#units > li")].map((e) => Number(e.dataset[key]));
  };
  const heads = [...document.querySelectorAll("table.sortable th button")];
  const column = (i) => [...document.querySelectorAll("table.sortable tbody tr")].map(
    (r) => Number(r.cells[i].dataset.value));
  if (heads.length) heads[4].click();
  const rising = heads.length ? column(4) : [];
  if (heads.length) heads[4].click();
  document.body.dataset.probe = JSON.stringify({
    images: images.length,
    broken: images.filter((i) => !i.naturalWidth).map((i) => i.src),
    sizes: order("size"), units: order("unit"),
    state: (document.getElementById("sort-state") || {}).textContent,
    rising, falling: heads.length ? column(4) : [],
    overflow: document.documentElement.scrollWidth - innerWidth,
  });
});
</script></body>"""


@unittest.skipUnless(CHROMIUM, "no chromium here; scripts/setup --browser installs it")
class Browser(ReportCase):
    def setUp(self):
        super().setUp()
        self.measure(units="0-3")
        self.report()

    def visit(self, name, width=1280):
        """What the probe found on a page, and what stood on the console."""
        import json

        page = self.report_folder / name
        copy = page.with_name("probe-" + page.name)
        copy.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE), encoding="utf-8")
        with tempfile.TemporaryDirectory() as profile:
            answer = subprocess.run(
                [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                 f"--user-data-dir={profile}", f"--window-size={width},900",
                 "--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom",
                 copy.as_uri()],
                capture_output=True, text=True, timeout=240)
        copy.unlink()
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual([line for line in answer.stderr.splitlines() if ":CONSOLE" in line], [])
        found = re.search(r'data-probe="([^"]*)"', answer.stdout)
        self.assertTrue(found, answer.stdout[-2000:])
        return json.loads(html.unescape(found.group(1)))

    def test_the_overview_sorts_its_table(self):
        seen = self.visit("index.html")
        self.assertEqual(seen["broken"], [])
        self.assertEqual(seen["rising"], sorted(seen["rising"]))
        self.assertEqual(seen["falling"], seen["rising"][::-1])
        self.assertEqual(len(seen["rising"]), 3)

    def test_a_layer_sorts_its_units(self):
        seen = self.visit("layers/02-conv2/index.html")
        self.assertGreater(seen["images"], 4)
        self.assertEqual(seen["broken"], [])
        self.assertEqual(seen["sizes"], sorted(seen["sizes"], reverse=True))
        self.assertGreater(len(set(seen["sizes"])), 1)
        self.assertEqual(seen["units"], [0, 1, 2, 3])
        self.assertEqual(seen["state"], "Sorted by unit, smallest first.")

    def test_a_unit_loads_its_pictures(self):
        seen = self.visit("layers/02-conv2/unit-1.html")
        self.assertGreaterEqual(seen["images"], 12)
        self.assertEqual(seen["broken"], [])

    def test_pages_fit_a_narrow_screen(self):
        for name in ("index.html", "method.html", "layers/02-conv2/index.html",
                     "layers/02-conv2/unit-1.html"):
            self.assertLessEqual(self.visit(name, width=500)["overflow"], 0, name)
