"""Change maps of every fill, response, strategy and engine agree with those of the reference engine's
windows; behind a global layer, which has no windows, with its full passes. Needs h5py."""

import itertools
import unittest

import h5py
import numpy as np

from rfmap_case import RfmapCase
from small_images import write_images
from small_network import small_network

FILLS = ("noise", "mean", "gray", "black", "image-mean", "blur")
RESPONSES = ("location", "max", "sum")
STRATEGIES = ("window", "full", "auto")
ENGINES = ("reference", "cpu")


class Fills(RfmapCase):
    def setUp(self):
        super().setUp()
        self.few = write_images(self.folder / "few", 3)

    def maps(self, **changes):
        """Change maps and places of conv2."""
        ran = self.estimate(images=self.few, layers="conv2", stride=5, top_k=2, keep_maps=True,
                            overwrite=True, **changes)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        with h5py.File(self.out) as file:
            layer = file["layers/conv2"]
            return layer["discrepancy"][:], layer["top_location"][:]

    def agree(self, model, strategies):
        cases = 0
        for fill, response in itertools.product(FILLS, RESPONSES):
            wanted = None
            for device, strategy in itertools.product(ENGINES, strategies):
                with self.subTest(fill=fill, response=response, device=device, strategy=strategy):
                    got, places = self.maps(model=model, fill=fill, response=response,
                                            device=device, strategy=strategy)
                    if wanted is None:
                        wanted, first_places = got, places
                        self.assertGreater(np.nanmax(abs(wanted)), 0.01)
                    np.testing.assert_array_equal(places, first_places)
                    scale = np.nanmax(abs(wanted))
                    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-4 * scale)
                    cases += 1
        self.assertEqual(cases, len(FILLS) * len(RESPONSES) * len(ENGINES) * len(strategies))

    def test_windows_and_full_passes(self):
        self.agree(self.model, STRATEGIES)

    def test_behind_a_global_layer(self):
        self.agree(self.write("gated.onnx", small_network(gated=True)), ("full", "auto"))

    def test_fills_of_the_image_itself_differ_from_the_others(self):
        maps = [self.maps(fill=fill, strategy="full", preset="torchvision")[0] for fill in FILLS]
        for a, b in itertools.combinations(maps, 2):
            self.assertGreater(np.nanmax(abs(a - b)), 1e-3)


class Statuses(RfmapCase):
    def test_damaged_images_have_a_status_of_their_own(self):
        """0 read, 1 skipped, 2 skipped as damaged; a finished run tells the same again."""
        whole = (self.images / "image07.png").read_bytes()
        (self.images / "image07.png").write_bytes(whole[: len(whole) // 2])
        (self.images / "image05.png").write_bytes(b"no picture")
        counted = "2 image(s) could not be read and were skipped, 1 of them as damaged"
        for again in (None, True):
            ran = self.estimate(resume=again)
            self.assertEqual(ran.returncode, 4, ran.stderr)
            self.assertIn(counted, ran.stderr)
            with h5py.File(self.out) as file:
                self.assertEqual(file["images/status"][:].tolist(), [0] * 5 + [1, 0, 2] + [0] * 4)
        self.assert_whole(self.out)


if __name__ == "__main__":
    unittest.main()
