"""`rfmap theory`, `summary`, `check`, `devices` and the program itself."""

import csv
import io
import json
import subprocess
import unittest
import unittest.mock

from rfmap_case import RFMAP, RfmapCase
from small_network import chunk, number, small_network


class Clusters(RfmapCase):
    def test_labels_of_a_list_are_recorded_and_change_intervals_alone(self):
        files = sorted(self.images.iterdir())
        listed = self.write("list.txt", "".join(
            f"{file}\tphotograph {i // 2}\n" for i, file in enumerate(files)).encode())
        plain, clustered = self.folder / "plain.h5", self.folder / "clustered.h5"
        common = {"images": listed, "top_k": 10, "keep_maps": True}
        ran = self.estimate(out=plain, **common)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        ran = self.estimate(out=clustered, cluster="column", **common)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assert_whole(clustered)
        rows = [self.summary(path)["conv1"] for path in (plain, clustered)]
        self.assertEqual(rows[0]["size"], rows[1]["size"])
        self.assertNotEqual(rows[0]["reliability"], rows[1]["reliability"])
        again = self.folder / "again.h5"  # aggregate keeps the clusters
        answer = self.rfmap("aggregate", clustered, "--out", again)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.summary(again), self.summary(clustered))
        self.assert_refused(
            self.estimate(out=clustered, cluster="column", resume=True, **common | {"images": self.images}),
            2, "--cluster column", "label")

    def test_a_list_with_class_numbers_is_read(self):
        names = [f"images/{file.name} 0\n" for file in sorted(self.images.iterdir())]
        listed = self.write("caffe.txt", "".join(names).encode())
        self.assertEqual(self.estimate(images=listed).returncode, 0)
        first = self.summary()
        self.assertEqual(self.estimate(overwrite=True).returncode, 0)
        self.assertEqual(self.summary(), first)


class WeightsControl(RfmapCase):
    def test_shuffled_weights_are_recorded_and_named(self):
        ran = self.estimate(weights_control="shuffle", units="0-3")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assert_whole(self.out)
        shuffled, table = self.summary(), self.rfmap("summary", self.out).stdout
        self.assertIn("weights shuffled", table)
        again = self.folder / "again.h5"
        self.assertEqual(
            self.estimate(weights_control="shuffle", units="0-3", seed=1, out=again).returncode, 0
        )
        self.assertNotEqual(self.summary(again), shuffled)
        self.assertEqual(self.estimate(units="0-3", overwrite=True).returncode, 0)
        self.assertNotIn("shuffled", self.rfmap("summary", self.out).stdout)
        self.assertNotEqual(self.summary(), shuffled)


class Theory(RfmapCase):
    # layer: output side, jump, size, padding, start; by the rules of the arithmetic guide
    WANTED = {
        "conv1": (32, 1, 3, 1, 0.5),
        "pool1": (16, 2, 4, 1, 1),
        "conv2": (14, 2, 8, 1, 3),
    }

    def test_json_holds_the_arithmetic(self):
        answer = self.rfmap("theory", "--model", self.model, "--format", "json")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        rows = {row["layer"]: row for row in json.loads(answer.stdout)["layers"]}
        self.assertEqual(list(rows)[1:], ["conv1", "relu1", "pool1", "conv2", "relu2"])
        self.assertEqual(next(iter(rows.values()))["kind"], "input")
        for name, wanted in self.WANTED.items():
            row = rows[name]
            for key, number in zip(("n", "jump", "size", "padding", "start"), wanted):
                self.assertEqual(row[key], [number, number], (name, key))
            self.assertTrue(row["aligned"])

    def test_modules_name_layers(self):
        named = small_network().replace(b"\x1a\x05conv1", b"\x1a\x05/c/Op")  # NodeProto.name
        model = self.write("modules.onnx", named)
        answer = self.rfmap("theory", "--model", model, "--format", "json")
        row = json.loads(answer.stdout)["layers"][1]
        self.assertEqual((row["layer"], row["node"], row["kind"]), ("c", "/c/Op", "convolution"))
        ran = self.estimate(model=model, layers="c,pool*", units="0")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assert_whole(self.out)
        kinds = {name: row["kind"] for name, row in self.summary().items()}
        self.assertEqual(kinds, {"c": "convolution", "pool1": "max pooling"})

    def test_csv_holds_the_same(self):
        answer = self.rfmap("theory", "--model", self.model, "--format", "csv", "--layers", "conv2")
        (row,) = csv.DictReader(io.StringIO(answer.stdout))
        self.assertEqual([row[k] for k in ("n_y", "jump_x", "size_y", "padding_x", "start_y")],
                         ["14", "2", "8", "1", "3"])

    def test_an_unknown_operation_counts_as_global(self):
        model = self.write("unknown.onnx", small_network().replace(b"Relu", b"Rlux", 1))
        warning = "operation Rlux (1 node, first 'relu1') is not known and counts as global"
        answer = self.rfmap("theory", "--model", model, "--format", "json")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn(warning, answer.stderr)
        document = json.loads(answer.stdout)
        rows = {row["layer"]: row for row in document["layers"]}
        self.assertEqual(list(rows)[1:], ["conv1", "relu1", "pool1", "conv2", "relu2"])
        self.assertEqual(document["assumed_global"][0]["operation"], "Rlux")
        self.assertEqual([row["known"] for row in rows.values()], [1, 1, 0, 1, 1, 1])
        self.assertEqual([row["global"] for row in rows.values()], [0, 0, 1, 1, 1, 1])
        self.assertEqual(rows["conv2"]["n"], [None, None])  # relu1's extents are not in the file
        self.assertEqual(rows["conv2"]["jump"], [None, None])
        self.assertEqual(rows["relu2"]["n"], [14, 14])
        self.assertEqual(rows["conv2"]["size"], [34, 34])
        answer = self.rfmap("theory", "--model", model, "--format", "csv")
        self.assertIn(warning, answer.stderr)
        line = {row["layer"]: row for row in csv.DictReader(io.StringIO(answer.stdout))}["relu1"]
        self.assertEqual((line["n_y"], line["known"], line["global"]), ("", "0", "1"))
        answer = self.rfmap("theory", "--model", model)
        row = next(line for line in answer.stdout.splitlines() if line.startswith("relu1"))
        self.assertEqual(row.split()[2], "?")
        self.assertIn("g?", row)
        file = self.folder / "unknown.h5"
        answer = self.rfmap("theory", "--model", model, "--format", "hdf5", "--out", file)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        answer = self.rfmap("theory", "--model", model, "--layers", "conv1")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))  # reads nothing unknown

    def test_weights_are_not_needed(self):
        def stripped(name, shape, _):
            return b"".join(number(1, n) for n in shape) + number(2, 1) + chunk(8, name)

        for gated in (False, True):
            whole = self.write("whole.onnx", small_network(gated=gated))
            with unittest.mock.patch("small_network.tensor", stripped):
                bare = self.write("bare.onnx", small_network(gated=gated))
            wanted, got = (self.rfmap("theory", "--model", model) for model in (whole, bare))
            self.assertEqual((got.returncode, got.stderr), (0, ""))
            self.assertEqual(got.stdout, wanted.stdout)
        self.assert_refused(self.estimate(model=bare), 3, "weights are missing")

    def test_table_goes_to_a_file(self):
        file = self.folder / "theory.txt"
        answer = self.rfmap("theory", "--model", self.model, "--layers", "pool1", "--out", file)
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, "", ""))
        self.assertIn("pool1  max pooling  16x16     2     4        1      1", file.read_text())

    def test_input_size_is_overridden_and_axes_may_differ(self):
        args = ("theory", "--model", self.model, "--layers", "conv2", "--input-size", "20x48")
        self.assertIn("8x22", self.rfmap(*args).stdout)

    def test_neurons_are_boxed_with_padding_and_clipped(self):
        answer = self.rfmap("theory", "--model", self.model, "--neuron", "conv1:0:31", "--neuron",
                            "conv2:0:3:2", "--format", "csv")
        first, second = csv.DictReader(io.StringIO(answer.stdout))
        sides = ("y0", "x0", "y1", "x1")
        self.assertEqual([first[s] for s in sides], ["-1", "30", "2", "33"])
        self.assertEqual([first["clipped_" + s] for s in sides], ["0", "30", "2", "32"])
        self.assertEqual([second[s] for s in sides], ["5", "3", "13", "11"])  # -1 + 2 u, 8 px

    def test_hdf5_goes_to_a_file(self):
        args = ("theory", "--model", self.model, "--format", "hdf5")
        self.assert_refused(self.rfmap(*args), 2, "--out")
        file = self.folder / "theory.h5"
        self.assertEqual(self.rfmap(*args, "--out", file).returncode, 0)
        self.assertEqual(file.read_bytes()[:4], b"\x89HDF")
        self.assert_refused(self.rfmap(*args, "--out", self.folder / "absent" / "theory.h5"), 2, "absent")

    def test_errors(self):
        self.assert_refused(self.rfmap("theory"), 2, "--model")
        args = ("theory", "--model", self.model, "--neuron")
        self.assert_refused(self.rfmap(*args, "conv1:32:0"), 2, "--neuron", "rows 0 to 31")
        self.assert_refused(self.rfmap(*args, "conv1:0"), 2, "LAYER:Y:X")
        self.assert_refused(self.rfmap(*args, "cnv1:0:0"), 2, "conv1")
        self.assert_refused(self.rfmap("theory", "--model", "absent.onnx"), 2, "absent.onnx")
        answer = self.rfmap("theory", "--model", self.model, "--layers", "pol1")
        self.assert_refused(answer, 2, "pol1", "pool1")


class Results(RfmapCase):
    def setUp(self):
        super().setUp()
        answer = self.estimate(layers="conv1,pool1", units="0-1", keep_maps=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_summary_has_three_formats(self):
        table = self.rfmap("summary", self.out).stdout
        self.assertIn("±", table)
        self.assertIn("2/2", table)
        rows = list(csv.DictReader(io.StringIO(self.rfmap("summary", self.out, "--format=csv").stdout)))
        self.assertEqual([r["layer"] for r in rows], ["conv1", "pool1"])
        self.assertEqual([r["rf_size_y"] for r in rows], ["3", "4"])
        theory = self.rfmap("theory", "--model", self.model, "--layers", "conv1,pool1", "--format",
                            "csv").stdout
        nodes = [r["node"] for r in csv.DictReader(io.StringIO(theory))]
        self.assertEqual([r["node"] for r in rows], nodes)
        for row in rows:
            wanted = self.summary()[row["layer"]]["size"]["mean"]
            self.assertAlmostEqual(float(row["size_mean"]), wanted, places=3)

    def test_check_refuses_what_is_no_results_file(self):
        self.assert_whole(self.out)
        data = self.out.read_bytes()
        answer = self.rfmap("check", self.write("cut.h5", data[: len(data) // 2]))
        self.assertEqual(answer.returncode, 3)
        text = self.write("text.h5", b"no results")
        self.assertEqual(self.rfmap("check", text).returncode, 3)
        self.assertEqual(self.rfmap("summary", text).returncode, 3)

    def test_check_finds_damage_wherever_there_are_data(self):
        data = self.out.read_bytes()
        size = 64  # blocks almost without zeros hold numbers or texts, not the file's free space
        blocks = [at for at in range(0, len(data) - size, size) if data.count(0, at, at + size) < 5]
        self.assertGreater(len(blocks), 100)
        for at in blocks[:: len(blocks) // 12]:
            block = bytes(b ^ 255 for b in data[at : at + size])
            damaged = self.write("damaged.h5", data[:at] + block + data[at + size :])
            self.assertEqual(self.rfmap("check", damaged).returncode, 3, f"damage at {at}")

    def test_missing_files(self):
        for command in ("summary", "check"):
            self.assert_refused(self.rfmap(command, "absent.h5"), 2, "absent.h5")
            self.assert_refused(self.rfmap(command, self.images), 2, "folder")

    def test_full_output_is_a_fault(self):
        with open("/dev/full", "w") as full:
            run = subprocess.run([RFMAP, "summary", str(self.out)], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"No space left on device; free space", run.stderr)


class Program(RfmapCase):
    def test_devices_names_engines(self):
        answer = self.rfmap("devices")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"(?m)^cpu +yes +\S")
        self.assertRegex(answer.stdout, r"(?m)^reference +yes +\S")
        self.assertRegex(answer.stdout, r"(?m)^check +yes +\S")

    def test_version_and_help(self):
        self.assertRegex(self.rfmap("--version").stdout, r"^rfmap \d+\.\d+\.\d+\n")
        for command in ("estimate", "plan", "merge", "theory", "summary", "check", "show",
                        "devices"):
            self.assertIn("Example:\n  rfmap " + command, self.rfmap(command, "--help").stdout)

    def test_unknown_command(self):
        self.assert_refused(self.rfmap("divide"), 2, "divide", "estimate")


if __name__ == "__main__":
    unittest.main()
