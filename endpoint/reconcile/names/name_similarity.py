"""How alike two names are, whatever their case, accents, word order and script.

The measure is the number of typing errors between them: letters dropped, added, replaced, or two
swapped (optimal string alignment, by `rapidfuzz`). A Korean syllable counts by its letters, so
that one wrong vowel is one error of several letters, not one of two syllables.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

from urbansdg.search.text_units import letters_of, normalised

_FORMS: Final = 1 << 14
_ENTITIES: Final = 1 << 13
"""Names, and entities with all their names, whose forms are remembered."""

_BETWEEN_WORDS: Final = re.compile("(?:[^\\w\u3099\u309a]|_)+")
_BETWEEN_ACCENTED: Final = re.compile("(?:[^\\w\u0300-\u036f\u3099\u309a]|_)+")
_WITHIN_WORDS: Final = re.compile("['`\u2018\u2019\u02bb-\u02bf]")
"""Apostrophes: people leave them out, or write another one."""

_ORDER: Final = 0.02
"""What another order of the words takes away."""

_CONTAINED: Final = 0.6
_CONTAINING: Final = 0.4
"""The least similarity where all words of a query are in a name, or all of a name in a query."""

_BEGINNING: Final = 0.04
"""The weight of an equal beginning: people seldom mistype the first letters."""


@dataclass(frozen=True, slots=True)
class NameForm:
    """A name as it is compared: its letters without case and accents, its words.

    `letters` has Korean syllables taken apart; `ordered` has the words in order, and is empty for
    a single word.
    """

    letters: str
    ordered: str
    words: frozenset[str]

    @staticmethod
    def of(name: str) -> "NameForm":
        """Return the form of a name."""
        return _form(name)


@lru_cache(maxsize=_FORMS)
def _form(name: str) -> NameForm:
    letters = comparable(name)
    words = letters.split()
    return NameForm(letters, " ".join(sorted(words)) if len(words) > 1 else "", frozenset(words))


@lru_cache(maxsize=_ENTITIES)
def forms_of(names: tuple[str, ...]) -> tuple[NameForm, ...]:
    """Return the different forms of the names of an entity."""
    return tuple(dict.fromkeys(map(_form, names)))


def comparable(name: str) -> str:
    """Return the letters and digits of a name, without case and accents, its words apart."""
    letters = letters_of(_WITHIN_WORDS.sub("", normalised(name)))
    return _BETWEEN_WORDS.sub(" ", letters).strip()


@lru_cache(maxsize=_FORMS)
def accented(name: str) -> str:
    """Return the letters and digits of a name with their accents, without case."""
    letters = letters_of(_WITHIN_WORDS.sub("", unicodedata.normalize("NFKC", name).casefold()))
    return _BETWEEN_ACCENTED.sub(" ", unicodedata.normalize("NFC", letters)).strip()


def accents_missed(query: str, names: Iterable[str], letters: str) -> int:
    """Return how many more errors a query has if accents count, of names with some letters.

    It is 0 for a query without accents, which people leave out.
    """
    written = accented(query)
    if written.isascii() or written == unicodedata.normalize("NFC", comparable(query)):
        return 0
    plain = OSA.distance(comparable(query), letters)
    of_names = [
        OSA.distance(written, accented(name)) for name in names if comparable(name) == letters
    ]
    return max(min(of_names, default=plain) - plain, 0)


def similarity(query: NameForm, name: NameForm, least: float = 0.0) -> float:
    """Return how alike a query and a name are, from 0 to 1; 1 only where their letters are equal.

    Below `least` it may be 0: the comparison is given up early then.
    """
    if query.letters == name.letters:
        return 1.0
    least = max(least - _BEGINNING, 0.0)
    best: float = OSA.normalized_similarity(query.letters, name.letters, score_cutoff=least)
    if query.ordered or name.ordered:
        ordered = OSA.normalized_similarity(
            query.ordered or query.letters, name.ordered or name.letters, score_cutoff=least
        )
        best = max(best, ordered - _ORDER, _containment(query, name))
    if best <= least:
        return 0.0
    start = JaroWinkler.normalized_similarity(query.letters, name.letters)
    if len(query.letters) == len(name.letters) and sorted(query.letters) == sorted(name.letters):
        start = 1.0  # letters swapped, if only the first ones
    return min(best * (1 - _BEGINNING) + start * _BEGINNING, 0.999)


def _containment(query: NameForm, name: NameForm) -> float:
    """Return how much of a name the words of a query are, 0 where they are not all in the name.

    The other way round it counts less: a longer text mostly names another thing.
    """
    if query.words and query.words < name.words:
        room = 1 - _ORDER - _CONTAINED
        return _CONTAINED + room * len(query.letters) / len(name.letters)
    if name.words and name.words < query.words:
        room = _CONTAINED - _CONTAINING
        return _CONTAINING + room * len(name.letters) / len(query.letters)
    return 0.0


def errors(one: NameForm, other: NameForm) -> int:
    """Return the number of typing errors between two names."""
    straight: int = OSA.distance(one.letters, other.letters)
    if not one.ordered or not other.ordered:
        return straight
    return min(straight, OSA.distance(one.ordered, other.ordered))
