"""The texts of problems in a workbook, in its four languages.

A text is a row of `problem_texts.csv`: its key, and a text with `{fields}` for each language. The
messages of shapes and rules for workbooks are in `rule_texts.csv`, in the same form.
"""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.name_keys import LANGUAGES

_OR: Final = {"en": "or", "ko": "또는", "fr": "ou", "es": "o"}
_LONGEST: Final = 80
"""The most characters of a cell that a message repeats: it names the cell anyway."""


def problem_text(key: str, language: str, **values: str) -> str:
    """Return a text in a language; raises `KeyError` for an unknown key.

    A language other than the four of the workbook gives English.

    >>> problem_text("date.unknown", "en", value="soon")
    "'soon' is not a calendar date."
    """
    texts = _texts("problem_texts.csv")[key]
    return texts.get(language, texts["en"]).format_map(
        {name: excerpt(value) if name == "value" else value for name, value in values.items()}
    )


def describe(cell: Cell, code: str, message: str, remedy: str, **values: str) -> Problem:
    """Return a problem of a cell in the language of messages, from keys of texts."""
    values["value"] = cell.text
    return Problem(
        code,
        problem_text(message, cell.locale, **values),
        problem_text(remedy, cell.locale, **values),
        cell.place,
        value=cell.text,
        language=cell.locale,
    )


def ambiguous(cell: Cell, candidates: Sequence[str]) -> Problem:
    """Return the problem of a value with more than one meaning."""
    options = alternatives(candidates, cell.locale)
    return describe(cell, "ambiguous-value", "ambiguous.message", "ambiguous", options=options)


def rule_text(key: str, language: str) -> str | None:
    """Return a text about a shape or a rule, or None if there is none."""
    texts = _texts("rule_texts.csv").get(key)
    return None if texts is None else texts.get(language, texts["en"])


def excerpt(text: str) -> str:
    """Return the text of a cell on one line, shortened if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


def alternatives(values: Sequence[str], language: str) -> str:
    """Return several values as one phrase: `A or B or C`, `A ou B`."""
    return f" {_OR.get(language, _OR['en'])} ".join(values)


@cache
def _texts(name: str) -> Mapping[str, Mapping[str, str]]:
    table = files("urbansdg.loaders.cells").joinpath(name)
    rows = csv.DictReader(table.read_text("utf-8").splitlines())
    return {row["key"]: {language: row[language] for language in LANGUAGES} for row in rows}
