"""Memory and rate of a scan of so many small images with a tiny network.

  bench/scan_scale.py build/cpu/bin/rfmap FOLDER 1000 1000000

For each number: makes tar files of 10,000 images in FOLDER (48 different PNG files of 40 x 40 pixels,
again and again) and a list of as many lines, which name 48 files, runs `rfmap estimate` on both with one
thread, and prints peak memory, processor time and the program's own account of its scan.
"""

import os
import pathlib
import subprocess
import sys
import tarfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1] / "tests/run"
sys.path.insert(0, str(TESTS))
from small_images import rectangles, write_images  # noqa: E402
from small_network import small_network  # noqa: E402

SHARD, DIFFERENT = 10_000, 48


def member(name, data):
    """Header, data and padding of a file in a tar."""
    header = tarfile.TarInfo(name)
    header.size = len(data)
    return header.tobuf(tarfile.USTAR_FORMAT) + data + b"\0" * (-len(data) % 512)


def make_shards(folder, count):
    """Tar files of COUNT images, as WebDataset has them."""
    folder.mkdir(parents=True)
    images = [rectangles(i) for i in range(DIFFERENT)]
    for first in range(0, count, SHARD):
        with open(folder / f"shard-{first // SHARD:05}.tar", "wb") as file:
            for i in range(first, min(first + SHARD, count)):
                file.write(member(f"{i:09}.png", images[i % DIFFERENT]))
            file.write(bytes(1024))


def make_list(path, count):
    images = sorted(write_images(path.with_suffix(""), DIFFERENT).iterdir())
    with open(path, "w") as file:
        for i in range(count):
            file.write(f"{images[i % DIFFERENT]}\n")


def measure(rfmap, folder, what, images):
    out, log = folder / "fields.h5", folder / "log"
    log.unlink(missing_ok=True)
    command = [rfmap, "estimate", "--model", folder / "net.onnx", "--out", out,
               "--preset", "unit", "--resize", "0", "--crop", "32x32", "--occluder", "5",
               "--stride", "5", "--top-k", "3", "--cluster", "none", "--overwrite", "--quiet",
               "--threads", "1", "--log-file", log]
    for path in images:
        command += ["--images", path]
    started = time.monotonic()
    with open(os.devnull, "wb") as nowhere:
        run = subprocess.Popen(list(map(str, command)), stdout=nowhere)
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    said = [line for line in log.read_text().splitlines() if "scanned" in line]
    print(f"{what}: exit code {run.returncode}, {used.ru_maxrss / 1024:.1f} MiB, "
          f"{used.ru_utime:.1f} s of CPU time (system {used.ru_stime:.1f} s), "
          f"{time.monotonic() - started:.1f} s; results {out.stat().st_size / 1e6:.2f} MB", *said,
          sep="\n  ", flush=True)


def main():
    rfmap, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "net.onnx").write_bytes(small_network())
    for count in map(int, sys.argv[3:]):
        shards, listed = folder / f"{count}-shards", folder / f"{count}.txt"
        if not shards.exists():
            make_shards(shards, count)
            make_list(listed, count)
        measure(rfmap, folder, f"list of {count}", [listed])
        measure(rfmap, folder, f"tar files of {count}", sorted(shards.iterdir()))


main()
