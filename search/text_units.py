"""The units into which texts and queries are cut before they are indexed and searched.

The binding of the index accepts no tokenizer, so that this module is the tokenizer for documents
and queries alike: a text becomes units, which are words of letters and digits without case and
accents, pairs and single characters of scripts that do not separate words, and stems.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Final

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

STEM: Final = "~"
"""The first character of a stem, which no word has."""

LONGEST_WORD: Final = 60
"""Characters of a word that count: longer ones are no words of a language."""

_WORD: Final = re.compile(r"\d+(?:\.[0-9a-z]+)+|[^\W_]+")
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]+"
)
"""Accents of Latin, Greek and Cyrillic, vowel signs of Hebrew and Arabic, and the tatweel.

The marks of voiced kana and the vowels of Indic scripts are other letters, and stay.
"""

_ALIKE: Final = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        # Arabic: alef maksura, teh marbuta, and the yeh and kaf of Persian; then a joiner
        "\u0649": "\u064a",
        "\u0629": "\u0647",
        "\u06cc": "\u064a",
        "\u06a9": "\u0643",
        "\u200c": " ",
    }
)
"""Letters that are written without their stroke or dots where a keyboard lacks them."""

_DIGITS: Final = {
    code: str(unicodedata.decimal(chr(code)))
    for code in range(0x660, 0xFFFF)
    if unicodedata.category(chr(code)) == "Nd"
}
"""The digits of other scripts, such as Arabic: people write codes with theirs."""

_OTHER_LETTERS: Final = _ALIKE | _DIGITS
_RUNS: Final = re.compile(
    "(?P<hangul>[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]+)"
    "|(?P<ideographs>[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)"
    "|(?P<letters>.)",
    re.DOTALL,
)
_STEMMERS: Final = {
    "ar": "arabic",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
    "ru": "russian",
    "sv": "swedish",
}
_BY_SCRIPT: Final = (
    (re.compile("[\u0400-\u052f]"), ("ru",)),
    (re.compile("[\u0600-\u06ff]"), ("ar",)),
    (re.compile("[a-z]"), tuple(tag for tag in _STEMMERS if tag not in {"ar", "ru"})),
)
SHORTEST_SPELT: Final = 4
_LONGEST_SPELT: Final = 30
_SHORTEST_STEMMED: Final = 4


def normalised(text: str) -> str:
    """Return a text without case, accents and variants of characters (NFKC)."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", bare).translate(_OTHER_LETTERS))


@lru_cache(maxsize=1 << 10)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, normalised; a code such as 11.2 is one word."""
    return tuple(word[:LONGEST_WORD] for word in _WORD.findall(normalised(text)))


def runs_of(word: str) -> list[tuple[str, str]]:
    """Return the runs of a word by script: ("hangul" | "ideographs" | "letters", characters)."""
    if word.isascii():
        return [("letters", word)]
    runs = list[tuple[str, str]]()
    for match in _RUNS.finditer(word):
        script = match.lastgroup or "letters"
        if runs and runs[-1][0] == script == "letters":
            runs[-1] = (script, runs[-1][1] + match[0])
        else:
            runs.append((script, match[0]))
    return runs


def pairs_of(run: str) -> list[str]:
    """Return the pairs of neighbouring characters of a run, the character itself of one."""
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def units_of(text: str, language: str = "en") -> Iterator[str]:
    """Yield the units of a text in a language, under which a document is found."""
    for word in words_of(text):
        yield from _units_of_word(word, language.partition("-")[0])


@lru_cache(maxsize=1 << 16)
def _units_of_word(word: str, language: str) -> tuple[str, ...]:
    units = list[str]()
    for script, run in runs_of(word):
        if script == "letters":
            units.append(run)
            stem = stem_of(run, language)
            if stem is not None:
                units.append(STEM + stem)
        else:
            units += pairs_of(run)
            units += run if len(run) > 1 else ()
    if "." in word:  # a code: its parts are words as well
        units += word.split(".")
    return tuple(units)


def stem_of(word: str, language: str) -> str | None:
    """Return the stem of a word in a language, None where the language has no stemmer here."""
    if language not in _STEMMERS or len(word) < _SHORTEST_STEMMED or not word.isalpha():
        return None
    stems = _stemmer(language).analyze(word)
    return stems[0] if stems else None


def stems_of(word: str) -> tuple[str, ...]:
    """Return the stems of a word of a query in every language of its script."""
    for script, languages in _BY_SCRIPT:
        if script.search(word):
            stems = (stem_of(word, language) for language in languages)
            return tuple(dict.fromkeys(stem for stem in stems if stem is not None))
    return ()


@cache
def _stemmer(language: str) -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer(_STEMMERS[language])).build()


def similar_units(text: str) -> Iterator[str]:
    """Yield the units that a text and a misspelt one share: parts of its words.

    Letters in threes, with the borders of the word; Korean letters (jamo) in threes; of ideographs
    and kana single ones, and pairs with one left out between them.
    """
    for word in words_of(text):
        yield from similar_units_of_word(word)


@lru_cache(maxsize=1 << 14)
def similar_units_of_word(word: str) -> tuple[str, ...]:
    """Return the units that a word and a misspelt one share."""
    units = list[str]()
    for script, run in runs_of(word):
        if script == "letters":
            units += threes(f"_{run}_")
        elif script == "hangul":
            units += threes(f"_{letters_of(run)}_")
        else:
            units += run
            units += (run[at] + "_" + run[at + 2] for at in range(len(run) - 2))
    return tuple(dict.fromkeys(units))


@lru_cache(maxsize=1 << 14)
def is_spelt(word: str) -> bool:
    """Return whether a word is long enough, and of letters, so that a misspelt one is like it."""
    runs = runs_of(word)
    if len(runs) != 1 or not word.isalpha() or len(word) > _LONGEST_SPELT:
        return False
    script = runs[0][0]
    least = {"letters": SHORTEST_SPELT, "hangul": 2}.get(script, LONGEST_WORD)
    return len(word) >= least


def letters_of(run: str) -> str:
    """Return the letters of Korean syllables (jamo)."""
    return unicodedata.normalize("NFD", run)


def threes(letters: str) -> list[str]:
    """Return the overlapping parts of three letters, the whole where it is shorter."""
    return [letters[at : at + 3] for at in range(len(letters) - 2)] or [letters]


def key_of(text: str) -> str:
    """Return the key by which a whole name is compared: its words, one after another."""
    return " ".join(words_of(text))


def joined_units(texts: Iterable[tuple[str, str]]) -> str:
    """Return the units of texts with their languages, with spaces between them."""
    return " ".join(_joined(text, language or "en") for language, text in texts)


@lru_cache(maxsize=1 << 13)
def _joined(text: str, language: str) -> str:
    """Return the units of a text; the names of a goal are those of a thousand documents."""
    return " ".join(units_of(text, language))
