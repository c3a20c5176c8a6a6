"""Comparison keys of names."""

import re
import unicodedata
from functools import lru_cache
from itertools import filterfalse
from typing import Final

LANGUAGES: Final = ("en", "ko", "fr", "es")

_BASE_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "ð": "d", "þ": "th"}
    | {
        "æ": "ae",
        "œ": "oe",
        "ŋ": "ng",
        "ə": "a",
        "\u02bb": "",
        "\u02bc": "",
        "\u02bf": "",
        "\u0629": "\u0647",
        "\u0649": "\u064a",
    }
)
"""Letters that Unicode does not decompose, and the letters that people write for them."""

_SIGNS: Final = re.compile(r"[\W_]+")
_DIGRAPHS: Final = (
    str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}),
    str.maketrans({"đ": "dj", "ä": "a", "ö": "o", "ü": "u"}),
)
"""Spellings in two letters, as in German and Danish: München, Muenchen; Aarhus, Århus."""


@lru_cache(maxsize=8192)  # the same titles, labels and names are compared again and again
def comparison_key(text: str) -> str:
    """Return the comparison key of a text, without width, case, accents and punctuation."""
    if text.isascii():  # as most texts are: it takes a third of the time
        return _SIGNS.sub(" ", text.casefold()).strip()
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_BASE_LETTERS)
    bare = "".join(filterfalse(unicodedata.combining, plain))
    return _SIGNS.sub(" ", unicodedata.normalize("NFC", bare)).strip()


def spelling_keys(text: str) -> frozenset[str]:
    """Return the comparison keys of a name in its spellings: `munchen` and `muenchen`."""
    composed = unicodedata.normalize("NFC", text).casefold()
    german, plain = _DIGRAPHS
    spellings = (text, composed.translate(german), composed.translate(plain))
    return frozenset(map(comparison_key, spellings))
