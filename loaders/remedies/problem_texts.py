"""The texts of problems in a workbook, in its four languages.

A text is a row of `problem_texts.csv`: its key, and a text with `{fields}` for each language. The
messages of shapes and rules for workbooks are in `rule_texts.csv`, in the same form.
"""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from babel.lists import format_list

from urbansdg.loaders.parse.name_keys import LANGUAGES

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


def rule_text(key: str, language: str) -> str | None:
    """Return a text about a shape or a rule, or None if there is none."""
    texts = _texts("rule_texts.csv").get(key)
    return None if texts is None else texts.get(language, texts["en"])


def excerpt(text: str) -> str:
    """Return the text of a cell on one line, shortened if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


def alternatives(values: Sequence[str], language: str) -> str:
    """Return several values as one phrase: `A or B`, `A, B ou C`."""
    return format_list(list(values), style="or", locale=language)


@cache
def _texts(name: str) -> Mapping[str, Mapping[str, str]]:
    table = files("urbansdg.loaders.remedies").joinpath(name)
    rows = csv.DictReader(table.read_text("utf-8").splitlines())
    return {row["key"]: {language: row[language] for language in LANGUAGES} for row in rows}
