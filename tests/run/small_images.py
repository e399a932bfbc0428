"""Small PNG files, written with only the standard library."""

import random
import struct
import zlib


def png(width, height, rows):
    """8-bit RGB; `rows` holds bytes of width * 3."""

    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", data) + part(b"IEND", b"")


def rectangles(seed, side=40):
    """An image of overlapping random rectangles in random colours."""
    draw = random.Random(seed)
    pixels = [bytearray(draw.choices(range(256), k=3) * side) for _ in range(side)]
    for _ in range(30):
        y, x = draw.randrange(side), draw.randrange(side)
        height, width = draw.randint(2, side // 2), draw.randint(2, side // 2)
        colour = bytes(draw.choices(range(256), k=3))
        for row in pixels[y : y + height]:
            last = min(x + width, side)
            row[3 * x : 3 * last] = colour * (last - x)
    return png(side, side, pixels)


def write_images(folder, count):
    folder.mkdir()
    for i in range(count):
        (folder / f"image{i:02}.png").write_bytes(rectangles(i))
    return folder
