"""Values as HTML: escaped links and texts, with their language and direction.

A page has hundreds of values. Writing them here takes a third of the time of a template.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.html.interface_texts import InterfaceTexts
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.page_values import PageValue

_SECTION: Final = re.compile(r'<h2 id="([\w-]+)"[^>]*>(.*?)</h2>', re.DOTALL)
_EVERYTHING: Final = '<details class="everything"'
"""The start of the statements that a page hides until a reader opens them."""


@dataclass(frozen=True, slots=True)
class PropertyRow:
    """A property with its values; `more` is the number of values left out."""

    property: PageValue
    values: tuple[PageValue, ...]
    more: int = 0


def link(it: PageValue) -> Markup:
    """Return a value as a link, or as a text with its language if it has no address."""
    text = f"<bdi>{escape(it.text)}</bdi>"
    if it.href:
        return Markup(f'<a href="{escape(it.href)}"{marks(it)}>{text}</a>')  # noqa: S704  # escaped
    return Markup(f"<bdi{marks(it)}>{escape(it.text)}</bdi>{tag(it)}")  # noqa: S704  # escaped


def value(it: PageValue, say: InterfaceTexts) -> Markup:
    """Return a value as a link with its IRI and its other address, or as a text."""
    if not it.href:
        cut = f' <span class="note">{escape(say("cut"))}</span>' if it.is_cut else ""
        return Markup(f"<bdi{marks(it)}>{escape(it.text)}</bdi>{cut}{tag(it)}")  # noqa: S704  # escaped
    title = f' title="{escape(it.iri)}"' if it.iri else ""
    name = f'<a href="{escape(it.href)}"{title}{marks(it)}><bdi>{escape(it.text)}</bdi></a>'
    if it.outward:
        name += f' <a class="way" href="{escape(it.outward)}" {_labels(it, say("there"))}>↗</a>'
    if it.inward:
        name += f' <a class="way info" href="{escape(it.inward)}" {_labels(it, say("here"))}>i</a>'
    return Markup(name)  # noqa: S704  # escaped


def language_field(reader: LanguagePreference) -> Markup:
    """Return the field by which a form keeps the language that the address chooses, if it does."""
    language = reader.query_language
    field = f'<input type="hidden" name="lang" value="{escape(language)}">' if language else ""
    return Markup(field)  # noqa: S704  # escaped


def table(rows: Iterable[PropertyRow], say: InterfaceTexts) -> Markup:
    """Return properties with their values as a table."""
    return Markup(f'<table class="facts">{"".join(_row(row, say) for row in rows)}</table>')  # noqa: S704  # escaped


def _row(row: PropertyRow, say: InterfaceTexts) -> str:
    items = "".join(f"<li>{value(one_value, say)}</li>\n" for one_value in row.values)
    more = f'<li class="note">{escape(say("more", n=row.more))}</li>' if row.more else ""
    name = value(row.property, say)
    return f'<tr><th scope="row">{name}</th><td><ul>\n{items}{more}</ul></td></tr>\n'


def code(text: str) -> Markup:
    """Return a text with each part between two backticks as code."""
    parts = escape(text).split("`")
    marked = (f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
    return Markup("".join(marked))  # noqa: S704  # escaped


def sections_of(content: Markup) -> list[tuple[str, str]]:
    """Return the sections of a page with an anchor: the anchors, and their headings as text."""
    return [
        (anchor, Markup(heading).striptags())  # noqa: S704  # escaped by the template
        for anchor, heading in _SECTION.findall(content.partition(_EVERYTHING)[0])
    ]


def marks(it: PageValue) -> Markup:
    """Return the attributes `lang` and `dir`, none for the language of the page."""
    if not it.language:
        return _NOTHING
    return Markup(f' lang="{escape(it.language)}" dir="{it.direction}"')  # noqa: S704  # escaped


def tag(it: PageValue) -> Markup:
    """Return the visible label of the language of a text."""
    if not it.language:
        return _NOTHING
    return Markup(f'<span class="lang" lang="en">{escape(it.language)}</span>')  # noqa: S704  # escaped


def _labels(it: PageValue, way: str) -> str:
    return f'title="{escape(way)}" aria-label="{escape(it.text)}: {escape(way)}"'


_NOTHING = Markup()
