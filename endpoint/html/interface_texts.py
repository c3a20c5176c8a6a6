"""The texts of the pages in each language.

`words.csv` has one text per row and one language per column. `terms.csv` has the labels of the
properties of other vocabularies in the same form; the graph has the labels of the project's own.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from babel import Locale

LANGUAGES: Final = ("en", "ko", "fr", "es", "ar", "zh", "ru")
"""The languages of the pages: the official ones of the United Nations, and Korean."""

_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True, slots=True)
class InterfaceTexts:
    """The texts of the pages in one language."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """Return a text by its key, with its placeholders filled in."""
        text = _table("words")[self.language][key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def term(self, name: str) -> str | None:
        """Return the label of an external term by its prefixed name, None without one."""
        return _table("terms")[self.language].get(name)

    def marked(self, language: str | None) -> str | None:
        """Return the language of a text if it differs from that of the page."""
        return None if language == self.language else language

    @property
    def locale(self) -> Locale:
        """The locale for dates and numbers (Unicode CLDR)."""
        return locale_of(self.language)

    @property
    def direction(self) -> str:
        """The direction of the text: `ltr` or `rtl`."""
        return direction_of(self.language)


def direction_of(language: str) -> str:
    """Return the direction of a language: `ltr` or `rtl`."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


@cache
def locale_of(language: str) -> Locale:
    """Return the locale of one of the languages of the pages."""
    return Locale.parse(language)


@cache
def name_of(language: str) -> str:
    """Return the name of one of the languages of the pages in that language."""
    return (locale_of(language).get_display_name(language) or language).capitalize()


@cache
def _table(name: str) -> dict[str, dict[str, str]]:
    text = files("urbansdg.endpoint.html").joinpath(f"{name}.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {language: {row["key"]: row[language] for row in rows} for language in LANGUAGES}
