"""Texts that stand for no value: `TBD`, `n/a`, `-`, `미정`, `à définir`, `por definir`.

An officer writes them where a cell could be empty. They are in `missing_values.csv`.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from urbansdg.loaders.parse.name_keys import comparison_key

_LETTER_OR_DIGIT: Final = re.compile(r"[^\W_]")
_LONGEST: Final = 40
"""The most characters of such a text: sentences need no search."""

_INITIALS_WITH_BLANKS: Final = 12
"""The most characters of initials that blanks divide."""

_INITIALS: Final = frozenset({"na", "tbd", "tbc", "tba", "nd", "nc", "sd", "so", "ka"})
"""Abbreviations that people write with points, slashes or blanks between the letters."""


def is_missing(text: str) -> bool:
    """Return whether a text stands for no value: signs only, or words such as `to be decided`.

    >>> [is_missing(text) for text in ("n/a", "à définir", "--", "12", "Nada Street")]
    [True, True, True, False, False]
    """
    if len(text) > _LONGEST:
        return False
    if not has_letter_or_digit(text):
        return True
    if len(text) > _INITIALS_WITH_BLANKS and len(text.split()) > _most_words():
        return False
    key = comparison_key(text)
    return key in _missing() or key.replace(" ", "") in _INITIALS


def has_letter_or_digit(text: str) -> bool:
    """Return whether a text has a letter or a digit of any script."""
    return _LETTER_OR_DIGIT.search(text) is not None


@cache
def _missing() -> frozenset[str]:
    table = files("urbansdg.loaders.cells").joinpath("missing_values.csv")
    return frozenset(map(comparison_key, table.read_text("utf-8").splitlines()[1:]))


@cache
def _most_words() -> int:
    return max(len(phrase.split()) for phrase in _missing())
