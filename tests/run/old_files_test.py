"""All commands still read results files of format rfmap-1."""

import gzip
import json
import pathlib
import shutil
import unittest

from rfmap_case import RfmapCase

OLD = pathlib.Path(__file__).parent / "files/rfmap-1.h5.gz"


class OldFiles(RfmapCase):
    def setUp(self):
        super().setUp()
        self.old = self.folder / "old.h5"
        with gzip.open(OLD) as packed, self.old.open("wb") as out:
            shutil.copyfileobj(packed, out)

    def answer(self, *args, code=0):
        done = self.rfmap(*args)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def test_every_reader_takes_it(self):
        self.assert_whole(self.old)
        row = self.summary(self.old)["conv2"]
        self.assertAlmostEqual(row["size"]["mean"], 10.2, delta=0.05)  # as 0.1.0 printed it
        self.assertIsNone(row["size_equivalent"]["mean"])
        self.assertEqual(row["unit_rf_side"], {"mean": 8, "least": 8, "most": 8})
        # Its images are not stored: the report is made, and says that they are missing.
        self.answer("report", self.old, "--out", self.folder / "report", code=4)
        self.assertTrue((self.folder / "report/index.html").exists())
        for what in ("fields", "maps"):
            self.answer("show", self.old, "--what", what, "--out", self.folder / f"{what}.png")
            self.assertGreater((self.folder / f"{what}.png").stat().st_size, 100)

    def test_aggregate_makes_a_whole_file_of_the_new_format(self):
        new = self.folder / "new.h5"
        self.answer("aggregate", self.old, "--out", new)
        self.assert_whole(new)
        old_row, new_row = self.summary(self.old)["conv2"], self.summary(new)["conv2"]
        self.assertEqual(old_row["size"], new_row["size"])
        self.assertGreater(new_row["size_equivalent"]["mean"], 2)
        self.assertLess(new_row["size_equivalent"]["mean"], new_row["size"]["mean"])
        self.assertEqual(json.loads(self.answer("summary", new, "--format", "json"))[0]["units"], 2)


if __name__ == "__main__":
    unittest.main()
