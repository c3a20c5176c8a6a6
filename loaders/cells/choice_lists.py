"""What to choose in place of a text that is not in the list of a column.

A text may be a list of choices with other marks than `;`, a synonym (`synonyms.csv`, hidden labels
of concepts), a choice of another column, a misspelt label, or a phrase with a label in it. The bare
list of choices is the last resort.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Final

from rapidfuzz import fuzz, process

from urbansdg.loaders.parse.name_keys import comparison_key

ChoiceLabels = Mapping[str, str]
"""The labels of one choice by language."""

LIST_MARKS: Final = re.compile(
    r"\s*(?:[,/&+、\uff0c·;|\n•]|\s-\s|\b(?:and|or|et|ou|y|e|o|und|oder|as well as)\b"
    r"|\s및\s|\s그리고\s|\s또는\s)\s*",
    re.IGNORECASE,
)
"""The marks and words between the values of a list, in the languages that officers write."""

_PART_DONE: Final = re.compile(r"(?<!\d)\d\d?\s?%")
"""A share below 100 %: what is done in part is in progress."""

_LIKE: Final = 80
"""The least similarity of a misspelt label in percent: `Transprot` has 89 to `Transport`."""

_SHORTEST_WORD: Final = 4


@dataclass(frozen=True)
class ChoiceList:
    """The choices of a column: labels by name and language, and other words by name.

    `scheme` names the rows of `synonyms.csv`; without one, each word is a list of its own there.
    `hidden` returns more words by name.
    """

    scheme: str
    labels: Mapping[str, ChoiceLabels]
    hidden: Callable[[], Mapping[str, Sequence[str]]] = dict

    @cached_property
    def names_by_label(self) -> Mapping[str, str]:
        """The names of the choices by the comparison key of each label."""
        return {
            comparison_key(text): name
            for name, labels in self.labels.items()
            for text in (name, *labels.values())
        }

    @cached_property
    def names_by_synonym(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the choices by the comparison key of each synonym."""
        names: dict[str, list[str]] = {}
        hidden = self.hidden()
        for name in self.labels:
            words = [*_synonyms().get((self.scheme or name, name), ()), *hidden.get(name, ())]
            for word in map(comparison_key, words):
                if name not in names.setdefault(word, []):
                    names[word].append(name)
        spaced = [word for word in names if not word.isascii() and " " in word]
        for word in spaced:  # Korean is written with blanks or without
            names.setdefault(word.replace(" ", ""), names[word])
        return {word: tuple(several) for word, several in names.items()}

    def exact(self, text: str) -> tuple[str, ...]:
        """Return the choice with a label, or the choices with a synonym."""
        key = comparison_key(text)
        name = self.names_by_label.get(key) or self.names_by_label.get(_singular(key))
        squeezed = key.replace(" ", "")
        if not name and self.scheme == "status" and _PART_DONE.search(text):
            return ("in-progress",)
        return (name,) if name else self.synonym(key) or self.synonym(squeezed)

    def synonym(self, text: str) -> tuple[str, ...]:
        """Return the choices with a synonym."""
        return self.names_by_synonym.get(comparison_key(text), ())

    def misspelt(self, text: str) -> tuple[str, ...]:
        """Return the choice whose label is spelt nearly as a text."""
        key = comparison_key(text)
        if any(map(str.isdigit, key)):  # `80 % complete` is not a misspelt `completed`
            return ()
        near = process.extractOne(key, list(self.names_by_label), scorer=fuzz.ratio)
        if near is None or near[1] < _LIKE or len(key) < _SHORTEST_WORD:
            return ()
        return (self.names_by_label[near[0]],)

    def meant(self, text: str) -> tuple[str, ...]:
        """Return the choices that a single value stands for, exactly or misspelt."""
        return self.exact(text) or self.misspelt(text)

    def inside(self, text: str) -> tuple[str, ...]:
        """Return the choices whose labels or synonyms are words of a text, the longest first."""
        padded = f" {comparison_key(text)} "
        words = dict(self.names_by_synonym)
        words |= {word: (name,) for word, name in self.names_by_label.items()}
        hits = [word for word in words if len(word) >= _least(word) and f" {word} " in padded]
        hits.sort(key=len, reverse=True)
        return tuple(dict.fromkeys(name for word in hits for name in words[word]))

    def label(self, name: str, language: str) -> str:
        """Return the label of a choice in a language."""
        return label_of(self.labels[name], language)


def _least(word: str) -> int:
    """Return the fewest characters of a word that counts inside a text: two in East Asia."""
    return 3 if word.isascii() else 2


def _singular(key: str) -> str:
    return key[:-1] if key.endswith("s") else f"{key}s"


def label_of(labels: ChoiceLabels, language: str) -> str:
    """Return a label in a language, or in English."""
    return labels.get(language) or labels["en"]


@dataclass(frozen=True, slots=True)
class ListedValues:
    """The values in a cell: what each stands for, and those that stand for nothing."""

    names: tuple[str, ...]
    unknown: tuple[str, ...]


def listed_values(text: str, choices: ChoiceList) -> ListedValues | None:
    """Return the values of a text that lists several, or None if most of its parts are unknown.

    A label that contains a mark or a word such as `and` stays whole.
    """
    pieces = [piece for piece in _pieces(text) if piece.strip()]
    names, unknown = dict[str, None](), list[str]()
    at = 0
    while at < len(pieces):
        end, meant = _longest(pieces, at, choices)
        if meant:
            names[next((name for name in meant if name in names), meant[0])] = None
        elif not LIST_MARKS.fullmatch(pieces[at]):
            unknown.append(pieces[at].strip())
        at = end
    is_list = len(names) + len(unknown) > 1 or (names and len(pieces) > 1 and not unknown)
    if not is_list or not names or len(names) < len(unknown):
        return None
    return ListedValues(tuple(names), tuple(unknown))


def _pieces(text: str) -> Iterator[str]:
    """Yield the parts of a text and the marks between them, in order."""
    end = 0
    for match in LIST_MARKS.finditer(text):
        yield text[end : match.start()]
        yield match[0]
        end = match.end()
    yield text[end:]


def _longest(pieces: Sequence[str], at: int, choices: ChoiceList) -> tuple[int, tuple[str, ...]]:
    """Return what the longest run of pieces that is a choice stands for, and where it ends."""
    for end in range(len(pieces), at, -1):
        whole = "".join(pieces[at:end]).strip()
        meant = choices.exact(whole) if end > at + 1 else choices.meant(whole)
        if meant and not LIST_MARKS.fullmatch(whole):
            return end, meant
    inside = choices.inside(pieces[at])
    return at + 1, inside[:1]


@cache
def _synonyms() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the synonyms by list and choice. Several rows may be about one choice."""
    table = files("urbansdg.loaders.cells").joinpath("synonyms.csv")
    words: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in csv.DictReader(table.read_text("utf-8").splitlines()):
        key = row["list"], row["choice"]
        words[key] = (*words.get(key, ()), *row["words"].split("|"))
    return words
