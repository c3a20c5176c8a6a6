"""Content negotiation (RFC 9110, section 12); `accept_fields` parses the header fields."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Final

from urbansdg.endpoint.http_fields.accept_fields import acceptable, is_well_formed
from urbansdg.ontology.media_types import GRAPHS, HTML, RESULTS, TURTLE, XLSX, Format

_UTF_8: Final = re.compile(r";\s*charset\s*=\s*(?:utf-8|\"utf-8\")(?=\s*(?:[;,]|$))", re.IGNORECASE)

_BLANK: Final = re.compile(r"(?<=\w) (?=\w)")
_RELUCTANCE: Final = 0.7
_PARAMETERS: Final = re.compile(
    r";\s*(?!q\s*=)[\w.+-]+\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen format, and the media type by which the client named it."""

    format: Format
    media_type: str

    @property
    def content_type(self) -> str:
        """The value of Content-Type: text types say their charset, which is always UTF-8."""
        return (
            f"{self.media_type}; charset=utf-8"
            if self.media_type.startswith("text/")
            else self.media_type
        )


@dataclass(frozen=True)
class Negotiation:
    """The formats that are offered: `results` for SELECT and ASK, `graphs` for RDF."""

    results: tuple[Format, ...] = RESULTS
    graphs: tuple[Format, ...] = GRAPHS

    def result(self, accept: str | None) -> Choice | None:
        """Choose a format of query results; None where none of them is accepted."""
        return choose(accept, self.results)

    def graph(self, accept: str | None) -> Choice | None:
        """Choose a format of RDF; None where none of them is accepted."""
        return choose(accept, self.graphs)

    def named(self, names: Sequence[str]) -> tuple[Choice | None, Choice | None]:
        """Return the formats of results and of RDF by the values of `?format=`, the first known.

        A value is a name, a file extension or a media type; SPARQLWrapper sends several. A workbook
        is sent to a request that names it only.
        """
        return _first(names, (*self.results, XLSX)), _first(names, self.graphs)

    def prefers_html(self, accept: str | None) -> bool:
        """Return whether the client prefers a page to RDF, as browsers do."""
        return _best(accept, (TURTLE, *_media_types(self.graphs), HTML)) == HTML

    def prefers_page(self, accept: str | None) -> bool:
        """Return whether the client prefers a page to all formats of answers, as browsers do."""
        if accept is None or HTML not in accept.casefold():
            return False
        formats = (*_media_types(self.results), *_media_types(self.graphs))
        return _best(accept, (*formats, HTML)) == HTML


@lru_cache(maxsize=512)
def choose(accept: str | None, offers: tuple[Format, ...]) -> Choice | None:
    """Choose among formats by the header Accept (None and an unreadable one accept anything)."""
    best = _best(accept, tuple(_media_types(offers)))
    return None if best is None else _named(best, offers)


def preferred(
    accept: str | None, media_types: Sequence[str], *, reluctantly: Collection[str] = ()
) -> str | None:
    """Return the media type that Accept prefers, None where it takes none of them.

    A media type in `reluctantly` is sent only to a client that clearly prefers it: the server's own
    preference counts too (RFC 9110, section 12.1).
    """
    return _best(accept, media_types, reluctantly)


def media_type_parameter(value: str) -> str:
    """Return the value of a parameter that takes a media type, as its sender wrote it.

    `+` in a query string is a blank (WHATWG URL, 5.1), and clients often leave it unescaped. A name
    in a media type has no blank (RFC 6838, 4.2), so that a blank inside one was a plus.
    """
    return _BLANK.sub("+", value)


def _first(names: Sequence[str], offers: Sequence[Format]) -> Choice | None:
    # A media type may have parameters, such as its charset, which all answers have alike.
    known = (_named(name.partition(";")[0].strip().casefold(), offers) for name in names)
    return next((choice for choice in known if choice is not None), None)


def _best(
    accept: str | None, media_types: Sequence[str], reluctantly: Collection[str] = ()
) -> str | None:
    accept = accept or None  # an empty list says no more than none
    if accept is not None and "charset" in accept.casefold():
        accept = _UTF_8.sub("", accept)  # what every answer is: it asks for nothing else
    offers = tuple(media_types)
    ranked = acceptable(accept, offers)
    if accept is not None and (not ranked or not is_well_formed(accept)):
        # A parameter that is not known (a profile of JSON-LD) is no reason to send nothing.
        ranked = acceptable(_PARAMETERS.sub("", accept), offers)
    weighed = [(q * (_RELUCTANCE if name in reluctantly else 1), name) for name, q in ranked]
    return max(weighed, key=itemgetter(0))[1] if weighed else None


def _media_types(offers: Sequence[Format]) -> list[str]:
    aliases = [alias for offer in offers for alias in offer.aliases]
    return [*(offer.media_type for offer in offers), *aliases]


def _named(name: str, offers: Sequence[Format]) -> Choice | None:
    for offer in offers:
        if name in (offer.name, offer.media_type, offer.extension, *offer.nicknames):
            return Choice(offer, offer.media_type)
        if name in offer.aliases:
            return Choice(offer, name)
    return None
