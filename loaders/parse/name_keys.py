"""Comparison keys of names."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

LANGUAGES: Final = ("en", "ko", "fr", "es")


@lru_cache(maxsize=8192)  # the same titles, labels and names are compared again and again
def comparison_key(text: str) -> str:
    """Return the comparison key of a text, without width, case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", bare)).strip()
