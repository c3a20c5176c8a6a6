"""Snippets: the part of a text around the words of a query, with the places of these words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from urbansdg.search.text_units import normalised, runs_of, stem_of, stems_of, words_of
from urbansdg.search.thing_codes import codes_in

_LENGTH: Final = 220
_BEFORE: Final = 60
_SHORTEST_UNMARKED: Final = 40
_WORD: Final = re.compile(r"[^\W_]+")
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a text in a language, and the [start, end) of the words that match in it."""

    text: str = ""
    language: str = ""
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SnippetMaker:
    """Makes snippets for the words of one query."""

    letters: frozenset[str]
    stems: frozenset[str]
    runs: tuple[str, ...]

    @classmethod
    def of(cls, query: str) -> "SnippetMaker":
        """Return what makes the snippets of a query."""
        letters, runs = set[str](), dict[str, None]()
        for word in words_of(codes_in(query).rest):
            for script, run in runs_of(word):
                if script == "letters":
                    letters.add(run)
                else:
                    runs[run] = None
        stems = frozenset(stem for word in letters for stem in stems_of(word))
        return cls(frozenset(letters), stems, tuple(runs))

    def snippet(self, texts: Sequence[tuple[str, str]], language: str) -> Snippet:
        """Return the snippet of the text with most words, else the start of the longest text.

        Of texts with as many words, one in the reader's language comes first. A short text without
        any of the words, such as a unit of measurement, is no snippet.
        """
        best, best_rank = Snippet(), (-1, False, 0)
        for tag, text in texts:
            cleaned = _CONTROLS.sub(" ", text).strip()
            marks = self._marks(cleaned, tag)
            if not marks and len(cleaned) < _SHORTEST_UNMARKED:
                continue
            different = len({normalised(cleaned[start:end]) for start, end in marks})
            rank = (different, tag == language, len(cleaned))
            if rank > best_rank:
                best, best_rank = _cut(cleaned, tag, marks), rank
        return best

    def _marks(self, text: str, language: str) -> list[tuple[int, int]]:
        marks = list[tuple[int, int]]()
        for match in _WORD.finditer(text):
            word = normalised(match[0])
            if self._is_letters(word, language):
                marks.append(match.span())
            elif not match[0].isascii():
                marks += self._runs_in(match[0], match.start())
        return marks

    def _is_letters(self, word: str, language: str) -> bool:
        if word in self.letters:
            return True
        return bool(self.stems) and stem_of(word, language or "en") in self.stems

    def _runs_in(self, word: str, start: int) -> list[tuple[int, int]]:
        """Return where a word of a script without spaces has a run of the query."""
        plain = normalised(word)
        if len(plain) != len(word):  # the places would differ
            return []
        for run in self.runs:
            place = plain.find(run)
            if place >= 0:
                return [(start + place, start + place + len(run))]
        return []


def _cut(text: str, language: str, marks: list[tuple[int, int]]) -> Snippet:
    """Return the part of a text around the first word that matches."""
    start = max(0, marks[0][0] - _BEFORE) if marks and marks[0][1] > _LENGTH else 0
    if start:
        space = text.find(" ", start, marks[0][0])
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + _LENGTH)
    if end < len(text):
        space = text.rfind(" ", start + _LENGTH // 2, end)
        end = space if space >= 0 else end
    before, after = "…" if start else "", "…" if end < len(text) else ""
    shift = len(before) - start
    inside = tuple((s + shift, e + shift) for s, e in marks if s >= start and e <= end)
    return Snippet(before + text[start:end] + after, language, inside)
