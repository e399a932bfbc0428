"""rfmap estimate --with-gradient, rfmap aggregate."""

import unittest

from rfmap_case import RfmapCase


class WithGradient(RfmapCase):
    def test_is_measured_repeats_and_resumes(self):
        self.assertEqual(self.estimate(with_gradient=True).returncode, 0)
        self.assert_whole(self.out)
        first = self.summary()
        for row in first.values():
            self.assertGreater(row["gradient_size"]["mean"], 1)
            # For a linear unit the drop under an occluder resembles the box-filtered gradient.
            self.assertGreater(row["gradient_correlation"], 0.3)
            self.assertGreaterEqual(
                row["gradient_size_occluder"]["mean"], row["gradient_size"]["mean"]
            )
        self.assertLessEqual(first["conv1"]["gradient_size"]["mean"], 3)
        again = self.folder / "again.h5"
        self.assertEqual(self.estimate(with_gradient=True, out=again, threads=2).returncode, 0)
        self.assertEqual(self.summary(again), first)
        answer = self.estimate(with_gradient=True, resume=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        table = self.rfmap("summary", self.out).stdout.splitlines()[0]
        self.assertIn("gradient", table)

    def test_is_refused_for_other_responses(self):
        self.assert_refused(self.estimate(with_gradient=True, response="max"), 2, "--with-gradient")

    def test_absent_without(self):
        self.assertEqual(self.estimate().returncode, 0)
        self.assertNotIn("gradient_size", self.summary()["conv1"])


class Aggregate(RfmapCase):
    RULES = {"discrepancy": "abs", "size_cut": 0.25, "normalize": "peak"}

    def aggregate(self, out, *args):
        return self.rfmap("aggregate", self.out, "--out", out, *args)

    def typed(self, rules):
        return [t for n, v in rules.items() for t in ("--" + n.replace("_", "-"), v)]

    def test_keeps_where_the_run_recentred(self):
        ran = self.estimate(keep_maps=True, with_gradient=True, recentre="first")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        other = self.folder / "other.h5"
        answer = self.aggregate(other)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.summary(other), self.summary())

    def test_equals_the_run_with_these_rules(self):
        self.assertEqual(self.estimate(keep_maps=True, with_gradient=True).returncode, 0)
        other, run = self.folder / "other.h5", self.folder / "run.h5"
        for rules in (self.RULES, {"deposit": "footprint", "border": "zero"},
                      {"upsample": "nearest", "size_rule": "gaussian"}):
            answer = self.aggregate(other, "--overwrite", *self.typed(rules))
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assert_whole(other)
            gradient = True if "deposit" not in rules else None
            ran = self.estimate(keep_maps=True, with_gradient=gradient, out=run, overwrite=True,
                                **rules)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertEqual(self.summary(other), self.summary(run))

    def test_keeps_the_files_rules(self):
        self.assertEqual(self.estimate(keep_maps=True, **self.RULES).returncode, 0)
        other = self.folder / "other.h5"
        self.assertEqual(self.aggregate(other).returncode, 0)
        self.assertEqual(self.summary(other), self.summary())

    def test_refusals(self):
        self.assertEqual(self.estimate().returncode, 0)
        other = self.folder / "other.h5"
        self.assert_refused(self.aggregate(other), 2, "--keep-maps")
        self.assert_refused(self.aggregate(self.out), 2, "exists")
        self.assert_refused(self.rfmap("aggregate", self.out), 2, "--out")


if __name__ == "__main__":
    unittest.main()
