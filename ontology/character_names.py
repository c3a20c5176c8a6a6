"""Names of characters in messages: many that are wrong in a text cannot be seen, or look right."""

import re
import unicodedata
from typing import Final

_QUOTED: Final = re.compile(r"'([^\x20-\x7e])'|'(\\u\{([0-9a-fA-F]+)\})'")


def character_name(character: str) -> str:
    """Return the number and the name of a character: `U+00A0, no-break space`."""
    name = unicodedata.name(character, "control character").lower()
    return f"U+{ord(character):04X}, {name}"


def with_character_names(message: str) -> str:
    r"""Return a parser's message with the name of each character that it quotes, but ASCII ones.

    >>> with_character_names("'\u00e9' is not allowed")
    "'é' (U+00E9, latin small letter e with acute) is not allowed"
    """
    return _QUOTED.sub(_named, message)


def _named(match: re.Match[str]) -> str:
    character = match[1] or chr(int(match[3], 16))
    return f"{match[0]} ({character_name(character)})"
