"""Groups of problems: the same mistake in many places is one message with a count.

Two problems are the same mistake if they have one code, one severity, one column or property, and
one message and remedy apart from what differs between places: the value, the name of the file, the
thing in question and, in messages, numbers. Where a mistake has a remedy of its own in each place
(a similar name for each misspelt one, a date for each text), a few such remedies stay apart, and
many are one group.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from urbansdg.errors.problem import Place, Problem

FIRST_PLACES: Final = 3
"""The number of places that the message about a group names."""

_MOST_REMEDIES: Final = 20
"""The most remedies of one message that stay apart."""

_MOST_MESSAGES: Final = 8
"""The most messages of one code and column that stay apart: more of them name things."""

_LONGEST_VALUE: Final = 40
"""The longest value beside a place, in characters."""

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_VARIABLE: Final = "\x00"

_Kind = tuple[str | None, ...]
_Messages = dict[str, dict[str, list[int]]]
"""The places in a list of problems of one kind, by their messages and then by their remedies."""


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """The same mistake in one or more places, in the order of the source."""

    problems: list[Problem]

    @property
    def first(self) -> Problem:
        """The first of the problems, which stands for all."""
        return self.problems[0]

    def __str__(self) -> str:
        """Return the first problem on one line, and how often it occurs and where."""
        first, count = self.first, len(self.problems)
        if count == 1:
            return str(first)
        others = self.problems[1:FIRST_PLACES]
        places = "; ".join(_differing(problem, first) for problem in others)
        rest = "; --all-problems lists all" if count > FIRST_PLACES else ""
        return f"{first} ({count:,} times, also in {places}{rest})"

    def to_json(self) -> dict[str, object]:
        """Return the first problem, the number of places, and all places with their values."""
        document = self.first.to_json()
        if len(self.problems) == 1:
            return document | {"count": 1}
        return document | {
            "count": len(self.problems),
            "places": [_place_json(problem, self.first) for problem in self.problems],
        }


def _place_json(problem: Problem, first: Problem) -> dict[str, object]:
    """Return a place of a group, with the remedy where it is not that of the first."""
    place: dict[str, object] = {**problem.place.to_json()}
    if problem.value is not None:
        place["value"] = problem.value
    if problem.remedy != first.remedy:
        place["remedy"] = problem.remedy
    return place


def group_problems(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Return the problems in groups of the same mistake, in the order of the first of each."""
    listed = list(problems)
    return [ProblemGroup([listed[at] for at in group]) for group in _grouped(listed)]


def most_telling(problems: Sequence[Problem], most: int) -> list[int]:
    """Return the places in a list of at most so many problems, one of each mistake before others.

    The order stays as it is where there is room for all.
    """
    if len(problems) <= most:
        return list(range(len(problems)))
    groups = _grouped(problems)
    firsts = [group[0] for group in groups]
    others = sorted(at for group in groups for at in group[1:])
    return [*firsts, *others][:most]


def _grouped(problems: Iterable[Problem]) -> list[list[int]]:
    """Return the places in a list of the problems of each group, in ascending order."""
    by_kind: dict[_Kind, _Messages] = {}
    for at, problem in enumerate(problems):
        by_message = by_kind.setdefault(_kind(problem), {})
        by_remedy = by_message.setdefault(_template(problem.message, problem), {})
        by_remedy.setdefault(_without_place(problem.remedy, problem), []).append(at)
    return sorted(sorted(group) for messages in by_kind.values() for group in _groups(messages))


def _groups(by_message: _Messages) -> Iterator[Iterable[int]]:
    """Yield the groups of one kind: many messages, or many remedies of one, are one group."""
    if len(by_message) > _MOST_MESSAGES:
        yield chain.from_iterable(chain.from_iterable(map(dict.values, by_message.values())))
        return
    for by_remedy in by_message.values():
        if len(by_remedy) > _MOST_REMEDIES:
            yield chain.from_iterable(by_remedy.values())
        else:
            yield from by_remedy.values()


def _kind(problem: Problem) -> _Kind:
    place = problem.place
    path = place.path
    if path and (path.startswith("/") or place.focus is None):  # a JSON pointer has numbers
        path = _NUMBER.sub(_VARIABLE, path)
    return problem.code, problem.severity.value, place.column, path


def _template(text: str, problem: Problem) -> str:
    """Return a text without what differs between places, and without numbers."""
    return _NUMBER.sub(_VARIABLE, _without_place(text, problem))


def _without_place(text: str, problem: Problem) -> str:
    """Return a text without the value, the file and the thing that a problem is about."""
    place = problem.place
    name = None if place.focus is None else re.split(r"[/#]", place.focus)[-1]
    for variable in (problem.value, place.file, place.sheet, place.focus, name):
        if variable:
            text = text.replace(repr(variable), _VARIABLE).replace(variable, _VARIABLE)
    return text


def _differing(problem: Problem, first: Problem) -> str:
    """Return the parts of a place that differ from the first one, and the value if it does."""
    here, there = problem.place, first.place
    if here.file == there.file:
        parts = {
            name: None if getattr(here, name) == getattr(there, name) else getattr(here, name)
            for name in ("sheet", "row", "column", "line", "focus", "path")
            if name != "focus" or (here.sheet is None and here.row is None)  # a cell says enough
        }
        words = str(Place(**parts))
    else:
        words = str(here)
    value = "" if problem.value in {None, first.value} else f" ({_short(problem.value or '')!r})"
    return f"{words or str(here) or 'the same place'}{value}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
