"""Many images at little cost, and what two runs are compared by."""

import hashlib
import os

import h5py

from small_images import rectangles

MAY_DIFFER = {"created", "finished", "command_line", "config"}


def link_images(folder, count, different):
    """COUNT images of 56 x 56; all but the first DIFFERENT are links to these, so responses tie."""
    folder.mkdir()
    for i in range(count):
        path = folder / f"image{i:04}.png"
        if i < different:
            path.write_bytes(rectangles(i, side=56))
        else:
            os.link(folder / f"image{i % different:04}.png", path)
    return folder


def contents(path):
    """{name of attribute or dataset: type, shape and bytes} of a results file."""
    found = {}

    def visit(name, item):
        for key, value in item.attrs.items():
            if key not in MAY_DIFFER and not isinstance(value, h5py.Reference):
                found[f"{name}@{key}"] = (str(item.attrs.get_id(key).dtype), str(value))
        if isinstance(item, h5py.Dataset):
            data = item[()]
            found[name] = (str(data.dtype), data.shape, data.tobytes())

    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return found


def digests(folder, pattern):
    """{name: time of change and digest} of the files of a folder."""
    return {
        path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.glob(pattern))
    }
