"""Complete runs of `rfmap estimate` on a small network and a dozen images."""

import os
import signal
import subprocess
import time
import unittest

from rfmap_case import RFMAP, RfmapCase
from small_images import write_images
from small_network import small_network

# One option changed at a time, with the layers that the run must report.
VARIANTS = [
    {},
    {"layers": "conv1,conv2"},
    {"layers": "relu*"},
    {"layers": "all"},
    {"layers": "pool1", "units": "0-1"},
    {"layers": "pool1", "units": "random:2", "seed": 5},
    {"layers": "conv2", "before_activation": True},
    {"layers": "conv2", "before_activation": True, "bottom_k": 2},
    {"top_k": 40},
    {"occluder": "7x3"},
    {"stride": "3x1"},
    {"fill": "mean"},
    {"fill": "gray"},
    {"fill": "black"},
    {"fill": "image-mean"},
    {"fill": "blur"},
    {"seed": 77},
    {"overhang": True},
    {"response": "max"},
    {"response": "sum"},
    {"discrepancy": "abs"},
    {"discrepancy": "signed"},
    {"deposit": "footprint"},
    {"upsample": "nearest"},
    {"normalize": "peak"},
    {"border": "zero"},
    {"size_rule": "radius50"},
    {"size_rule": "radius90"},
    {"size_rule": "gaussian"},
    {"size_rule": "box"},
    {"size_cut": 0.4},
    {"keep_maps": True},
    {"preset": "caffe", "resize": None},
    {"preset": None, "mean": "120,110,100", "std": "60", "scale": 0.5, "channels": "bgr"},
    {"resize": "36"},
    {"resize": "33x50", "crop": "32x32"},
    {"input_size": "28x36"},
    {"device": "reference"},
    {"device": "cpu"},
    {"precision": "fp32"},
    {"batch": 3},
    {"threads": 2},
    {"memory": "1G"},
    {"strategy": "full"},
    {"strategy": "window"},
]


FILLS = ("noise", "mean", "gray", "black", "image-mean", "blur")
RESPONSES = ("location", "max", "sum")


class Variants(RfmapCase):
    def setUp(self):
        super().setUp()
        self.few = write_images(self.folder / "few", 3)

    def test_each_option_gives_a_whole_file(self):
        self.assertEqual(len(VARIANTS), 45)
        for changes in VARIANTS:
            with self.subTest(**changes):
                answer = self.estimate(overwrite=True, **changes)
                self.assertEqual(answer.returncode, 0, answer.stderr)
                self.assert_whole(self.out)
                rows = self.summary()
                self.assertTrue(rows)
                for name in str(changes.get("layers", "")).split(","):
                    if name.isalnum() and name != "all":
                        self.assertIn(name, rows)

    def test_default_layers_are_convolutions_and_poolings_after_their_activation(self):
        self.assertEqual(self.estimate().returncode, 0)
        rows = self.summary()
        self.assertEqual(list(rows), ["conv1", "pool1", "conv2"])
        self.assertEqual([rows[n]["rf_size"] for n in rows], [[3, 3], [4, 4], [8, 8]])
        self.assertEqual([rows[n]["units"] for n in rows], [4, 4, 5])

    def test_full_passes_and_windows_agree_for_every_fill_and_response(self):
        """gated: after a global layer conv2 runs full passes of its own."""
        gated = self.write("gated.onnx", small_network(gated=True))
        cases = [(fill, response, model) for fill in FILLS for response in RESPONSES
                 for model in (self.model, gated)]
        for fill, response, model in cases:
            with self.subTest(fill=fill, response=response, model=model.name):
                rows = []
                for strategy in ("full", "auto" if model is gated else "window"):
                    ran = self.estimate(model=model, fill=fill, response=response, overwrite=True,
                                        strategy=strategy, stride=6, images=self.few)
                    self.assertEqual(ran.returncode, 0, ran.stderr)
                    rows.append({name: row["size_cut25"] for name, row in self.summary().items()})
                self.assertEqual(rows[0].keys(), rows[1].keys())
                for name, size in rows[0].items():
                    self.assertAlmostEqual(size["mean"], rows[1][name]["mean"], delta=0.3)

    def test_table_on_stdout_is_that_of_summary(self):
        answer = self.estimate()
        self.assertEqual(answer.stdout, self.rfmap("summary", self.out).stdout)
        self.assertIn("conv2", answer.stdout)


class Repeat(RfmapCase):
    def test_folder_whose_name_is_latin_1(self):
        folder = self.images.rename(self.folder / os.fsdecode(b"bad\xe9dir"))
        args = self.estimate_args(images=os.fsdecode(b"bad\xe9dir"), layers="conv1")
        printed = self.rfmap(*args, "--print-config", errors="surrogateescape")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        config = self.write("run.toml", printed.stdout.encode())
        answer = self.rfmap("estimate", "--config", config, "--quiet", errors="surrogateescape")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_whole(self.out)
        listed = "".join(f"{image.name} {n % 3}\n" for n, image in enumerate(folder.iterdir()))
        (folder / "list.txt").write_text("name,label\n" + listed)
        again = self.folder / "again.h5"
        answer = self.rfmap(
            *self.estimate_args(images=folder / "list.txt", out=again, cluster="column"),
            errors="surrogateescape",
        )
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_whole(again)

    def test_printed_config_repeats_the_run(self):
        args = self.estimate_args(occluder="4x6", fill="gray", layers="conv1,pool1", seed=3)
        printed = self.rfmap(*args, "--print-config")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        self.assertFalse(self.out.exists())
        config = self.write("run.toml", printed.stdout.encode())
        self.assertEqual(self.rfmap(*args).returncode, 0)
        again = self.folder / "again.h5"
        answer = self.rfmap("estimate", "--config", config, "--out", again)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.summary(self.out), self.summary(again))
        other = self.rfmap("estimate", "--config", config, "--out", again, "--overwrite", "--seed=4",
                           "--fill=noise")
        self.assertEqual(other.returncode, 0, other.stderr)
        self.assertNotEqual(self.summary(self.out), self.summary(again))

    def test_threads_and_batch_do_not_change_sizes(self):
        self.assertEqual(self.estimate(device="reference").returncode, 0)
        first = self.summary()
        answer = self.estimate(device="reference", threads=2, overwrite=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.summary(), first)

    def test_checking_the_engine_does_not_change_the_results(self):
        self.assertEqual(self.estimate(device="cpu").returncode, 0)
        first = self.summary()
        answer = self.estimate(device="check:cpu", overwrite=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.summary(), first)


class SkippedImages(RfmapCase):
    def test_are_named_and_the_exit_code_says_so(self):
        (self.images / "image05.png").write_bytes(b"no picture")
        whole = (self.images / "image07.png").read_bytes()
        (self.images / "image07.png").write_bytes(whole[: len(whole) // 2])
        answer = self.estimate()
        self.assertEqual(answer.returncode, 4, answer.stderr)
        for name in ("image05.png", "image07.png"):
            self.assertIn(name, answer.stderr)
        self.assertNotIn("image06.png", answer.stderr)
        self.assert_whole(self.out)


class Doubts(RfmapCase):
    """Choices that hardly can be meant: one warning each, and the run goes on."""

    def warned(self, **changes):
        ran = self.estimate(**changes)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        lines = ran.stderr.splitlines()
        return [line for line in lines if line.startswith("warning: --")]

    def test_values_in_0_to_1(self):
        warned = self.warned(preset=None, channels="rgb", mean="0.485,0.456,0.406",
                             std="0.229,0.224,0.225", layers="conv1", top_k=1)
        self.assertEqual(len(warned), 1, warned)
        self.assertIn("--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375", warned[0])

    def test_scale_and_deviation_together(self):
        warned = self.warned(scale=0.5, layers="conv1", top_k=1)  # the preset divides by 255
        self.assertEqual(len(warned), 1, warned)
        self.assertIn("--scale 0.5 and --std 255", warned[0])

    def test_grids_that_cannot_measure(self):
        for stride, part in ((6, "never covered"), (28, "a single position")):
            warned = self.warned(stride=stride, layers="conv1", top_k=1, overwrite=True)
            self.assertEqual(len(warned), 1, warned)
            self.assertIn(f"--occluder 5x5 --stride {stride}x{stride}", warned[0])
            self.assertIn(part, warned[0])

    def test_presets_and_dense_grids_raise_none(self):
        for preset in ("unit", "caffe", "torchvision", "tensorflow", "raw"):
            self.assertEqual(self.warned(preset=preset, layers="conv1", top_k=1, stride=5,
                                         overwrite=True), [])


class Interrupted(RfmapCase):
    LONG = {"device": "reference", "stride": 1, "top_k": 12, "layers": "all", "quiet": None}

    def interrupt(self, sign, **changes):
        """Starts a long run and stops it once the file or folder `sign` exists."""
        command = [RFMAP, *map(str, self.estimate_args(**self.LONG | changes))]
        with subprocess.Popen(
            command, cwd=self.folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        ) as run:
            while not list(self.folder.glob(sign)):
                self.assertIsNone(run.poll(), "the run was over before it was stopped")
                time.sleep(0.01)
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=60)
        return run.returncode, out, err.decode()

    def test_ctrl_c_stops_cleanly_and_resume_goes_on(self):
        for sign in ("fields.h5.parts", "fields.h5.parts/maps-*.part"):
            code, out, err = self.interrupt(sign, resume=True)
            self.assertEqual((code, out), (130, b""), err)
            self.assert_nothing_left()
        answer = self.estimate(**self.LONG)
        self.assert_refused(answer, 2, "fields.h5.parts", "--resume")
        answer = self.estimate(**self.LONG | {"resume": True, "seed": 9})
        self.assert_refused(answer, 2, "--seed")
        answer = self.estimate(**self.LONG | {"resume": True})
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_whole(self.out)
        resumed = self.summary()
        answer = self.estimate(**self.LONG | {"out": "straight.h5"})
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.summary("straight.h5"), resumed)

    def test_resume_of_a_whole_file_does_nothing(self):
        self.assertEqual(self.estimate(resume=True).returncode, 0)
        whole = self.out.read_bytes()
        answer = self.estimate(resume=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.out.read_bytes(), whole)
        answer = self.estimate(resume=True, seed=9)
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertIn("--seed", answer.stderr)
        self.assertEqual(self.out.read_bytes(), whole)


if __name__ == "__main__":
    unittest.main()
