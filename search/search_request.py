"""What a search is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FACETS: Final = (
    *("kind", "goal", "target", "theme", "region", "country"),
    *("status", "type", "instrument", "period", "language", "has"),
)
"""The facets whose values a result counts (`facets`)."""

FILTERS: Final = (*FACETS, "city")
"""What a search can be narrowed by."""

SORTS: Final = ("relevance", "name", "newest")
LONGEST_WORDS: Final = 500
"""Characters of a query that are read; the rest is ignored."""

DEEPEST: Final = 1_000_000
"""No result lies deeper than this: `offset` is cut to it. The last page of 100,000 takes 50 ms."""

MOST: Final = 10_000
"""The most results at once: `limit` is cut to it."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search: words, filters, a window of the results, their order, the reader's language.

    Without words, everything matches that the filters let through. `filters` has the codes of the
    values of a facet: a thing has one of them, of `has` all. `sort` is "relevance", "name" or
    "newest", the thing that was changed last.
    """

    words: str = ""
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    offset: int = 0
    limit: int = 20
    sort: str = "relevance"
    language: str = "en"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A thing that matches, named in the reader's language.

    `snippet` is plain text, in which `marks` are the [start, end) of the words that match; it is
    "" where only names match. `label_language` and `snippet_language` are tags, "" where unknown.
    """

    iri: str
    kind: str
    label: str
    snippet: str
    score: float
    label_language: str = ""
    snippet_language: str = ""
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The number of all that match, a window of them, and counts of facets over all of them.

    The values of a facet come by their number, the most frequent first. `is_forgiving` says that
    little matches the words as they are written, so that similar words count as well.
    """

    total: int
    hits: tuple[SearchHit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    is_forgiving: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing whose names are similar to a name; `names` are all its names with their languages."""

    iri: str
    kind: str
    names: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...] = ()
    is_fictitious: bool = False
