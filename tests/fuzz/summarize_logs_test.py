"""Tests of summarize_logs.py: python3 -m unittest summarize_logs_test."""

import pathlib
import tempfile
import unittest

import summarize_logs

LOG = """\
1000 begin idx: 100 s
1000 #2\tINITED cov: 50 ft: 60 corp: 1/1b exec/s: 0 rss: 40Mb
1040 #900\tNEW    cov: 70 ft: 90 corp: 2/9b lim: 4 exec/s: 22 rss: 40Mb L: 1/9 MS: 1 ChangeBit-
1050 #950\tREDUCE cov: 70 ft: 90 corp: 2/8b lim: 4 exec/s: 22 rss: 40Mb L: 1/9 MS: 1 EraseBytes-
1100 #2000\tDONE   cov: 70 ft: 91 corp: 2/8b lim: 4 exec/s: 20 rss: 40Mb
1100 cpu 40.0 10.0
1100 end 0
2000 begin idx: 60 s
2000 #3\tINITED cov: 70 ft: 91 corp: 2/8b exec/s: 0 rss: 40Mb
2060 #4000\tDONE   cov: 70 ft: 91 corp: 2/8b lim: 4 exec/s: 66 rss: 40Mb
2060 cpu 55.0 5.0
2060 end 77
"""


class Table(unittest.TestCase):
    def test_runs_of_a_target_are_summed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "idx.log"
            path.write_text(LOG)
            runs = summarize_logs.read_runs(path)
        # 50 + 60 s; unchanged: the last 60 of 100 s, of which the processor had half, and all of 60.
        self.assertEqual(
            summarize_logs.row("idx", runs)[:7],
            ("`idx`", "1.8 min", "6,000", "55", "50 to 70", "1.5 min", "1"))


if __name__ == "__main__":
    unittest.main()
