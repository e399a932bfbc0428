"""The rooms of src/ and cuda/engine include only what they link, as the drawing in the docs says."""

import functools
import re
import unittest

from rfmap_case import ROOT


@functools.lru_cache
def links():
    """The LINK list of each room, by name, in the order of the root's list."""
    text = (ROOT / "CMakeLists.txt").read_text()
    names = re.search(r"foreach\(room ([^)]*)\)", text).group(1).split()
    found = {}
    for name in names:
        call = re.search(r"rfmap_room\((\w+)(.*?)\)", (ROOT / f"src/{name}/CMakeLists.txt").read_text(), re.S)
        assert call.group(1) == name
        match = re.search(r"\bLINK\s+(.*?)(?:\bPRIVATE\b|$)", call.group(2), re.S)
        found[name] = match.group(1).split() if match else []
    return found


def reachable(name):
    """What a room may include: itself and all that it links, directly or not."""
    rooms = {name}
    for linked in links()[name]:
        rooms |= reachable(linked)
    return rooms


def sources(folder):
    return [path for path in sorted(folder.rglob("*")) if path.suffix in (".h", ".cpp", ".cu", ".cuh")]


def includes(path):
    return re.findall(r'^#include "([^"]+)"', path.read_text(), re.M)


class Rooms(unittest.TestCase):
    def test_a_room_includes_only_rooms_that_it_links(self):
        for name in links():
            allowed = reachable(name) | {"rfmap"}
            for path in sources(ROOT / "src" / name):
                for include in includes(path):
                    room = include.split("/")[0]
                    if name == "engines" and room == "engine":
                        continue  # the CUDA engine, where it is built
                    if "/" not in include and include.endswith((".pb.h", "versions.h")):
                        continue  # generated
                    if include == "app/library_versions.h":
                        continue
                    self.assertIn(room, allowed, f"{path.relative_to(ROOT)} includes {include}")
                    self.assertTrue(
                        (ROOT / "src" / include).is_file() or (ROOT / "include" / include).is_file(),
                        f"{path.relative_to(ROOT)}: no {include}",
                    )

    def test_a_room_links_only_rooms_above_it(self):
        above = []
        for name, linked in links().items():
            for other in linked:
                self.assertIn(other, above, f"{name} links {other}, which is not above it")
            above.append(name)

    def test_public_headers_include_only_public_headers(self):
        for path in sources(ROOT / "include"):
            for include in includes(path):
                self.assertTrue(include.startswith("rfmap/"), f"{path.name} includes {include}")

    def test_kernels_and_session_know_no_room_beyond_planning(self):
        for path in sources(ROOT / "cuda"):
            if path.parts[-2] in ("gpu", "cudnn"):
                continue
            for include in includes(path):
                self.assertIn(
                    include.split("/")[0], {"rfmap", "core", "graph", "plan", "kernels", "engine"},
                    f"{path.relative_to(ROOT)} includes {include}",
                )

    def test_the_docs_show_the_links(self):
        page = (ROOT / "docs/architecture.md").read_text()
        shown = {}
        for name, uses in re.findall(r"^\| `src/(\w+)/` \| ([^|]*) \|", page, re.M):
            shown[name] = set(re.findall(r"\w+", uses)) - {"nothing"}
        self.assertEqual(shown, {name: set(linked) for name, linked in links().items()})


if __name__ == "__main__":
    unittest.main()
