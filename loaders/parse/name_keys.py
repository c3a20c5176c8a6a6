"""Names as they are compared."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

LANGUAGES: Final = ("en", "ko", "fr", "es")


@lru_cache(maxsize=8192)  # titles, labels and names are compared over and over
def folded(text: str) -> str:
    """Return a text as it is compared: width, case, accents and punctuation do not count."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", bare)).strip()
