"""The name by which a thing is shown to a reader."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

_FALLBACK: Final = "en"


def label_in(names: Iterable[tuple[str, str]], language: str) -> tuple[str, str] | None:
    """Return the first name in a language, else in English, else the first; None for none.

    Names are pairs of a language tag, "" for none, and a text.
    """
    by_language = dict[str, str]()
    for tag, name in names:
        by_language.setdefault(tag, name)
    for tag in (language, _FALLBACK, *by_language):
        if tag in by_language:
            return tag, by_language[tag]
    return None


def local_name(iri: str) -> str:
    """Return the last part of an IRI."""
    return unquote(iri.rstrip("/#").replace("#", "/").rpartition("/")[2]) or iri
