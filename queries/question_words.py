"""The words of the questions in the languages of the pages.

`words.csv` has one text per row and one language per column. Its keys are the name of a question;
a question and a parameter, `policies_in_force.year`; and a column of an answer, `column.city`.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import Final

_FALLBACK: Final = "en"


def question_words(key: str, language: str) -> str:
    """Return a text by its key, in English for a language without it; raises KeyError."""
    texts = _texts()[key]
    return texts.get(language) or texts[_FALLBACK]


def column_words(columns: tuple[str, ...], language: str) -> dict[str, str]:
    """Return the words for columns of answers."""
    return {name: question_words(f"column.{name}", language) for name in columns}


@cache
def _texts() -> dict[str, dict[str, str]]:
    text = files(__package__ or "").joinpath("words.csv").read_text("utf-8")
    return {row.pop("key"): row for row in csv.DictReader(text.splitlines())}
