"""Dates, years and durations in cells.

`urbansdg.loaders.parse.calendar_dates` reads a date, `urbansdg.loaders.cells.date_remedies` has
the remedies for texts that are not exactly one.
"""

import re
from collections.abc import Iterator
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.cells.date_remedies import (
    Edge,
    Remedy,
    date_remedy,
    dates_inside,
    is_two_years,
)
from urbansdg.loaders.cells.problem_texts import alternatives, describe
from urbansdg.loaders.parse.calendar_dates import YEAR, readings
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.quantities import ascii_digits

_NO_EDGE: Final = Edge()


def day(cell: Cell, edge: Edge = _NO_EDGE) -> Iterator[str | Problem]:
    """Parse a year, a month or a day, and write it as XML Schema does.

    `edge` says which end of a period the column holds, for the remedy.
    """
    dates = readings(cell.text, cell.language)
    remedy = (
        None
        if len(dates) == 1 and not is_two_years(cell.text)
        else date_remedy(cell.text, edge, cell.language)
    )
    yield dates[0] if remedy is None else date_problem(cell, remedy)


def date_problem(cell: Cell, remedy: Remedy, code: str = "bad-date") -> Problem:
    """Return the problem of a cell that is not exactly one date."""
    ambiguous = remedy.message in {"ambiguous.message", "date.serial"}
    options = alternatives(remedy.options, cell.locale)
    return describe(
        cell,
        "ambiguous-value" if ambiguous else code,
        remedy.message,
        remedy.remedy,
        options=options,
        **remedy.values,
    )


def year(cell: Cell) -> Iterator[str | Problem]:
    """Parse a year; a full date counts as its year only if it is 1 January."""
    text = (
        re.sub(r"^(FY|Y)\s?", "", ascii_digits(cell.text), flags=re.IGNORECASE)
        .removesuffix("년")
        .removesuffix("年")
        .strip()
    )
    if re.fullmatch(YEAR, text):
        yield text
    elif re.fullmatch(rf"{YEAR}-01-01", text):
        yield text[:4]
    else:
        yield _no_year(cell)


def _no_year(cell: Cell) -> Problem:
    """Return the problem of a cell that is not one year, with the years to choose from."""
    remedy = date_remedy(cell.text, _NO_EDGE, cell.language)
    if remedy.remedy == "missing":
        return date_problem(cell, remedy, "bad-year")
    dates = readings(cell.text, cell.language) or remedy.options
    years = sorted({date[:4] for date in dates or dates_inside(cell.text, cell.language)})
    if not years:
        return describe(cell, "bad-year", "year.unknown", "year.write")
    several = len(years) > 1 and remedy.message != "date.fiscal"
    return describe(
        cell,
        "bad-year",
        "year.unknown",
        "year.several" if several else "year.only",
        options=alternatives(years, cell.locale),
    )


def duration(cell: Cell) -> Iterator[str | Problem]:
    """Parse a duration: `2:30` (minutes and seconds), `0:02:30`, `PT2M30S`."""
    text = ascii_digits(cell.text)
    clock = re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)", text)
    if re.fullmatch(r"PT(?=\d)(\d+H)?(\d+M)?(\d+S)?", text):
        yield text
    elif clock:
        yield _of_seconds(int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3]))
    else:
        yield _no_duration(cell, text)


def _no_duration(cell: Cell, text: str) -> Problem:
    """Return the problem of a text that is not a duration; `3 min 20 s` is offered as a clock."""
    parts = re.fullmatch(
        r"(?:(\d+)\s?(?:h|hours?|hrs?|heures?|horas?|std|시간)\.?\s*)?"
        r"(?:(\d+)\s?(?:m|min|mins|minutes?|minutos?|minuten|분|')\.?\s*)?"
        r"(?:(\d+)\s?(?:s|sec|secs|seconds?|secondes?|segundos?|sekunden|초|\")\.?)?",
        text,
        re.IGNORECASE,
    )
    if parts and any(parts.groups()):
        hours, minutes, seconds = (int(part or 0) for part in parts.groups())
        clock = f"{hours + minutes // 60}:{minutes % 60:02}:{seconds:02}"
        return describe(cell, "bad-duration", "duration.unknown", "duration.only", clock=clock)
    return describe(cell, "bad-duration", "duration.unknown", "duration.write")


def _of_seconds(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (rest, "S"))
    return "PT" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0S")
