"""Codes of the UN's SDMX structure for breakdowns that statistical tables write in words.

Sex, age, degree of urbanisation, income, education, disability and others are dimensions with code
lists of the United Nations (SDG data structure definition, `dimension_values.csv`). A value that
has no code, such as a bus line or an ethnic group, stays in words.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from urbansdg.loaders.parse.quantities import ascii_digits
from urbansdg.loaders.parse.statistics.column_titles import DIMENSIONS, column_title
from urbansdg.loaders.parse.statistics.word_lists import squeezed_key, word_list

_NONE: Final = {"_T", "_Z", "_N", "_X", "T", "TOTAL", "ALLAREA", "NOCITI", "~", "*"}
"""Values that no dimension is broken down by."""

_CODES: Final = {
    "sex": re.compile(r"_T|[FMUN]"),
    "age": re.compile(r"_T|[YMWD]\d+(T\d+)?|[YMWD]_(GE|GT|LE|LT)\d+"),
    "urbanisation": re.compile(r"_T|[UR]"),
    "income": re.compile(r"_T|Q[1-5]|D(10|[1-9])|[BMT]\d{1,2}"),
    "education": re.compile(r"_T|ISCED\d\dA?_\w+|AGG_\w+"),
    "occupation": re.compile(r"_T|ISCO\d\d_\w+|[A-Z]{2,4}_[A-Z0-9_]+"),
    "disability": re.compile(r"_T|PD|PWD"),
    "activity": re.compile(r"_T|ISIC\d_\w+|[A-Z]{2,5}_[A-Z0-9_]+"),
    "product": re.compile(r"_T|[A-Z]{2,5}[0-9_][A-Z0-9_]*"),
    "composite": re.compile(r"_T|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+"),
}
"""Codes in each dimension; `custom` has codes that mean something else in each country."""

_EXPLAINED: Final = re.compile(r"([^()]*[^()\s])\s*\([^()]*\)")
"""A value with an explanation: `Q1 (poorest)`."""

_IN_SDMX: Final = re.compile(r"[A-Z0-9_]+")
_UNIT: Final = (
    r"(?:\s*(?:years?|yrs?|year olds?|years? old|ans?|a\u00f1os?|anos?|anni|jahren?|jahre|"
    r"\u043b\u0435\u0442|\u0433\u043e\u0434\u0430?|\u0633\u0646\u0629|\u0633\u0646\u0648\u0627\u062a|"
    r"\uc138|\u6b73|\u624d|\u5c81|y))?"
)
_OVER: Final = (
    r"(?:\+|plus|(?:and|or) (?:over|older|above|more|up)|et plus|ou plus|"
    r"y m\u00e1s|o m\u00e1s|e mais|ou mais|"
    r"und (?:\u00e4lter|mehr|dar\u00fcber)|e (?:oltre|pi\u00f9)|"
    r"\u0438 (?:\u0441\u0442\u0430\u0440\u0448\u0435|\u0431\u043e\u043b\u0435\u0435)|"
    r"\uc774\uc0c1|\u4ee5\u4e0a|\u53ca\u4ee5\u4e0a|\u0641\u0623\u0643\u062b\u0631)"
)
_UNDER: Final = (
    r"(?:under|below|less than|younger than|<|unter|moins de|menos de|menores de|meno di|sotto i|"
    r"\u043c\u043b\u0430\u0434\u0448\u0435|\u0434\u043e|\u0623\u0642\u0644 \u0645\u0646)"
)
_AGES: Final = (
    (
        re.compile(
            rf"(\d{{1,3}}){_UNIT}\s*(?:-|\u2013|\u2014|~|to|bis|\u00e0|a|al?)\s*(\d{{1,3}}){_UNIT}"
        ),
        "Y{}T{}",
    ),
    (re.compile(rf"(\d{{1,3}}){_UNIT}\s*{_OVER}"), "Y_GE{}"),
    (
        re.compile(rf"(?:over|above|>|plus de|m\u00e1s de|mais de|\u00fcber)\s*(\d{{1,3}}){_UNIT}"),
        "Y_GT{}",
    ),
    (re.compile(rf"(?:\u2265|>=)\s*(\d{{1,3}}){_UNIT}"), "Y_GE{}"),
    (re.compile(rf"{_UNDER}\s*(\d{{1,3}}){_UNIT}"), "Y_LT{}"),
    (
        re.compile(rf"(\d{{1,3}}){_UNIT}\s*(?:\ubbf8\ub9cc|\u672a\u6e80|\u4ee5\u4e0b\u672a\u6e80)"),
        "Y_LT{}",
    ),
    (re.compile(rf"(\d{{1,3}}){_UNIT}"), "Y{}"),
    (re.compile(r"(\d{1,2})\s*(?:-|\u2013|to)\s*(\d{1,2}) months?"), "M{}T{}"),
    (re.compile(r"(?:under|below|less than|<)\s*(\d{1,2})\s*(?:months?|m)"), "M_LT{}"),
)


@cache
def _words() -> Mapping[tuple[str, str], str]:
    """Return the codes by dimension and word; `any` holds for every dimension."""
    return {
        (dimension, squeezed_key(word)): code
        for (dimension, code), words in word_list("dimension_values.csv")
        for word in words
    }


def code_in_words(dimension: str, text: str) -> str | None:
    """Return the code of a value in words of a dimension or of `status`, or None."""
    return _words().get((dimension, squeezed_key(text)))


@lru_cache(maxsize=4096)
def dimension_code(dimension: str, text: str, *, sdmx: bool = False) -> str | None:
    """Return the code of a value in words or as a code, or None if it has none.

    In SDMX a value of a dimension is a code of its list, and it is returned as it is.
    """
    bare = text.strip()
    pattern = _CODES.get(dimension)
    if pattern is not None and pattern.fullmatch(bare):
        return bare
    if is_total(bare):
        return "_T"
    if sdmx and dimension not in {"custom", "sex", "age", "urbanisation"}:
        return bare if _IN_SDMX.fullmatch(bare) else None
    code = code_in_words(dimension, bare)
    if code is None and dimension == "age":
        code = _age_code(bare)
    explained = _EXPLAINED.fullmatch(bare) if code is None else None
    return dimension_code(dimension, explained[1], sdmx=sdmx) if explained else code


def urbanisation_code(text: str) -> str | None:
    """Return `U`, `R` or `_T` for a degree of urbanisation in words or as a code, or None."""
    return dimension_code("urbanisation", text)


def is_total(text: str) -> bool:
    """Return whether a value of a dimension stands for the whole: `_T`, `Total`, an empty cell."""
    bare = text.strip()
    return not bare or bare.upper() in _NONE or code_in_words("any", bare) is not None


def _age_code(text: str) -> str | None:
    lower = ascii_digits(text).lower()
    for pattern, code in _AGES:
        if match := pattern.fullmatch(lower):
            return code.format(*(int(number) for number in match.groups()))
    return None


def divide_breakdown(
    by: Mapping[str, str], *, sdmx: bool = False
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the codes of a breakdown by dimension, and the breakdown that has no codes.

    The second holds titles and values of the source. Totals are in neither, except those of sex,
    age and urbanisation, which every observation states.
    """
    codes: dict[str, str] = {}
    words: dict[str, str] = {}
    for title, text in by.items():
        known = column_title(title)
        dimension = known.role if known and known.role in DIMENSIONS else ""
        code = dimension_code(dimension, text, sdmx=sdmx) if dimension else None
        if code is None or dimension == "custom" or dimension in codes:
            if not is_total(text):
                words[title] = text
        elif code != "_T" or dimension in {"sex", "age", "urbanisation"}:
            codes[dimension] = code
    return codes, words
