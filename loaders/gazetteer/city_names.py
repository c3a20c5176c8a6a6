"""Spellings of the names of cities: as people write them, and as the graph has them.

A text is read in several ways, from the most exact one on: as it is written; without blanks and
hyphens (`Xian`, `Xi'an`); without the words of an administration (`City of Seoul`, `수원시`).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from urbansdg.loaders.parse.name_keys import comparison_key

_BEFORE: Final = tuple(
    words.split()
    for words in (
        *("city of", "the city of", "corporation of the city of", "municipality of", "town of"),
        *("metropolitan city of", "metropolitan municipality of", "city and county of"),
        *("ville de", "ville d", "commune de", "commune d", "mairie de", "ciudad de"),
        *("ayuntamiento de", "municipio de", "municipalidad de", "alcaldia de"),
        *("cidade de", "cidade do", "cidade da"),
        *("prefeitura de", "prefeitura municipal de", "camara municipal de", "stadt"),
        *("landeshauptstadt", "hansestadt", "freie und hansestadt", "bundesstadt", "comune di"),
        *("citta di", "citta metropolitana di", "gemeente", "miasto", "m st", "mesto", "grad"),
        *(
            "hlavni mesto",
            "orasul",
            "municipiul",
            "kota",
            "dki",
            "thanh pho",
            "tp",
            "город",
            "\u0433",
        ),
        *("місто", "\u043c", "مدينه", "بلديه"),
    )
)
_AFTER: Final = tuple(
    words.split()
    for words in (
        *("city", "city council", "municipality", "metropolitan municipality", "stad", "kommun"),
        *("metropolitan city", "special city", "municipal corporation", "kommune", "si", "shi"),
        *("buyuksehir belediyesi", "belediyesi", "special metropolitan city"),
    )
)
_NATIVE_ENDINGS: Final = re.compile(r"(?<=.)(?:특별자치시|특별시|광역시|시|市)$")
_WORDS: Final = {"st": "saint", "sankt": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}
_SEPARATED: Final = re.compile(r"\s*[,;\uff0c\u3001\u060c(\uff08\[|/]\s*|\s+[-\u2013\u2014]\s+")


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A reading of a text: the name of a city, and the texts beside it that place it."""

    name: str
    beside: tuple[str, ...] = ()


def place_names(text: str) -> Iterator[PlaceName]:
    """Yield the readings of a text: as it is, and as a name with its country or region.

    `Portland, Oregon, USA`, `Valencia (Spain)`; the country may come first: `대한민국, 서울`.
    """
    yield PlaceName(text)
    parts = [part for part in (part.strip(" )]\uff09") for part in _SEPARATED.split(text)) if part]
    if len(parts) > 1:
        yield PlaceName(parts[0], tuple(parts[1:]))
        yield PlaceName(parts[-1], tuple(parts[:-1]))


@lru_cache(maxsize=8192)  # the names of the graph's cities, in each load again
def folded(text: str) -> str:
    """Return a name without its case: two names that differ in more are two spellings."""
    return unicodedata.normalize("NFC", text).casefold()


def joined_key(name: str) -> str:
    """Return the letters of a name of the graph, without its blanks: `xian`, `saintpetersburg`."""
    words = (_WORDS.get(word, word) for word in comparison_key(name).split())
    return _NATIVE_ENDINGS.sub("", "".join(words))


def bare_keys(name: str) -> Iterator[str]:
    """Yield the letters of a name that a person writes: all, then without administrative words."""
    yield joined_key(name)
    words = comparison_key(name).split()
    without = _without_first(words)
    for shorter in (without, _without_last(words), _without_last(without)):
        if len(shorter) < len(words):
            yield joined_key(" ".join(shorter))


def _without_first(words: list[str]) -> list[str]:
    lengths = (len(first) for first in _BEFORE if words[: len(first)] == first)
    longest = max((length for length in lengths if length < len(words)), default=0)
    return words[longest:]


def _without_last(words: list[str]) -> list[str]:
    lengths = (len(last) for last in _AFTER if words[-len(last) :] == last)
    longest = max((length for length in lengths if length < len(words)), default=0)
    return words[: len(words) - longest]
