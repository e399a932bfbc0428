"""Shared by the tests of complete commands: a folder for each, a network, images, the program.

RFMAP is the program under test; without it, that of the preset cpu.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from small_images import write_images
from small_network import small_network

ROOT = pathlib.Path(__file__).resolve().parents[2]
RFMAP = os.environ.get("RFMAP", str(ROOT / "build/cpu/bin/rfmap"))


class RfmapCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.model = self.write("net.onnx", small_network())
        self.images = write_images(self.folder / "images", 12)
        self.out = self.folder / "fields.h5"

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def rfmap(self, *args, **options):
        """Runs the program; its output as text."""
        command = [RFMAP, *map(str, args)]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=300, cwd=self.folder, **options
        )

    def estimate_args(self, **changes):
        """A small complete run; a keyword changes, adds or (None) removes an option."""
        values = {
            "model": self.model,
            "images": self.images,
            "out": self.out,
            "preset": "unit",
            "resize": "0",
            "occluder": 5,
            "stride": 2,
            "top_k": 3,
            "threads": 1,
            "quiet": True,
        } | changes
        args = ["estimate"]
        for name, value in values.items():
            if value is None:
                continue
            args.append("--" + name.replace("_", "-"))
            if value is not True:
                args.append(value)
        return args

    def estimate(self, **changes):
        return self.rfmap(*self.estimate_args(**changes))

    def summary(self, path=None):
        """Rows of `rfmap summary` by layer."""
        answer = self.rfmap("summary", path or self.out, "--format", "json")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return {row["layer"]: row for row in json.loads(answer.stdout)}

    def assert_whole(self, path):
        answer = self.rfmap("check", path)
        self.assertEqual((answer.returncode, answer.stdout), (0, f"{path}: whole\n"), answer.stderr)

    def assert_refused(self, answer, code, *parts):
        """Exit code, nothing on stdout, one line on stderr that contains all parts."""
        self.assertEqual(answer.returncode, code, answer.stderr)
        self.assertEqual(answer.stdout, "")
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
        self.assertTrue(answer.stderr.startswith("rfmap: "), answer.stderr)
        for part in parts:
            self.assertIn(part, answer.stderr)

    def assert_nothing_left(self):
        """No results file under its name, and nothing half-written. The committed parts of a
        stopped run stay in fields.h5.parts, for --resume."""
        self.assertFalse(self.out.exists())
        self.assertEqual(list(self.folder.rglob("*.part")), [])
