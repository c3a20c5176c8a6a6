"""The parts of SVG documents: escaped texts, coordinates, and texts cut to their width.

Styles stand in style sheets by class: the content security policy of pages allows no `style`
attributes.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Final
from unicodedata import combining, east_asian_width

from markupsafe import Markup

from urbansdg.endpoint.figures.figure_data import FigureText
from urbansdg.endpoint.html.page_values import plain

LONGEST: Final = 300
"""The most characters of a text in a figure; tables have the whole."""

TEXT_SIZE: Final = 13.0
"""The size of text in the units of a chart."""

_WIDE: Final = frozenset("WF")
_NARROW: Final = frozenset("iljtf.,:;'|!()[] ")


def cleaned(text: str) -> str:
    """Return a text for XML: escaped, without control characters and lone surrogates."""
    return escape(_harmless(text))


def _harmless(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return plain(text.encode("utf-8", "replace").decode("utf-8"))


def number(value: float) -> str:
    """Return a coordinate with at most one decimal.

    Raises ValueError if it is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(value)
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def text_width(text: str, size: float = TEXT_SIZE) -> float:
    """Return an estimate of the width of a text: a server has no fonts to measure it with.

    The widths are those of Noto Sans, rounded up: a wide character of East Asia has one em.
    """
    return size * sum(map(_em, text))


@lru_cache(maxsize=4096)
def _em(character: str) -> float:
    if character.isascii():
        if character in _NARROW:
            return 0.34
        return 0.68 if character.isupper() or character in "mw%@" else 0.57
    if combining(character):
        return 0.0
    return 1.0 if east_asian_width(character) in _WIDE else 0.62


def cut(text: str, width: float, size: float = TEXT_SIZE) -> str:
    """Return the start of a text that fits into a width, with an ellipsis if it is cut."""
    text = " ".join(_harmless(text[:LONGEST]).split())
    if text_width(text, size) <= width:
        return text
    room = width - size
    for end, character in enumerate(text):
        room -= size * _em(character)
        if room < 0:
            return f"{text[:end].rstrip()}…"
    return text


def label(
    x: float,
    y: float,
    text: str,
    anchor: str = "start",
    *,
    name: str = "f-text",
    full: str = "",
) -> str:
    """Return a text at a point; `full` is the whole text that a pointer shows, if it is cut."""
    title = f"<title>{cleaned(full[:LONGEST])}</title>" if full and full != text else ""
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{name}" x="{number(x)}" y="{number(y)}"{at}>{cleaned(text)}{title}</text>'


def rectangle(name: str, x: float, y: float, width: float, height: float) -> str:
    """Return a rectangle of a class."""
    return (
        f'<rect class="{name}" x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" '
        f'height="{number(height)}"/>'
    )


def line(name: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a straight line of a class."""
    return f'<path class="{name}" d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"/>'


def is_address(href: str | None) -> bool:
    """Return whether a text is an address of the web or of this server."""
    return href is not None and href.startswith(("/", "#", "?", "http://", "https://"))


def linked(href: str | None, words: str, content: str) -> str:
    """Return content as a link with a name; without an address, the content alone.

    Only addresses of the web and of this server become links: `javascript:` runs a script. The name
    is a `title`: an `aria-label` would have to contain the visible text as it is, which the parts
    of a drawing do not allow (WCAG 2.5.3).
    """
    if not is_address(href):
        return content
    title = f"<title>{cleaned(words[:LONGEST])}</title>"
    return f'<a href="{cleaned(href or "")}">{title}{content}</a>'


def drawing(
    text: FigureText,
    width: float,
    height: float,
    parts: Iterable[str],
    name: str = "chart",
    *,
    top: float = 0,
) -> Markup:
    """Return a drawing with its title and its description.

    A drawing with links is a group, since the parts of an image are hidden from assistive
    technology (WAI-ARIA 1.2, `img`: children presentational).
    """
    content = "".join(parts)
    role = "group" if "<a " in content else "img"
    key = text.identifier
    box = f"0 {number(top)} {number(width)} {number(height)}"
    return Markup(  # noqa: S704  # every text is escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" viewBox="{box}" role="{role}" '
        f'lang="{cleaned(text.language)}" direction="{text.direction}" '
        f'aria-labelledby="{key}-t" aria-describedby="{key}-d">'
        f'<title id="{key}-t">{cleaned(text.title)}</title>'
        f'<desc id="{key}-d">{cleaned(text.whole_description)}</desc>{content}</svg>'
    )
