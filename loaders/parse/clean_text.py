"""Characters that nobody sees or that have another form, as office programs leave them in cells.

They are normalised, because two names that look alike would be two things otherwise, and reported
once per file.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from urbansdg.errors import Place, Problem, Severity

_ESCAPE: Final = re.compile(r"_x00([01][0-9A-Fa-f]|7[Ff])_")
"""A control character as Office Open XML escapes it (ECMA-376, 22.9.2.19)."""

_KINDS: Final = {
    "control characters": re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"),
    "zero-width characters": re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"),
    # Persian and the languages of India write with joiners, and so do emoji.
    "joiners": re.compile(
        "[\u200c\u200d](?=[\x00-\u02ff]|$)|(?:^|(?<=[\x00-\u02ff]))[\u200c\u200d]"
    ),
    "soft hyphens": re.compile("\u00ad"),
    "special spaces": re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]"),
    "full-width forms": re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff61-\uffdc]+"),
    "line separators": re.compile("[\x85\u2028\u2029]"),
}
_UNUSUAL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff"
    "\uff01-\uffe6]|_x00"
)
"""Any of these, so that other texts are looked at once."""

_Replacement = Callable[[re.Match[str]], str]


def _removed(_match: re.Match[str]) -> str:
    return ""


def _compatible(match: re.Match[str]) -> str:
    """Return the usual form of full-width and half-width letters (UAX 15, NFKC)."""
    return unicodedata.normalize("NFKC", match[0])


_BECOME: Final[dict[str, _Replacement]] = {
    "special spaces": lambda _match: " ",
    "line separators": lambda _match: "\n",
    "full-width forms": _compatible,
}
_WIDE_SIGN: Final = re.compile(
    "[\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e\uffe0-\uffe6]"
)
_CJK: Final = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
"""Texts with these letters use full-width punctuation by right."""


def _needs_cleaning(text: str) -> bool:
    """Return whether a text may change when it is normalised."""
    if text.isascii() and text.isprintable():
        return "_x00" in text
    return _UNUSUAL.search(text) is not None or not unicodedata.is_normalized("NFC", text)


@dataclass(slots=True)
class TextCleaner:
    """Normalises the texts of one file; `notes` reports what it did.

    `escapes_returns` says that a carriage return can only be an escape, as in Office Open XML.
    """

    file: str
    escapes_returns: bool = False
    texts: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    first: Place | None = None

    def clean(self, text: str, place: Place) -> str:
        """Return a text in normal form; `place` is that of its row."""
        if not _needs_cleaning(text):
            return text
        before = self.counts.total()
        text = self._normalised(text)
        if self.counts.total() != before:
            self.texts += 1
            self.first = self.first or place
        return text

    def _normalised(self, text: str) -> str:
        text = self._without_returns(text)
        if text.isascii() and text.isprintable():
            return text
        for kind, pattern in _KINDS.items():
            text = self._replaced(text, kind, pattern, _BECOME.get(kind, _removed))
        if not _CJK.search(text):
            text = self._replaced(text, "full-width forms", _WIDE_SIGN, _compatible)
        if not unicodedata.is_normalized("NFC", text):
            self.counts["decomposed letters"] += 1
            text = unicodedata.normalize("NFC", text)
        return text.strip()

    def _without_returns(self, text: str) -> str:
        """Return a text whose lines end with line feeds; only an escape for a return counts."""
        text, escapes = _ESCAPE.subn(lambda match: chr(int(match[1], 16)), text)
        if "\r" in text:
            if self.escapes_returns and not escapes:
                escapes = text.count("\r")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if escapes:
            self.counts["escaped control characters (_x000D_)"] += escapes
        return text

    def _replaced(self, text: str, kind: str, pattern: re.Pattern[str], by: _Replacement) -> str:
        text, count = pattern.subn(by, text)
        if count:
            self.counts[kind] += count
        return text

    def notes(self) -> list[Problem]:
        """Return a note of what was normalised, if anything was."""
        if self.first is None:
            return []
        what = ", ".join(f"{count:,} {kind}" for kind, count in self.counts.most_common())
        note = Problem(
            "normalised-text",
            f"{self.texts:,} texts were normalised: {what}. This is the first.",
            "Compare it with the source if its spelling matters.",
            self.first,
            Severity.INFO,
        )
        return [note]
