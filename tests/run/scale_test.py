"""Memory does not grow with the list of images."""

import os
import unittest

from rfmap_case import RFMAP, RfmapCase


class Scale(RfmapCase):
    def peak_memory(self, count):
        """Bytes of a run over a list of so many entries, which name the same dozen images."""
        paths = sorted(self.images.iterdir())
        lines = (f"{paths[i % len(paths)]} {i % 5}\n" for i in range(count))
        listed = self.write("list.txt", "".join(lines).encode())
        args = self.estimate_args(images=listed, layers="conv1", units="0", crop="32x32",
                                  top_k=1, overwrite=True)
        child = os.posix_spawn(RFMAP, [RFMAP, *map(str, args)], os.environ)
        _, status, usage = os.wait4(child, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        return usage.ru_maxrss * 1024

    def test_memory_does_not_grow_with_the_list(self):
        few, many = self.peak_memory(1000), self.peak_memory(60_000)
        self.assertLess(many - few, 8e6)


if __name__ == "__main__":
    unittest.main()
