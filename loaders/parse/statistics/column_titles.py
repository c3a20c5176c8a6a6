"""Titles of the columns of statistical tables, in the languages of `column_titles.csv`.

A title has a role: the city, the indicator, the value, the unit, a dimension, an attribute of SDMX.
SDMX-CSV writes an identifier and a name (`REF_AREA: Reference area`); officers write a unit or a
scale in brackets (`Value (thousands)`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from urbansdg.loaders.parse.statistics.word_lists import squeezed_key, word_list

DIMENSIONS: Final = (
    *("sex", "age", "urbanisation", "income", "education", "occupation", "disability"),
    *("activity", "product", "custom", "composite"),
)
"""The roles of dimensions that have codes of the UN's SDMX structure."""

BREAKDOWNS: Final = frozenset({*DIMENSIONS, "breakdown"})
"""The roles of columns that break a series down."""

_REPEATED: Final = BREAKDOWNS | {
    *("method", "source", "other", "city", "area", "country", "district"),
    *("indicator", "series", "name", "target"),
}
"""The roles that several columns of one table may have."""

_BRACKETS: Final = re.compile(
    r"(?P<base>.*?\S)\s*[(\[\uff08](?P<note>[^()\[\]\uff08\uff09]+)[)\]\uff09]\s*"
)
_AFTER: Final = re.compile(
    r"(?P<base>\S+)\s*(?:,|\bin\b|\ben\b|\bem\b)\s+(?P<note>.+)", re.IGNORECASE
)


_SCRIPTS: Final = (
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("ja", re.compile("[\u3040-\u30ff]|\u6307\u6a19|\u5358\u4f4d|\u5024")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_TITLE_WORDS: Final = {
    "en": "city indicator year value unit series sex method source period country region",
    "fr": "ville indicateur année valeur unité sexe méthode source période pays région commune",
    "es": "ciudad indicador año valor unidad sexo método fuente fecha país región municipio",
    "pt": "cidade indicador ano valor unidade sexo método fonte data país região município",
    "de": "stadt indikator jahr wert einheit geschlecht methode quelle zeitraum land region",
    "it": "città indicatore anno valore unità sesso metodo fonte periodo paese regione comune",
}
"""The titles that distinguish languages with Latin letters."""


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


@lru_cache(maxsize=1024)
def column_title(text: str) -> ColumnTitle | None:
    """Return the role of a title, or None if it is not understood."""
    roles, whole = _roles(), text.strip()
    noted = _BRACKETS.fullmatch(whole)
    if noted and (role := roles.get(squeezed_key(noted["base"]))):
        return ColumnTitle(text, role, noted["note"].strip())
    for candidate in (whole, whole.partition(":")[0]):
        if role := roles.get(squeezed_key(candidate)):
            return ColumnTitle(text, role)
    after = _AFTER.fullmatch(whole)
    if after and roles.get(squeezed_key(after["base"])) == "value":
        return ColumnTitle(text, "value", after["note"].strip())
    return None


def column_titles(texts: Iterable[str]) -> tuple[ColumnTitle | None, ...]:
    """Return the title of each column of a table, None if it is not understood.

    Of several columns with one role the first counts, and the others are not understood. A table
    may have several of dimensions, notes, sources, and of codes and names of places and series.
    """
    titles: list[ColumnTitle | None] = []
    roles = set[str]()
    for text in texts:
        title = column_title(text)
        is_second = title is not None and title.role in roles and title.role not in _REPEATED
        titles.append(None if is_second else title)
        if title is not None:
            roles.add(title.role)
    return tuple(titles)


def language_of_titles(texts: Iterable[str]) -> str:
    """Return the language of the titles of a table, `und` if two languages are as likely.

    Titles with letters of another script show it by the script; English is usual otherwise.
    """
    titles = list(texts)
    scripts = {language for text in titles for language in _script_languages(text)}
    for language, _ in _SCRIPTS:
        if language in scripts:
            return language
    words = {squeezed_key(word) for text in titles for word in (text, text.partition("(")[0])}
    counts = {language: len(words & known) for language, known in _title_words().items()}
    most = max(counts.values())
    likely = [language for language, count in counts.items() if count == most]
    return "en" if not most else likely[0] if len(likely) == 1 else "und"


def _script_languages(text: str) -> Iterator[str]:
    for language, letters in _SCRIPTS:
        if letters.search(text):
            yield language
            return


@cache
def _title_words() -> Mapping[str, frozenset[str]]:
    return {
        language: frozenset(map(squeezed_key, words.split()))
        for language, words in _TITLE_WORDS.items()
    }
