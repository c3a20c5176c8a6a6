"""The words of the pages themselves, in each language that they are written in.

`words.csv` has them all: one word or sentence a row, one language a column. `terms.csv` has in the
same way what we call the properties of other vocabularies: ours are named in the graph.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from babel import Locale

LANGUAGES: Final = ("en", "ko", "fr", "es", "ar", "zh", "ru")
"""The languages of the pages: those of the United Nations, and Korean."""

_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True, slots=True)
class InterfaceTexts:
    """The words of the pages in one language."""

    language: str

    def __call__(self, key: str, **given: object) -> str:
        """Return a word by its key, with what is given put in its places."""
        text = _table("words")[self.language][key]
        for name, value in given.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def term(self, name: str) -> str | None:
        """Return what a term of another vocabulary is called, by its name with a prefix."""
        return _table("terms")[self.language].get(name)

    @property
    def locale(self) -> Locale:
        """Where dates and numbers are written as in this language (Unicode CLDR)."""
        return locale_of(self.language)

    @property
    def direction(self) -> str:
        """The direction in which the page is written."""
        return direction_of(self.language)


def direction_of(language: str) -> str:
    """Return the direction in which a language is written: `ltr` or `rtl`."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


@cache
def locale_of(language: str) -> Locale:
    """Return the locale of one of the languages of the pages."""
    return Locale.parse(language)


def name_of(language: str) -> str:
    """Return the name of one of the languages of the pages, in itself."""
    return (locale_of(language).get_display_name(language) or language).capitalize()


@cache
def _table(name: str) -> dict[str, dict[str, str]]:
    text = files("urbansdg.endpoint.html").joinpath(f"{name}.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {language: {row["key"]: row[language] for row in rows} for language in LANGUAGES}
