"""The extents of what an SVG draws, read from its markup."""

import math
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from urbansdg.endpoint.figures.svg_markup import text_width

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_COMMAND = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SIZES = {"m": 2, "l": 2, "q": 4, "a": 7, "h": 1, "v": 1, "z": 0}


def parsed(svg: str | bytes) -> ET.Element:
    """Return the root of a drawing."""
    return ET.fromstring(svg)  # our own markup


def view_box(root: ET.Element) -> tuple[float, float, float, float]:
    """Return the left, top, right and bottom of a drawing."""
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    return left, top, left + width, top + height


def points_of(root: ET.Element) -> Iterator[tuple[str, float, float]]:
    """Yield the corners of what each element draws, with its tag; texts by estimated width."""
    is_mirrored = root.get("direction") == "rtl"
    for element in root.iter():
        tag = element.tag.removeprefix(_NAMESPACE)
        attributes = element.attrib
        if tag == "rect":
            x, y = float(attributes["x"]), float(attributes["y"])
            yield tag, x, y
            yield tag, x + float(attributes["width"]), y + float(attributes["height"])
        elif tag == "circle":
            x, y, r = (float(attributes[name]) for name in ("cx", "cy", "r"))
            yield tag, x - r, y - r
            yield tag, x + r, y + r
        elif tag == "path" and "transform" not in attributes:
            yield from (("path", x, y) for x, y in path_points(attributes["d"]))
        elif tag == "text":
            yield from (("text", x, y) for x, y in _text_ends(element, is_mirrored=is_mirrored))


def _text_ends(element: ET.Element, *, is_mirrored: bool) -> Iterator[tuple[float, float]]:
    sizes = {"f-small": 11.0, "f-title": 16.0}
    small = sizes.get(element.attrib["class"], 13.0)
    width = text_width(element.text or "", float(element.get("font-size", small)))
    x, y = float(element.attrib["x"]), float(element.attrib["y"])
    side = -1 if is_mirrored else 1
    anchor = element.get("text-anchor", "start")
    start = {"start": x, "middle": x - side * width / 2, "end": x - side * width}[anchor]
    yield start, y
    yield start + side * width, y


def path_points(path: str) -> Iterator[tuple[float, float]]:
    """Yield the points of a path (SVG 2, section 9.3) with the commands that figures use."""
    x = y = 0.0
    start = (0.0, 0.0)
    for letter, text in _COMMAND.findall(path):
        numbers = [float(part) for part in _NUMBER.findall(text)]
        assert all(map(math.isfinite, numbers))
        size = _SIZES[letter.lower()]
        assert (len(numbers) % size == 0 and numbers) if size else not numbers, path
        for n in range(0, len(numbers), max(size, 1)):
            arguments = numbers[n : n + size]
            is_relative = letter.islower()
            pairs = {"h": [*arguments, 0.0], "v": [0.0, *arguments]}
            step_x, step_y = pairs.get(letter, arguments)[-2:]
            x, y = (x + step_x, y + step_y) if is_relative else (step_x, step_y)
            if letter.lower() == "m" and n == 0:
                start = (x, y)
            yield x, y
        if letter == "z":
            x, y = start
