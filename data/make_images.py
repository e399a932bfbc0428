#!/usr/bin/env python3
"""Makes the demo's image folder: crops of photographs, or dead leaves if there are none.

Needs numpy and Pillow. The photographs come from a scikit-image wheel, an installed scikit-image
(found automatically) or a folder that holds them; photographs.json lists which ones and their
licences.
"""

import argparse
import pathlib
import sys

import dead_leaves
import photographs

SIDE = 230  # twice the side of the network's input


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="folder for the images (PNG)")
    parser.add_argument("--count", type=int, default=300, help="number of images (300)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the crops or leaves (0)")
    parser.add_argument("--photos", type=pathlib.Path, metavar="DIR",
                        help="scikit-image wheel, installation, or folder with its photographs "
                        "(default: the installed scikit-image)")
    parser.add_argument("--dead-leaves", action="store_true", help="dead leaves, no photographs")
    arguments = parser.parse_args()
    if arguments.count < 1 or arguments.seed < 0:
        parser.error("--count must be at least 1 and --seed at least 0")
    return arguments


def find_photographs(place):
    """Photographs at `place`, or of the installed scikit-image; {} if there is none."""
    if place is None:
        place = photographs.installed_folder()
        return photographs.read_photographs(place) if place else {}
    found = photographs.read_photographs(place) if place.exists() else {}
    if not found:
        sys.exit(f"make_images: --photos {place}: holds none of the photographs listed in "
                 f"{photographs.TABLE.name}; give a scikit-image wheel or its skimage/data folder")
    return found


def leaves(count, seed):
    """Yields `count` pairs (name, image)."""
    for index in range(count):
        yield f"dead-leaves_seed{seed}_{index:04}", dead_leaves.dead_leaves(SIDE, [seed, index])


def write(images, folder):
    """Writes the (name, image) pairs as PNG, and next to the folder a list of them with the source
    of each crop; returns the number of other files in the folder."""
    written = set()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, image in images:
            path = folder / f"{name}.png"
            # Without the photographs' colour profiles: some are faulty, and decoders complain.
            image.save(path, compress_level=1, icc_profile=None)
            written.add(path)
        lines = (f"{folder.name}/{path.name}\t{path.stem.split('_side')[0]}\n"
                 for path in sorted(written))
        folder.with_name(folder.name + ".txt").write_text("".join(lines))
        return len(set(folder.iterdir()) - written)
    except OSError as error:
        sys.exit(f"make_images: cannot write the images: {error}")


def main():
    arguments = parse_arguments()
    found = {} if arguments.dead_leaves else find_photographs(arguments.photos)
    if found:
        images = photographs.crops(found, arguments.count, SIDE, arguments.seed)
        what = f"crops of {len(found)} photographs that come with scikit-image"
    else:
        images = leaves(arguments.count, arguments.seed)
        what = "dead leaves images (generated; no photographs"
        what += ")" if arguments.dead_leaves else ": scikit-image and its files were not found)"
    others = write(images, arguments.output)
    print(f"{arguments.count} {what}, {SIDE} x {SIDE} pixels, in {arguments.output}")
    if others:
        sys.exit(f"make_images: {arguments.output} also holds {others} other files, which would be "
                 "taken for images of the same set; give an empty folder")


if __name__ == "__main__":
    main()
