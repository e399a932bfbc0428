"""Wrong inputs of `rfmap estimate`: each with its message and its exit code, and no files left."""

import resource
import unittest

from rfmap_case import RfmapCase
from small_network import small_network


class WrongInputs(RfmapCase):
    def tearDown(self):
        self.assert_nothing_left()

    def test_model_is_missing(self):
        self.assert_refused(self.estimate(model="absent.onnx"), 2, "absent.onnx")

    def test_model_is_truncated(self):
        data = small_network()
        for share in (3, 2):
            model = self.write("cut.onnx", data[: len(data) * (share - 1) // share])
            self.assert_refused(self.estimate(model=model), 3, "cut.onnx")
            model.unlink()

    def test_model_is_no_model(self):
        model = self.write("text.onnx", b"This is not a network.\n" * 10)
        self.assert_refused(self.estimate(model=model), 3, "text.onnx")
        model.unlink()

    def test_network_takes_five_channels(self):
        model = self.write("five.onnx", small_network(channels=5))
        self.assert_refused(self.estimate(model=model), 3, "5 channels")
        model.unlink()

    def test_images_give_another_number_of_channels(self):
        model = self.write("grey.onnx", small_network(channels=1))
        self.assert_refused(self.estimate(model=model), 2, "--channels", "gray")
        model.unlink()
        self.assert_refused(self.estimate(channels="gray"), 2, "--channels", "rgb")

    def test_image_folder_is_missing(self):
        self.assert_refused(self.estimate(images="absent"), 2, "absent")

    def test_image_folder_is_empty(self):
        (self.folder / "empty").mkdir()
        self.assert_refused(self.estimate(images="empty"), 3, "empty", "image")

    def test_no_image_can_be_read(self):
        folder = self.folder / "broken"
        folder.mkdir()
        (folder / "a.png").write_bytes(b"no picture")
        answer = self.estimate(images=folder)
        self.assertEqual(answer.returncode, 3, answer.stderr)
        self.assertIn("a.png", answer.stderr)

    def test_all_images_are_smaller_than_the_crop(self):
        model = self.write("wide.onnx", small_network(side=64))
        answer = self.estimate(model=model)
        model.unlink()
        self.assertEqual(answer.returncode, 3, answer.stderr)
        self.assertIn("image00.png", answer.stderr)

    def test_occluder_is_larger_than_the_image(self):
        self.assert_refused(self.estimate(occluder=33), 2, "33", "32")
        self.assert_refused(self.estimate(occluder="5x40"), 2, "40")

    def test_layer_does_not_exist(self):
        self.assert_refused(self.estimate(layers="pol1"), 2, "pol1", "pool1")
        self.assert_refused(self.estimate(layers="conv1,conv9"), 2, "conv9", "conv2")

    def test_units_do_not_exist(self):
        self.assert_refused(self.estimate(layers="pool1", units="7-9"), 2, "--units", "pool1", "4")
        self.assert_refused(self.estimate(units="one"), 2, "--units", "random:N")

    def test_bottom_k_of_a_layer_that_cannot_be_negative(self):
        answer = self.estimate(layers="conv1", bottom_k=2)
        self.assert_refused(answer, 2, "conv1", "--before-activation")

    def test_preprocessing_is_not_given(self):
        answer = self.estimate(preset=None, resize=None)
        self.assert_refused(answer, 2, "caffe", "torchvision", "--mean")

    def test_crop_is_not_the_networks_input(self):
        self.assert_refused(self.estimate(crop="16x16"), 2, "--crop", "16x16", "32x32")

    def test_device_does_not_exist(self):
        self.assert_refused(self.estimate(device="gpu9"), 2, "gpu9", "cpu")

    def test_option_is_unknown(self):
        self.assert_refused(self.estimate(strid=3), 2, "--strid", "--stride")

    def test_output_folder_does_not_exist(self):
        self.assert_refused(self.estimate(out="absent/fields.h5"), 2, "absent")

    def test_output_folder_cannot_be_written(self):
        self.assert_refused(self.estimate(out="/proc/fields.h5"), 2, "/proc/fields.h5")


class OutputExists(RfmapCase):
    def test_is_kept_without_overwrite(self):
        self.out.write_bytes(b"old")
        self.assert_refused(self.estimate(), 2, "fields.h5", "--overwrite")
        self.assertEqual(self.out.read_bytes(), b"old")

    def test_is_replaced_with_overwrite(self):
        self.out.write_bytes(b"old")
        answer = self.estimate(overwrite=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_whole(self.out)


class FullDisk(RfmapCase):
    def test_is_a_fault_and_leaves_nothing(self):
        whole = self.estimate(keep_maps=True)
        self.assertEqual(whole.returncode, 0, whole.stderr)
        size = self.out.stat().st_size
        self.out.unlink()
        limits = (size // 50, size // 2, size - 1000)
        for limit in limits:
            answer = self.rfmap(
                *self.estimate_args(keep_maps=True, overwrite=True),
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
            )
            self.assert_refused(answer, 1, "fields.h5", "cannot be written")
            self.assert_nothing_left()
        self.assertEqual(len(limits), 3)


if __name__ == "__main__":
    unittest.main()
