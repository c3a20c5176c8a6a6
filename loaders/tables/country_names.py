"""Names of countries as people write them, and the ISO 3166-1 alpha-3 codes that they mean.

The names are those of the bundled data (`countries.csv`, and `country_names.csv` with short, former
and formal names) and those of Unicode CLDR in every language. A name of two countries is unknown.
`gazetteer/reference_areas.py` has the places of statistical values.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from babel import Locale
from babel.localedata import locale_identifiers
from rapidfuzz import process
from rapidfuzz.distance import OSA

from urbansdg.loaders.parse.facts import Record
from urbansdg.loaders.parse.name_keys import comparison_key, spelling_keys
from urbansdg.loaders.tables.csv_table import bundled_records, header

COUNTRIES: Final = header(
    "alpha3 alpha2 m49 within geonames wikidata en fr es ru zh ar", "alpha3 en"
)
_OTHER_NAMES: Final = header("alpha3 name part", "alpha3 name")
_BUNDLED_LANGUAGES: Final = ("en", "fr", "es", "ru", "zh", "ar")
COMMON_LANGUAGES: Final = (
    *(
        "en",
        "ko",
        "fr",
        "es",
        "pt",
        "de",
        "it",
        "ja",
        "zh",
        "zh_Hant",
        "ar",
        "ru",
        "nl",
        "pl",
        "tr",
    ),
    *("sv", "da", "nb", "fi", "cs", "uk", "id", "vi", "th", "hi", "fa", "he", "el", "hu", "ro"),
)
"""Languages whose names are read first: reading all 290 of CLDR takes 1.5 s."""

_UNIMPORTANT: Final = frozenset(
    (
        "the",
        "of",
        "and",
        "et",
        "y",
        "e",
        "und",
        "de",
        "la",
        "le",
        "les",
        "du",
        "del",
        "des",
        "da",
        "do",
    )
)
_ABBREVIATIONS: Final[Mapping[str, str]] = {
    "rep": "republic",
    "dem": "democratic",
    "fed": "federation",
    "st": "saint",
    "is": "islands",
}
_ALPHA2_ELSEWHERE: Final[Mapping[str, str]] = {"UK": "GBR", "EL": "GRC"}
"""Codes of the European Union's statistics that are not those of ISO 3166-1."""

_NEAR: Final = 0.75


def name_key(text: str) -> str:
    """Return the comparison key of a country's name: its important words in alphabetical order.

    `Korea, Rep.`, `Korea (Republic of)` and `the Republic of Korea` have one key; so have `U.K.`
    and `UK`.
    """
    words = comparison_key(text).split()
    if len(words) > 1 and all(len(word) == 1 and word.isascii() for word in words):
        words = ["".join(words)]
    complete = {_ABBREVIATIONS.get(word, word) for word in words}
    return " ".join(sorted(complete - _UNIMPORTANT or complete))


def country_code(text: str) -> str | None:
    """Return the alpha-3 code of the country that a text names, or None.

    England, Scotland and other parts of a country stand for it, as in an address. The text may be
    an ISO 3166-1 code in any case, or a name in any language of CLDR.
    """
    key = name_key(text)
    if not key:
        return None
    part = _parts().get(key)
    return part[0] if part else _whole(text, _bundled_names, _common_names, _all_names)


def whole_country(text: str) -> str | None:
    """Return the alpha-3 code of a country whose name, and not that of a part, is the text.

    Only the names in common languages count.
    """
    key = name_key(text)
    return None if not key or key in _parts() else _whole(text, _bundled_names, _common_names)


def country_part(text: str) -> tuple[str, str] | None:
    """Return the alpha-3 code of the country and the code of the part that a text names.

    The code is that of ISO 3166-2 where it has one: `England` gives `GBR`, `GB-ENG`.
    """
    return _parts().get(name_key(text))


def alpha3_of(code: str) -> str | None:
    """Return the alpha-3 code for an alpha-2 or alpha-3 code in capitals, or None."""
    return _codes().get(code)


def alpha2_of(alpha3: str) -> str:
    """Return the alpha-2 code of a country, or "" if it has none."""
    return _alpha2().get(alpha3, "")


def alpha3_by_wikidata(item: str) -> str:
    """Return the alpha-3 code of the country of a Wikidata item, or "" if it is none."""
    return _items().get(item, "")


def similar_countries(text: str) -> tuple[str, ...]:
    """Return at most three countries with similar names, as in `Korea, Republic of (KOR)`."""
    names = _bundled_names() | _common_names()
    near = process.extract(
        name_key(text), names.keys(), scorer=OSA.normalized_similarity, score_cutoff=_NEAR, limit=9
    )
    codes = dict.fromkeys(code for name, _, _ in near if (code := names[name]))
    return tuple(f"{_english().get(code, code)} ({code})" for code in list(codes)[:3])


def _whole(text: str, *tables: Callable[[], Mapping[str, str | None]]) -> str | None:
    """Return the code of a country by its code or its name in one of the tables.

    A code counts before a name where it is in capitals: `Nga` is Russia in Vietnamese, `NGA` is
    Nigeria.
    """
    code = _codes().get(re.sub(r"[.\s]", "", text).upper()) if text.isascii() else None
    if code is not None and text.isupper():
        return code
    key = name_key(text)
    for table in tables[:2]:
        if key in table():
            return table()[key]
    others = (table()[key] for table in tables[2:] if key in table())
    return code or next(others, None)


@cache
def _countries() -> tuple[Record, ...]:
    return tuple(bundled_records("countries.csv", COUNTRIES))


@cache
def _other_names() -> tuple[Record, ...]:
    return tuple(bundled_records("country_names.csv", _OTHER_NAMES))


@cache
def _parts() -> dict[str, tuple[str, str]]:
    return {
        name_key(row.text("name")): (row.text("alpha3"), row.text("part"))
        for row in _other_names()
        if row.text("part")
    }


@cache
def _alpha2() -> dict[str, str]:
    return {row.text("alpha3"): row.text("alpha2") for row in _countries()}


@cache
def _items() -> dict[str, str]:
    return {
        row.text("wikidata"): row.text("alpha3") for row in _countries() if row.text("wikidata")
    }


@cache
def _codes() -> dict[str, str]:
    by_alpha2 = {alpha2: alpha3 for alpha3, alpha2 in _alpha2().items() if alpha2}
    return {**_ALPHA2_ELSEWHERE, **by_alpha2, **{alpha3: alpha3 for alpha3 in _alpha2()}}


@cache
def _english() -> dict[str, str]:
    return {row.text("alpha3"): row.text("en") for row in _countries()}


@cache
def _bundled_names() -> dict[str, str | None]:
    """Return the codes by the names in the bundled data; None for a name of several countries."""
    own = [
        (row.text(column), row.text("alpha3"))
        for row in _countries()
        for column in _BUNDLED_LANGUAGES
    ]
    others = [
        (row.text("name"), row.text("alpha3")) for row in _other_names() if not row.text("part")
    ]
    return _unique([*own, *others])


@cache
def _common_names() -> dict[str, str | None]:
    return _unique(_names_of_cldr(COMMON_LANGUAGES))


@cache
def _all_names() -> dict[str, str | None]:
    languages = (tag for tag in locale_identifiers() if all(map(str.istitle, tag.split("_")[1:])))
    return _unique(_names_of_cldr(languages))


def _names_of_cldr(languages: Iterable[str]) -> Iterator[tuple[str, str]]:
    codes = _codes()
    for language in languages:
        for alpha2, name in Locale.parse(language).territories.items():
            alpha3 = codes.get(alpha2)
            if alpha3 is not None:
                yield from ((form, alpha3) for form in _forms(name))


def _forms(name: str) -> Iterator[str]:
    """Yield a name of CLDR, and both names of one such as `Myanmar (Burma)`."""
    yield name
    before, bracket, inside = name.partition("(")
    if bracket:
        yield before
        yield inside.rstrip(") ")


def _unique(names: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    codes: dict[str, set[str]] = defaultdict(set)
    for name, code in names:
        for key in {name_key(spelling) for spelling in spelling_keys(name)} - {""}:
            codes[key].add(code)
    return {key: min(several) if len(several) == 1 else None for key, several in codes.items()}
