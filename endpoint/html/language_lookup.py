"""The name of a thing in the reader's language (RFC 4647, section 3.4: lookup)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Self

from pyoxigraph import BlankNode, Literal, NamedNode
from starlette.requests import Request

from urbansdg.endpoint.html.preferred_sources import NAMING, outranked, preferred_names
from urbansdg.endpoint.http_fields.accept_fields import lookup

if TYPE_CHECKING:  # workers import this module, and start faster without the store
    from urbansdg.store import Patterns

_FALLBACK: Final = "en"
_LONGEST: Final = 500  # bytes of Accept-Language that are read


_TAG: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LanguagePreference:
    """The languages of a reader: Accept-Language, None without one, and `?lang=`.

    `?lang=` overrides Accept-Language: an address with `?lang=ko` is the same page for everyone.
    """

    accept_language: str | None = None
    query_language: str | None = None

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return the reader of a request; an invalid `?lang=` is ignored."""
        parameter = request.query_params.get("lang", "")
        language = parameter if _TAG.fullmatch(parameter) else None
        wish = request.headers.get("accept-language")
        if wish is not None and len(wish) > _LONGEST:
            wish = wish[:_LONGEST].rpartition(",")[0]
        return cls(wish, language)

    @property
    def wish(self) -> str | None:
        """The preferred languages, in the syntax of Accept-Language."""
        return self.query_language or self.accept_language

    def choose(self, texts: Iterable[Literal]) -> Literal | None:
        """Return the text in the preferred language, else in English, else any.

        Of several texts in that language, it is the shortest.
        """
        literals = list(texts)
        if len(literals) <= 1:
            return literals[0] if literals else None
        by_language: dict[str, list[Literal]] = {}
        for text in literals:
            by_language.setdefault(text.language or "", []).append(text)
        tags = tuple(sorted(tag for tag in by_language if tag))
        chosen = by_language.get(self.prefer(tags) or "") or by_language.get(_FALLBACK)
        if chosen is None:
            chosen = by_language[min(by_language)]
        return chosen[0] if len(chosen) == 1 else min(chosen, key=_by_length)

    def prefer(self, tags: tuple[str, ...]) -> str | None:
        """Return the preferred one of several languages, English if none is preferred."""
        return _looked_up(self.wish, tags) if tags else None


def _by_length(text: Literal) -> tuple[int, str]:
    return len(text.value), text.value


@lru_cache(maxsize=4096)
def _looked_up(wish: str | None, tags: tuple[str, ...]) -> str | None:
    return lookup(wish, tags) or _FALLBACK


def names(store: "Patterns", thing: NamedNode | BlankNode) -> Iterator[Literal]:
    """Yield the names of a thing, of each language by the preferred property and source."""
    quads = [
        quad for naming in NAMING for quad in store.quads_for_pattern(thing, naming, None, None)
    ]
    dropped = outranked(quads)
    yield from preferred_names(quad.triple for quad in quads if quad.triple not in dropped)


def local_name(iri: str) -> str:
    """Return the local name of an IRI, for a thing without a name."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2] or iri
