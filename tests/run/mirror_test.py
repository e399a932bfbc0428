"""Network and images mirrored together: the complete result is mirrored (overlapping pooling)."""

import unittest

import h5py
import numpy as np

from rfmap_case import RfmapCase
from small_images import png
from small_network import small_network

SIDE = 33


class Mirrored(RfmapCase):
    def setUp(self):
        super().setUp()
        draw = np.random.default_rng(4)
        self.photographs = [self.folder / name for name in ("plain", "turned")]
        for folder in self.photographs:
            folder.mkdir()
        for i in range(16):
            coarse = draw.integers(0, 200, (11, 11, 3))
            pixels = np.kron(coarse, np.ones((3, 3, 1), int)) + draw.integers(0, 56, (SIDE, SIDE, 3))
            for folder, values in zip(self.photographs, (pixels, pixels[:, ::-1])):
                rows = [bytearray(row.astype(np.uint8).tobytes()) for row in values]
                (folder / f"{i:02}.png").write_bytes(png(SIDE, SIDE, rows))

    def pair(self, **options):
        """Both runs' files, opened."""
        files = []
        for images, mirrored in zip(self.photographs, (False, True)):
            model = self.write(f"{mirrored}.onnx", small_network(
                side=SIDE, pool=3, mirrored=mirrored))
            out = self.folder / f"{mirrored}.h5"
            ran = self.estimate(model=model, images=images, out=out, fill="gray", stride=2, top_k=8,
                                overwrite=True, layers="pool1,conv2", **options)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            files.append(h5py.File(out))
            self.addCleanup(files[-1].close)
        return files

    def test_ties_on_their_mean_mirror(self):
        plain, turned = self.pair()
        ties = 0
        for layer in ("pool1", "conv2"):
            a, b = plain["layers"][layer], turned["layers"][layer]
            np.testing.assert_array_equal(a["top_image"], b["top_image"])
            width = a.attrs["map_shape"][1]
            np.testing.assert_allclose(a["top_centre"][..., 1], width - 1 - b["top_centre"][..., 1])
            field, other = a["receptive_field"][:], b["receptive_field"][:][:, :, ::-1]
            np.testing.assert_allclose(field, other, atol=1e-5 * np.nanmax(field))
            np.testing.assert_allclose(a["size"], b["size"], rtol=1e-4)
            np.testing.assert_allclose(a["size_equivalent"], b["size_equivalent"], rtol=1e-3)
            ties += (a["top_ties"][:] > 1).sum()
        self.assertGreater(ties, 10)

    def test_the_first_of_tied_positions_does_not(self):
        plain, turned = self.pair(recentre="first")
        field = plain["layers/pool1/receptive_field"][:]
        other = turned["layers/pool1/receptive_field"][:][:, :, ::-1]
        self.assertGreater(np.nanmax(np.abs(field - other)), 0.05 * np.nanmax(field))


if __name__ == "__main__":
    unittest.main()
