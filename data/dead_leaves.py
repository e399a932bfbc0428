"""Dead leaves: opaque shapes of every size that hide one another.

Radii follow r^-3 between two limits, which gives images that are nearly scale invariant, with
spectrum and edges close to those of photographs (Ruderman 1997; Lee, Mumford, Huang,
International Journal of Computer Vision 41, 2001).
"""

import numpy as np
from PIL import Image, ImageDraw

SMALLEST = 5.0  # radius, pixels of the finished image
LEAVES = 4000  # drawn on and around the image; about one pixel in 1000 then remains uncovered
POINTS = 32  # points of an outline


def radii(rng, count, smallest, largest):
    """`count` radii with density proportional to r^-3 on [smallest, largest]."""
    low, high = smallest**-2.0, largest**-2.0
    return (low - rng.random(count) * (low - high)) ** -0.5


def colours(rng, count):
    """[count, 3] uint8: broad in luminance, narrow in the two chromatic directions."""
    luminance = rng.uniform(10, 245, (count, 1))
    warm = rng.normal(0, 16, (count, 1)) * np.array([[1.0, 0.1, -1.0]])
    green = rng.normal(0, 8, (count, 1)) * np.array([[-0.7, 1.0, -0.7]])
    return np.clip(luminance + warm + green, 0, 255).astype(np.uint8)


def outlines(rng, radius):
    """Offsets of each leaf's outline [leaf, point, 2]: a third each discs, ellipses, polygons.

    A polygon of fewer corners than there are points repeats its first corner.
    """
    count = len(radius)
    kind = rng.integers(3, size=count)
    corners = rng.integers(3, 7, size=(count, 1))
    random = rng.random((count, POINTS))
    polygon = np.where(np.arange(POINTS) < corners, random, random[:, :1])
    angle = np.where(kind[:, None] == 2, np.sort(polygon, axis=1), np.arange(POINTS) / POINTS)
    aspect = np.where(kind == 0, 1.0, rng.uniform(0.3, 1.0, count))[:, None]
    x, y = np.cos(2 * np.pi * angle), aspect * np.sin(2 * np.pi * angle)
    turn = 2 * np.pi * rng.random((count, 1))
    turned = (x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn))
    return radius[:, None, None] * np.stack(turned, axis=2)


def dead_leaves(side, seed):
    """RGB image of side x side pixels; the same seed gives the same leaves."""
    rng = np.random.default_rng(seed)
    largest = side / 2
    radius = radii(rng, LEAVES, SMALLEST, largest)
    centre = rng.uniform(-largest, side + largest, (LEAVES, 2))
    reach = radius[:, None]
    seen = np.all((centre + reach > 0) & (centre - reach < side), axis=1)
    shapes = 2 * (centre[seen][:, None] + outlines(rng, radius[seen]))
    fills = [tuple(colour) for colour in colours(rng, len(shapes)).tolist()]
    canvas = Image.new("RGB", (2 * side, 2 * side), (128, 128, 128))
    draw = ImageDraw.Draw(canvas)
    for shape, fill in zip(shapes.reshape(len(shapes), -1).tolist(), fills):
        draw.polygon(shape, fill=fill)
    return canvas.reduce(2)  # drawn at twice the size: soft edges
