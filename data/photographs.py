"""Photographs of the scikit-image package, and square crops of them at several scales."""

import hashlib
import importlib.util
import io
import json
import pathlib
import zipfile
import zlib

import numpy as np
from PIL import Image

TABLE = pathlib.Path(__file__).with_name("photographs.json")
CROP_SIDES = (160, 230, 340, 500)  # pixels of the photograph


def installed_folder():
    """Folder of the photographs in an installed scikit-image (not imported), or None."""
    spec = importlib.util.find_spec("skimage")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = pathlib.Path(place) / "data"
        if folder.is_dir():
            return folder
    return None


def open_place(place, folder):
    """A path in which file names are looked up: the folder of the photographs or its part of a
    wheel."""
    place = pathlib.Path(place)
    if place.is_file() and zipfile.is_zipfile(place):
        return zipfile.Path(place, f"{folder}/")
    inside = (place / folder, place / "data", place)
    return next((path for path in inside if path.is_dir()), place)


def read_files(place):
    """{file name: bytes} of the listed photographs in a wheel file or a folder.

    A file of the same name with other content is ignored: the licences hold for those listed.
    """
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    folder = open_place(place, table["folder"])
    found = {}
    for row in table["photographs"]:
        path = folder / row["file"]
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() == row["sha256"]:
            found[row["file"]] = content
    return found


def read_photographs(place):
    """{name without suffix: RGB image} of the listed photographs at `place`, in name order."""
    files = read_files(place)
    return {
        pathlib.PurePath(file).stem: Image.open(io.BytesIO(files[file])).convert("RGB")
        for file in sorted(files)
    }


def contrast(image, box):
    """Standard deviation of the grey values inside `box` (left, top, right, bottom)."""
    return float(np.asarray(image.crop(box).convert("L"), np.float32).std())


def place_crop(image, side, rng):
    """Box of side x side pixels: of three drawn at random the one with the most contrast."""
    corners = [[int(rng.integers(0, n - side + 1)) for n in image.size] for _ in range(3)]
    boxes = [(x, y, x + side, y + side) for x, y in corners]
    return max(boxes, key=lambda box: contrast(image, box))


def crops(photographs, count, side, seed):
    """Yields `count` pairs (name, RGB image of side x side pixels), photographs in turn.

    Each photograph has its own random numbers, so that a crop depends neither on `count` nor on
    which other photographs were found. The name gives photograph, side and corner in its pixels.
    """
    draws = {
        name: np.random.default_rng([seed, zlib.crc32(name.encode())]) for name in photographs
    }
    seen = set()
    turn = 0
    while len(seen) < count:
        name = list(photographs)[turn % len(photographs)]
        image = photographs[name]
        sides = [s for s in CROP_SIDES if s <= min(image.size)]
        crop = sides[turn // len(photographs) % len(sides)]
        turn += 1
        box = place_crop(image, crop, draws[name])
        label = f"{name}_side{crop}_x{box[0]:04}_y{box[1]:04}"
        if label in seen:
            continue
        seen.add(label)
        yield label, image.resize((side, side), Image.Resampling.LANCZOS, box=box)
