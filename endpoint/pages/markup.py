"""Values as HTML: links and texts, escaped, each with its language and its direction.

A page has hundreds of them, so they are written here and not in a template: it takes a third of
the time.
"""

from collections.abc import Callable
from html import escape

from markupsafe import Markup

from urbansdg.endpoint.page import Value

Say = Callable[[str], str]
"""Gives a word of the page by its key."""


def link(it: Value) -> Markup:
    """Return a value as a link, or as a text with its language where it leads nowhere."""
    text = f"<bdi>{escape(it.text)}</bdi>"
    if it.href:
        return Markup(f'<a href="{escape(it.href)}"{marks(it)}>{text}</a>')  # noqa: S704  # escaped
    return Markup(f"<bdi{marks(it)}>{escape(it.text)}</bdi>{tag(it)}")  # noqa: S704  # escaped


def value(it: Value, say: Say) -> Markup:
    """Return a value as a link with its IRI, and the other way to it, or as a text."""
    if not it.href:
        cut = f' <span class="note">{escape(say("cut"))}</span>' if it.is_cut else ""
        return Markup(f"<bdi{marks(it)}>{escape(it.text)}</bdi>{cut}{tag(it)}")  # noqa: S704  # escaped
    title = f' title="{escape(it.iri)}"' if it.iri else ""
    name = f'<a href="{escape(it.href)}"{title}{marks(it)}><bdi>{escape(it.text)}</bdi></a>'
    if it.outward:
        name += f' <a class="way" href="{escape(it.outward)}" {_told(it, say("there"))}>↗</a>'
    if it.inward:
        name += f' <a class="way info" href="{escape(it.inward)}" {_told(it, say("here"))}>i</a>'
    return Markup(name)  # noqa: S704  # escaped


def marks(it: Value) -> Markup:
    """Return the attributes of a text's language and direction, none where it is the page's."""
    if not it.language:
        return _NOTHING
    return Markup(f' lang="{escape(it.language)}" dir="{it.direction}"')  # noqa: S704  # escaped


def tag(it: Value) -> Markup:
    """Return the language of a text, for the eye."""
    if not it.language:
        return _NOTHING
    return Markup(f'<span class="lang" lang="en">{escape(it.language)}</span>')  # noqa: S704  # escaped


def _told(it: Value, way: str) -> str:
    return f'title="{escape(way)}" aria-label="{escape(it.text)}: {escape(way)}"'


_NOTHING = Markup()
