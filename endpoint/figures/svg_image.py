"""A figure as an image of its own: with its style, its title, its caption, its licence.

The style is a part of the style sheet of the pages (`static/style.css`), so that a figure looks the
same on a page, embedded elsewhere and in the dark. The fonts are those of the reader's system.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.figure_data import FigureText
from urbansdg.endpoint.figures.svg_markup import cleaned, cut, label, number, text_width
from urbansdg.ontology.namespaces import PREFIXES

_EDGE: Final = 14.0
_TITLE: Final = 16.0
_SMALL: Final = 11.0
_BOLD: Final = 1.08  # how much wider bold text is
_ZOOM: Final = 1.5
_MOST_LINES: Final = 6
_BOX: Final = re.compile(r'viewBox="0 (-?[\d.]+) ([\d.]+) ([\d.]+)"')
_COLOURS: Final = re.compile(r"\A(.*?)\* \{", re.DOTALL)
_PART: Final = re.compile(r"/\* figures: drawings.*?\*/(.*)/\* figures: end", re.DOTALL)
_FITTING: Final = "svg:root { max-width: 100%; height: auto; }"  # in a narrow frame
_WIDE: Final = r"\u3000-\u9fff\uff00-\uffef"  # Korean breaks between words, as here Latin does
_BREAKABLE: Final = re.compile(rf"[{_WIDE}]\s*|[^\s{_WIDE}]+\s*|\s+")
_COMMENTS: Final = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Where an image comes from: its address, the citation, the licences, notes of its caption.

    `site` is the start of the absolute addresses of links, without a path.
    """

    address: str
    site: str
    citation: str
    licences: tuple[str, ...]
    created: str
    notes: tuple[str, ...] = ()


@cache
def image_style() -> str:
    """Return the style of images: the colours of the pages, and the part for drawings."""
    sheet = files("urbansdg.endpoint").joinpath("static/style.css").read_text("utf-8")
    colours, part = _COLOURS.search(sheet), _PART.search(sheet)
    goals = re.findall(r"^\.g\d.*$", sheet, re.MULTILINE)
    if colours is None or part is None:
        raise ValueError("The style sheet has no part for figures.")
    style = _COMMENTS.sub("", "\n".join((colours[1], part[1], *goals, _FITTING)))
    return "\n".join(line.strip() for line in style.splitlines() if line.strip())


@cache
def style_hash() -> str:
    """Return the hash of the style for a Content Security Policy (CSP 3, section 2.3.1)."""
    digest = hashlib.sha256(image_style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def svg_image(drawing: Markup, text: FigureText, source: ImageSource) -> bytes:
    """Return a drawing as an image, in UTF-8.

    Raises ValueError if the drawing is not one of this package.
    """
    head, _, content = str(drawing).removesuffix("</svg>").partition(">")
    box = _BOX.search(head)
    if box is None:
        raise ValueError("The drawing has no view box.")
    top, width, height = (float(part) for part in box.groups())
    whole_width = width + 2 * _EDGE
    titles = list(_wrapped(text.title, width / _BOLD, _TITLE, 3))
    caption = [
        line
        for note in (source.citation, *source.notes)
        for line in _wrapped(note, width, _SMALL, _MOST_LINES)
    ]
    above = _EDGE + len(titles) * (_TITLE + 5) + 6
    below = above + height + 8
    whole_height = below + len(caption) * (_SMALL + 4) + _EDGE
    near = whole_width - _EDGE if text.is_mirrored else _EDGE
    lines = [
        label(near, _EDGE + _TITLE + n * (_TITLE + 5) - 4, line, name="f-title")
        for n, line in enumerate(titles)
    ]
    lines += [
        label(near, below + (n + 1) * (_SMALL + 4), line, name="f-small")
        for n, line in enumerate(caption)
    ]
    head = _BOX.sub(f'viewBox="0 0 {number(whole_width)} {number(whole_height)}"', head)
    size = f'width="{number(whole_width * _ZOOM)}" height="{number(whole_height * _ZOOM)}"'
    links = content.replace('<a href="/', f'<a target="_top" href="{cleaned(source.site)}/')
    title_and_description, mark, rest = links.partition("</desc>")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head} {size}>{title_and_description}{mark}'
        f"{_metadata(text, source)}<style>{image_style()}</style>"
        f'<rect class="f-paper" width="{number(whole_width)}" height="{number(whole_height)}"/>'
        f"{''.join(lines)}"
        f'<svg x="{number(_EDGE)}" y="{number(above)}" width="{number(width)}" '
        f'height="{number(height)}" viewBox="0 {number(top)} {number(width)} {number(height)}">'
        f"{rest}</svg></svg>\n"
    ).encode("utf-8", "replace")


def _metadata(text: FigureText, source: ImageSource) -> str:
    """Return the metadata as RDF/XML (SVG 2, section 5.10)."""
    licences = "".join(
        f'<dcterms:license rdf:resource="{cleaned(licence)}"/>' for licence in source.licences
    )
    return (
        f'<metadata><rdf:RDF xmlns:rdf="{PREFIXES["rdf"]}" xmlns:dcterms="{PREFIXES["dcterms"]}">'
        f'<rdf:Description rdf:about="{cleaned(source.address)}">'
        f'<dcterms:title xml:lang="{cleaned(text.language)}">{cleaned(text.title)}</dcterms:title>'
        f"<dcterms:description>{cleaned(text.description)}</dcterms:description>"
        f"<dcterms:bibliographicCitation>{cleaned(source.citation)}</dcterms:bibliographicCitation>"
        f"<dcterms:created>{cleaned(source.created)}</dcterms:created>{licences}"
        "</rdf:Description></rdf:RDF></metadata>"
    )


def _wrapped(text: str, width: float, size: float, most: int) -> Iterator[str]:
    """Yield the lines of a text; the last one of very many is cut.

    A line breaks between words and before wide characters. A word that is longer than a line, such
    as an address, has lines of its own and breaks anywhere.
    """
    lines = [""]
    for word in _BREAKABLE.findall(text[:2_000]):
        is_long = text_width(word.rstrip(), size) > width
        if is_long and lines[-1].strip():
            lines.append("")
        for part in word if is_long else (word,):
            if lines[-1] and text_width(lines[-1] + part.rstrip(), size) > width:
                lines.append("")
            lines[-1] += part
    shown_lines = [line.strip() for line in lines if line.strip()]
    if len(shown_lines) > most:
        shown_lines[most - 1] += " \u2026 \u2026"
    yield from (cut(line, width, size) for line in shown_lines[:most])
