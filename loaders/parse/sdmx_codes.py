"""Codes of the UN's SDMX structure for breakdowns that statistical tables write in words.

Sex, age and degree of urbanisation are dimensions of their own. What has no code here, such as a
bus line or an income group, stays a breakdown in words.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from urbansdg.loaders.parse.name_keys import comparison_key

_TOTAL: Final = {"t", "total", "all", "all ages", "both sexes", "insgesamt", "gesamt", "ensemble"}
_SEXES: Final = {
    "F": "f female females woman women girl girls weiblich frauen femme femmes mujer mujeres 여성",
    "M": "m male males man men boy boys mannlich maenner manner homme hommes hombre hombres 남성",
}
_AREAS: Final = {"U": "u urban", "R": "r rural"}
_AGE_CODE: Final = re.compile(r"_T|[YMWD]\d+(T\d+)?|[YMWD]_(GE|GT|LE|LT)\d+")
_AGES: Final = (
    (re.compile(r"(\d{1,3})\s*(?:-|\u2013|to)\s*(\d{1,3})(?: years?)?"), "Y{}T{}"),
    (re.compile(r"(\d{1,3})\s*(?:\+|(?:years )?(?:and|or) (?:over|older|above|more))"), "Y_GE{}"),
    (re.compile(r"(?:under|below|unter|<)\s*(\d{1,3})(?: years?)?"), "Y_LT{}"),
)


def sex_code(text: str) -> str | None:
    """Return `F`, `M` or `_T` for a sex in words or as a code, or None."""
    return _code(text, _SEXES)


def urbanisation_code(text: str) -> str | None:
    """Return `U`, `R` or `_T` for a degree of urbanisation in words or as a code, or None."""
    return _code(text, _AREAS)


def age_code(text: str) -> str | None:
    """Return the code of an age: `15-24` is `Y15T24`, `65+` is `Y_GE65`, `under 18` is `Y_LT18`."""
    bare = text.strip()
    if _AGE_CODE.fullmatch(bare):
        return bare
    if comparison_key(bare) in _TOTAL:
        return "_T"
    for pattern, code in _AGES:
        if match := pattern.fullmatch(bare.lower()):
            return code.format(*match.groups())
    return None


_DIMENSIONS: Final[Mapping[str, tuple[str, Callable[[str], str | None]]]] = {
    **dict.fromkeys(("sex", "gender", "geschlecht", "sexe", "sexo", "성별"), ("sex", sex_code)),
    **dict.fromkeys(
        ("age", "age group", "alter", "altersgruppe", "edad", "연령"), ("age", age_code)
    ),
    **dict.fromkeys(
        ("urbanisation", "urbanization", "urbanicity", "location"),
        ("urbanisation", urbanisation_code),
    ),
}


def divide_breakdown(by: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the codes of a breakdown by dimension, and the breakdown that has no codes."""
    codes: dict[str, str] = {}
    words: dict[str, str] = {}
    for title, text in by.items():
        dimension, code_of = _DIMENSIONS.get(comparison_key(title), ("", None))
        code = code_of(text) if code_of and dimension not in codes else None
        if code is None:
            words[title] = text
        else:
            codes[dimension] = code
    return codes, words


def _code(text: str, words: Mapping[str, str]) -> str | None:
    bare = comparison_key(text)
    if bare in _TOTAL:
        return "_T"
    return next((code for code, names in words.items() if bare in names.split()), None)
