"""The parameters of a search or a list, as they are sent: words, facets, order, page, version.

A parameter without a value is ignored: a form sends those of its empty fields. An unknown parameter
is an error that names the known ones, so that a typing mistake does not pass for no filter.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from starlette.requests import Request

from urbansdg.endpoint.html.page_values import plain
from urbansdg.endpoint.search.facet_reader import FacetReader
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.search.search_request import LONGEST_WORDS, SORTS

DEEPEST_PAGE: Final = 10_000
COMMON: Final = ("sort", "page", "version", "format", "lang")
"""The parameters that all lists have beside their facets."""

_MOST: Final = 100
_MOST_VALUES: Final = 50
_NUMBER: Final = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_VERSION: Final = re.compile(r"\d{1,18}", re.ASCII)
_EXCERPT: Final = 60


@dataclass(frozen=True, slots=True)
class SearchParameters:
    """What a request asks for.

    `filters` has the codes of each facet that is narrowed. `is_cut` says that the words are longer
    than what is searched. `sort` is None for the order of the list itself.
    """

    words: str
    is_cut: bool
    filters: Mapping[str, tuple[str, ...]]
    sort: str | None
    page: int
    version: int | None
    form: str | None

    @property
    def is_empty(self) -> bool:
        """Whether neither words nor facets narrow the things."""
        return not self.words and not self.filters

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters in their canonical spelling, without page, form and language."""
        pairs = [("q", self.words)] if self.words else []
        pairs += [(facet, code) for facet, codes in self.filters.items() for code in codes]
        pairs += [("sort", self.sort)] if self.sort else []
        return pairs + ([("version", str(self.version))] if self.version is not None else [])


def requested_version(request: Request) -> int | None:
    """Return the requested version, None for the current one; raises `Fault` (400)."""
    text = _single(request.query_params.multi_items(), "version")
    if not text:
        return None
    if not _VERSION.fullmatch(text):
        message = f"Invalid version {text[:_EXCERPT]!r}: expected an integer."
        raise fault(400, message, "Write a number, such as version=7.")
    return int(text)


def parameters_of(
    request: Request, facets: Iterable[str], codes: FacetReader, *, has_words: bool
) -> SearchParameters:
    """Return the parameters of a request to a list with these facets.

    Raises `Fault`: 400 for an unknown parameter or an invalid value, 404 for a page that no list
    has.
    """
    items = request.query_params.multi_items()
    facets = tuple(facets)
    known = (*(("q",) if has_words else ()), *facets, *COMMON)
    if len(items) > _MOST:
        message = f"The request has {len(items)} parameters."
        raise fault(400, message, f"Send at most {_MOST}.")
    for name, _ in items:
        if name not in known:
            raise _unknown(name, known)
    filters = {facet: _codes(items, facet, codes) for facet in facets}
    sort = _single(items, "sort") or None
    if sort is not None and sort not in SORTS:
        raise fault(400, f"Invalid sort {sort[:_EXCERPT]!r}.", f"Use one of: {', '.join(SORTS)}.")
    words = " ".join(plain(_single(items, "q")).split())
    return SearchParameters(
        words[:LONGEST_WORDS].rstrip(),
        len(words) > LONGEST_WORDS,
        {facet: chosen for facet, chosen in filters.items() if chosen},
        sort,
        _page(_single(items, "page")),
        requested_version(request),
        _single(items, "format") or None,
    )


def _page(text: str) -> int:
    if text and not (_NUMBER.fullmatch(text) and int(text) <= DEEPEST_PAGE):
        raise no_such_page()
    return int(text or "1")


def no_such_page() -> Fault:
    """Return the fault of a page that the list does not have."""
    return fault(404, "There is no such page of this list.", "Start with the first page.")


def _codes(items: list[tuple[str, str]], facet: str, codes: FacetReader) -> tuple[str, ...]:
    """Return the codes of a facet; several values are several parameters, or have commas."""
    values = [value for name, value in items if name == facet]
    parts = [part for value in values for part in ([value] if "://" in value else value.split(","))]
    if len(parts) > _MOST_VALUES:
        raise fault(400, f"The request has {len(parts)} values of {facet}.", "Send fewer.")
    return tuple(dict.fromkeys(codes.read(facet, part) for part in parts if part.strip()))


def _single(items: list[tuple[str, str]], name: str) -> str:
    values = [value for key, value in items if key == name and value]
    if len(values) > 1:
        raise fault(400, f"The request has more than one {name}.", "Send one.")
    return values[0] if values else ""


def _unknown(name: str, known: tuple[str, ...]) -> Fault:
    close = get_close_matches(name[:_EXCERPT], known, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    message = f"Unknown parameter {plain(name[:_EXCERPT])!r}."
    return fault(400, message, f"The parameters are: {', '.join(known)}.{hint}")
