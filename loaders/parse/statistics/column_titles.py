"""Titles of the columns of statistical tables, in the languages of `column_titles.csv`.

A title has a role: the city, the indicator, the value, the unit, a dimension, an attribute of SDMX.
SDMX-CSV writes an identifier and a name (`REF_AREA: Reference area`); officers write a unit or a
scale in brackets (`Value (thousands)`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from urbansdg.loaders.parse.statistics.word_lists import squeezed_key, word_list

DIMENSIONS: Final = (
    *("sex", "age", "urbanisation", "income", "education", "occupation", "disability"),
    *("activity", "product", "custom", "composite"),
)
"""The roles of dimensions that have codes of the UN's SDMX structure."""

BREAKDOWNS: Final = frozenset({*DIMENSIONS, "breakdown"})
"""The roles of columns that break a series down."""

_REPEATED: Final = BREAKDOWNS | {"method", "source", "other"}
"""The roles that several columns of one table may have."""

_BRACKETS: Final = re.compile(
    r"(?P<base>.*?\S)\s*[(\[\uff08](?P<note>[^()\[\]\uff08\uff09]+)[)\]\uff09]\s*"
)
_AFTER: Final = re.compile(
    r"(?P<base>\S+)\s*(?:,|\bin\b|\ben\b|\bem\b)\s+(?P<note>.+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ColumnTitle:
    """A title as it is written, its role, and what its brackets say: `thousands`."""

    text: str
    role: str
    note: str = ""


@cache
def _roles() -> Mapping[str, str]:
    return {
        squeezed_key(word): cells[0]
        for cells, words in word_list("column_titles.csv")
        for word in words
    }


def role_spellings() -> dict[str, tuple[str, ...]]:
    """Return the titles that are understood, by role."""
    spellings: dict[str, tuple[str, ...]] = {}
    for cells, words in word_list("column_titles.csv"):
        spellings[cells[0]] = (*spellings.get(cells[0], ()), *words)
    return spellings


def column_title(text: str) -> ColumnTitle | None:
    """Return the role of a title, or None if it is not understood."""
    roles, whole = _roles(), text.strip()
    identifier = whole.partition(":")[0]
    for candidate in (whole, identifier):
        if role := roles.get(squeezed_key(candidate)):
            return ColumnTitle(text, role)
    for pattern in (_BRACKETS, _AFTER):
        match = pattern.fullmatch(whole)
        role = roles.get(squeezed_key(match["base"])) if match else None
        if match and role and (pattern is _BRACKETS or role == "value"):
            return ColumnTitle(text, role, match["note"].strip())
    return None


def column_titles(texts: Iterable[str]) -> tuple[tuple[ColumnTitle | None, ...], tuple[str, ...]]:
    """Return the title of each column of a table, and the texts that are not understood.

    Of several columns with one role the first counts, except for dimensions, notes and sources.
    """
    titles: list[ColumnTitle | None] = []
    strange: list[str] = []
    roles = set[str]()
    for text in texts:
        title = column_title(text)
        if title is None or (title.role in roles and title.role not in _REPEATED):
            titles.append(None)
            strange += [text] if text.strip() else []
        else:
            roles.add(title.role)
            titles.append(title)
    return tuple(titles), tuple(strange)
