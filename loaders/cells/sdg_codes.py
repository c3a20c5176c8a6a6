"""SDG goals and targets as people write them: `11.2; 11.6`, `SDG 11.2`, `Goal 11`."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.cells.problem_texts import alternatives, ambiguous, describe
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key
from urbansdg.loaders.parse.quantities import ascii_digits
from urbansdg.loaders.parse.raw_sheet import Nature

TARGET: Final = r"(1[0-7]|[1-9])\.([1-9]|1[0-9]|[a-d])"


_BETWEEN: Final = re.compile(
    r"\s*(?:[;|\n、&]|,(?!\d)|(?<=\.\w),|(?<=\.\d\d),|\band\b|\bet\b|\by\b|및)\s*"
)
_PREFIX: Final = re.compile(
    r"(?:UN\s*)?(?:SDGs?|ODD|ODS|goals?|targets?|objecti(?:f|vo)s?|cibles?|metas?|목표|세부목표)"
    r"[\s:.#-]*",
    re.IGNORECASE,
)
GOAL: Final = r"(?:1[0-7]|[1-9])"
_INSIDE: Final = re.compile(
    r"(?<![\d.])(?:1[0-7]|[1-9])(?:\.(?:1\d|[1-9]|[a-dA-D](?![^\W\d_])))?(?![\d%])(?!\.\d)"
)
_HAS_WORDS: Final = re.compile(r"[^\W\d_]{2}|[\u3040-\ud7a3]|/|\d\s+\d")
_GOALS: Final = re.compile(r"(1[0-7]|[1-9])\s*(?:[-\u2010-\u2015~]|to|à|a|al|bis)\s*(1[0-7]|[1-9])")
"""The first and the last of several goals: `11-13`."""

_SHORTENED: Final = {"8.1": "8.10", "16.1": "16.10", "17.1": "17.10"}
"""Targets that a spreadsheet shortens when it takes them for numbers: 8.10 becomes 8.1."""


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a goal or a target."""

    code: str


def codes(cell: Cell, nature: Nature, known: frozenset[str]) -> Iterator[Code | Problem]:
    """Parse the goals and targets in a cell; `known` are the codes of all targets.

    A cell has one problem; if it has known codes beside other words, the remedy lists them.
    """
    text = ascii_digits(cell.text)
    if nature is Nature.DATE:
        yield _date(cell)
        return
    if nature is Nature.NUMBER and text in _SHORTENED:
        yield ambiguous(cell, [text, _SHORTENED[text]])
        return
    items = [item for item in _BETWEEN.split(text) if item]
    results = [_code(cell, _PREFIX.sub("", item, count=2).strip(" .()"), known) for item in items]
    problems = [result for result in results if isinstance(result, Problem)]
    if not problems:
        yield from results
        return
    inside = list(_between_goals(text)) or [
        code for code in _INSIDE.findall(text) if _is_code(code.lower(), known)
    ]
    inside += [] if inside else _goals_named(text)
    if inside and (
        len(items) > 1 or _GOALS.search(text) or _HAS_WORDS.search(_PREFIX.sub("", text))
    ):
        options = "; ".join(dict.fromkeys(code.lower() for code in inside))
        yield describe(
            cell, "unknown-target", "target.unknown", "target.only", item=cell.text, options=options
        )
    else:
        yield problems[0]


def _goals_named(text: str) -> list[str]:
    """Return the goals whose names are in a text: `Climate action` is goal 13."""
    padded = f" {comparison_key(text)} "
    return [code for name, code in _goal_names().items() if f" {name} " in padded]


@cache
def _goal_names() -> dict[str, str]:
    table = files("urbansdg.data").joinpath("sdg_goals.csv")
    rows = csv.DictReader(table.read_text("utf-8").splitlines())
    return {comparison_key(row[language]): row["code"] for row in rows for language in LANGUAGES}


def _between_goals(text: str) -> Iterator[str]:
    match = _GOALS.fullmatch(_PREFIX.sub("", text).strip())
    if match:
        yield from map(str, range(int(match[1]), int(match[2]) + 1))


def _is_code(code: str, known: frozenset[str]) -> bool:
    return re.fullmatch(GOAL, code) is not None or code in known


def _code(cell: Cell, item: str, known: frozenset[str]) -> Code | Problem:
    lower = item.lower()
    if _is_code(lower, known):
        return Code(lower)
    comma = re.fullmatch(rf"({GOAL}),({GOAL})", lower)
    if comma:
        readings = [f"{comma[1]}.{comma[2]}"] if f"{comma[1]}.{comma[2]}" in known else []
        return ambiguous(cell, [*readings, f"{comma[1]}; {comma[2]}"])
    indicator = re.fullmatch(rf"({TARGET})\.\d{{1,2}}", lower)
    if indicator and indicator[1] in known:
        return describe(
            cell, "unknown-target", "target.unknown", "target.only", item=item, options=indicator[1]
        )
    goal = lower.partition(".")[0]
    near = sorted((code for code in known if code.partition(".")[0] == goal), key=_order)
    remedy = "target.of_goal" if near else "target.write"
    return describe(
        cell,
        "unknown-target",
        "target.unknown",
        remedy,
        item=item,
        goal=goal,
        options=", ".join(near),
    )


def _order(code: str) -> tuple[int, str]:
    last = code.partition(".")[2]
    return (int(last) if last.isdecimal() else 100, last)


def _date(cell: Cell) -> Problem:
    _, month, of_month = (int(part) for part in cell.text.split("-"))
    options = alternatives([f"{of_month}.{month}", f"{month}.{of_month}"], cell.locale)
    return describe(
        cell, "number-became-date", "target.became_date", "target.as_text", options=options
    )
