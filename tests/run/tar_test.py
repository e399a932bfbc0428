"""Images in tar files: the results are those of the folder, but for the images' names. Needs h5py."""

import io
import tarfile
import unittest

import h5py
import numpy as np

from rfmap_case import RfmapCase

NAMES = ("images/path", "images/label")


def datasets(path):
    """Every dataset but the images' names."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.update({name: item[()]})
            if isinstance(item, h5py.Dataset) and name not in NAMES
            else None
        )
    return found


class Tar(RfmapCase):
    def pack(self, name, kind, first=0, step=1, labels=False):
        """Some of the test's images; with labels as a WebDataset has them."""
        path = self.folder / name
        with tarfile.open(path, "w", format=kind) as archive:
            for i, image in list(enumerate(sorted(self.images.iterdir())))[first::step]:
                archive.add(image, f"a folder/{image.name}")
                if labels:
                    data = f"{i % 3}\n".encode()
                    label = tarfile.TarInfo(f"a folder/{image.stem}.cls")
                    label.size = len(data)
                    archive.addfile(label, io.BytesIO(data))
        return path

    def test_results_are_those_of_the_folder(self):
        self.assertEqual(self.estimate(cluster="none", keep_maps=True).returncode, 0)
        want = datasets(self.out)
        for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            with self.subTest(kind=kind):
                shard, out = self.pack(f"{kind}.tar", kind), self.folder / f"{kind}.h5"
                answer = self.estimate(images=shard, out=out, cluster="none", keep_maps=True)
                self.assertEqual(answer.returncode, 0, answer.stderr)
                self.assert_whole(out)
                got = datasets(out)
                self.assertEqual(got.keys(), want.keys())
                for name, values in want.items():
                    np.testing.assert_array_equal(got[name], values, err_msg=name)
                with h5py.File(out) as file:
                    paths = [p.decode() for p in file["images/path"]]
                self.assertEqual(paths, [f"{shard.resolve()}#{i}" for i in range(12)])

    def test_labels_are_kept_and_cluster(self):
        shards = [self.pack(f"{n}.tar", tarfile.PAX_FORMAT, n, 2, labels=True) for n in (0, 1)]
        listed = self.write("list.txt", "".join(f"{s}#{i}\n" for s in shards for i in (0, 5)).encode())
        args = self.estimate_args(cluster="column", images=shards[0])
        answer = self.rfmap(*args, "--images", shards[1])
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with h5py.File(self.out) as file:
            labels = [int(text) for text in file["images/label"]]
            clusters = list(file["images/cluster"])
        order = [*range(0, 12, 2), *range(1, 12, 2)]
        self.assertEqual(labels, [i % 3 for i in order])
        numbers = {0: 0, 2: 1, 1: 2}  # in the order in which they appear
        self.assertEqual(clusters, [numbers[i % 3] for i in order])
        answer = self.estimate(images=listed, out=self.folder / "list.h5")
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_a_damaged_member_is_skipped_by_name(self):
        shard = self.folder / "some.tar"
        with tarfile.open(shard, "w") as archive:
            for image in sorted(self.images.iterdir()):
                archive.add(image, image.name)
            data = self.images.joinpath("image00.png").read_bytes()[:200]
            cut = tarfile.TarInfo("cut.png")
            cut.size = len(data)
            archive.addfile(cut, io.BytesIO(data))
        answer = self.estimate(images=shard, quiet=None)
        self.assertEqual(answer.returncode, 4, answer.stderr)
        self.assertIn("some.tar#12 (cut.png) is a PNG cut short", answer.stderr)
        self.assertIn("1 image(s) could not be read and were skipped, 1 of them as damaged",
                      answer.stderr)
        self.assertRegex(answer.stderr, r"scanned 13 images in .* images/s, bound by \w+")

    def test_a_tar_file_cut_short_is_refused(self):
        shard = self.pack("whole.tar", tarfile.GNU_FORMAT)
        shard.write_bytes(shard.read_bytes()[:2000])
        answer = self.estimate(images=shard)
        self.assert_refused(answer, 3, "whole.tar is a damaged tar file")
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
