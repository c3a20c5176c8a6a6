"""SDG goals and targets as people write them: `11.2; 11.6`, `SDG 11.2`, `Goal 11`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.quantities import ambiguous, ascii_digits
from urbansdg.loaders.parse.raw_sheet import Nature

GOAL: Final = r"(?:1[0-7]|[1-9])"
TARGET: Final = r"(1[0-7]|[1-9])\.([1-9]|1[0-9]|[a-d])"


_BETWEEN: Final = re.compile(
    r"\s*(?:[;|\n、&]|,(?!\d)|(?<=\.\w),|(?<=\.\d\d),|\band\b|\bet\b|\by\b|및)\s*"
)
_PREFIX: Final = re.compile(
    r"(?:UN\s*)?(?:SDGs?|ODD|ODS|goals?|targets?|objecti(?:f|vo)s?|cibles?|metas?|목표|세부목표)"
    r"[\s:.#-]*",
    re.IGNORECASE,
)
_SHORTENED: Final = {"8.1": "8.10", "16.1": "16.10", "17.1": "17.10"}
"""Targets that a spreadsheet shortens when it takes them for numbers: 8.10 becomes 8.1."""


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a goal or a target."""

    code: str


def codes(cell: Cell, nature: Nature, known: frozenset[str]) -> Iterator[Code | Problem]:
    """Parse the goals and targets in a cell; `known` are the codes of all targets."""
    text = ascii_digits(cell.text)
    if nature is Nature.DATE:
        yield _date(cell)
        return
    if nature is Nature.NUMBER and text in _SHORTENED:
        yield ambiguous(cell, [text, _SHORTENED[text]])
        return
    for item in filter(None, _BETWEEN.split(text)):
        yield _code(cell, _PREFIX.sub("", item, count=2).strip(" .()"), known)


def _code(cell: Cell, item: str, known: frozenset[str]) -> Code | Problem:
    lower = item.lower()
    if re.fullmatch(GOAL, lower) or (re.fullmatch(TARGET, lower) and lower in known):
        return Code(lower)
    comma = re.fullmatch(rf"({GOAL}),({GOAL})", lower)
    if comma:
        readings = [f"{comma[1]}.{comma[2]}"] if f"{comma[1]}.{comma[2]}" in known else []
        return ambiguous(cell, [*readings, f"{comma[1]}; {comma[2]}"])
    goal = lower.partition(".")[0]
    near = sorted((code for code in known if code.partition(".")[0] == goal), key=_order)
    return cell.problem(
        "unknown-target",
        f"{item!r} is not an SDG goal or target.",
        f"Goal {goal} has the targets {', '.join(near)}." if near else "Write it as 11.2.",
    )


def _order(code: str) -> tuple[int, str]:
    last = code.partition(".")[2]
    return (int(last) if last.isdecimal() else 100, last)


def _date(cell: Cell) -> Problem:
    _, month, of_month = (int(part) for part in cell.text.split("-"))
    candidates = [f"{of_month}.{month}", f"{month}.{of_month}"]
    return cell.problem(
        "number-became-date",
        f"The spreadsheet changed the value of this cell to a date ({cell.text}).",
        f"Format the cell as text and type the target again, perhaps {' or '.join(candidates)}.",
    )
