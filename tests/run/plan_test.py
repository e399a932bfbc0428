"""`rfmap plan` against numbers by hand and against what the run then does."""

import csv
import io
import json
import re
import unittest

from rfmap_case import RfmapCase

# Multiply-adds of a forward pass: conv1 (4 units, 32 x 32, 3 x 3 x 3), conv2 (5, 14 x 14, 3 x 3 x 4).
PASS = 4 * 32 * 32 * 27 + 5 * 14 * 14 * 36
POSITIONS = 14 * 14  # occluder 5, stride 2, input 32


class Plan(RfmapCase):
    def plan(self, *more, **changes):
        args = self.estimate_args(**{"layers": "conv1,conv2", "out": None} | changes)
        return self.rfmap("plan", *args[1:], *more)

    def costs(self, *more, **changes):
        """Rows by quantity."""
        answer = self.plan("--format", "json", *more, **changes)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        document = json.loads(answer.stdout)
        self.layers = document["layers"]
        return {row["quantity"]: row for row in document["costs"]}

    def test_counts_are_those_by_hand(self):
        rows = self.costs("--calibrate", 0, strategy="full", response="max")
        self.assertEqual(rows["images"]["expected"], 12)
        self.assertEqual(rows["layers"]["expected"], 2)
        self.assertEqual(rows["units"]["expected"], 9)
        self.assertEqual((rows["pairs"]["expected"], rows["pairs"]["most"]), (None, 27))
        measured = rows["measured images"]
        self.assertEqual((measured["least"], measured["most"]), (3, 12))
        self.assertAlmostEqual(measured["expected"], 12 * (1 - 0.75**9))
        self.assertEqual(rows["grid positions"]["expected"], POSITIONS)
        self.assertEqual(rows["scan work"]["expected"], 12 * PASS)
        self.assertAlmostEqual(rows["full pass work"]["most"], 12 * POSITIONS * PASS, delta=1)
        self.assertEqual(rows["window work"]["most"], 0)
        self.assertNotIn("time", rows)
        self.assertEqual([(layer["layer"], layer["pairs"], layer["windows"]) for layer in self.layers],
                         [("conv1", 12, False), ("conv2", 15, False)])

    def test_nothing_is_written_and_no_output_is_needed(self):
        before = sorted(self.folder.rglob("*"))
        self.assertEqual(self.plan("--calibrate", 1).returncode, 0)
        self.assertEqual(self.plan("--calibrate", 0, out=self.out).returncode, 0)
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def test_the_run_does_what_was_counted(self):
        """Before the activation no response is 0, so that every unit has all images."""
        for strategy in ("full", "window"):
            with self.subTest(strategy=strategy):
                common = {"layers": "conv1,conv2", "before_activation": True, "top_k": 40,
                          "response": "max", "strategy": strategy}
                rows = self.costs("--calibrate", 0, **common)
                ran = self.estimate(overwrite=True, quiet=None, **common)
                self.assertEqual(ran.returncode, 0, ran.stderr)
                pairs, images, copies, work = re.search(
                    r"to come: (\d+) .* pairs on (\d+) images, up to (\d+) .* each, (\S+) GMAC",
                    ran.stderr).groups()
                self.assertEqual(rows["pairs"]["most"], int(pairs))
                for bound in ("least", "expected", "most"):
                    self.assertEqual(rows["measured images"][bound], int(images))
                self.assertEqual(rows["grid positions"]["expected"], int(copies))
                counted = rows["full pass work"]["expected"] + rows["window work"]["expected"]
                self.assertAlmostEqual(counted / 1e9 / float(work), 1, delta=0.006)

    def test_the_run_stays_within_the_bounds(self):
        rows = self.costs("--calibrate", 0)
        ran = self.estimate(layers="conv1,conv2", quiet=None)
        pairs, images = map(int, re.search(r"to come: (\d+) .* on (\d+) images", ran.stderr).groups())
        self.assertLessEqual(pairs, rows["pairs"]["most"])
        self.assertLessEqual(images, rows["measured images"]["most"])

    def test_trials_give_times(self):
        rows = self.costs("--calibrate", 1, with_gradient=True)
        for name in ("scan time", "occlusion time", "gradient time", "averaging time", "time"):
            row = rows[name]
            self.assertEqual(row["unit"], "s")
            self.assertTrue(0 < row["least"] < row["expected"] < row["most"], row)
        self.assertRegex(rows["scan time"]["basis"], r"^\d+ images read, ")
        self.assertGreater(rows["memory of the engine"]["expected"], 0)

    def test_table_and_csv_hold_the_same(self):
        table = self.plan("--calibrate", 0).stdout
        self.assertRegex(table, r"(?m)^conv1 +convolution +windows +32x32 +4 +12$")
        self.assertRegex(table, r"(?m)^images +12 +listed, not decoded$")
        self.assertIn("--calibrate", table)
        answer = self.plan("--calibrate", 0, "--format", "csv")
        rows = {row["quantity"]: row for row in csv.DictReader(io.StringIO(answer.stdout))}
        self.assertEqual((rows["pairs"]["least"], rows["pairs"]["most"]), ("", "27"))

    def test_refusals_are_those_of_the_run(self):
        self.assert_refused(self.plan(model=None), 2, "--model")
        self.assert_refused(self.plan(images=None), 2, "--images")
        self.assert_refused(self.plan(layers="absent"), 2, "absent")
        self.assert_refused(self.plan("--calibrate", "-1"), 2, "--calibrate")


if __name__ == "__main__":
    unittest.main()
