r"""Codepoint escapes (SPARQL 1.1, 19.2): `\u0041` and `\U00000041`, which may stand anywhere.

The engine reads them in strings and IRIs alone. Those elsewhere are replaced by their characters
here, before anything else looks at the text: what is checked, looked up, kept and evaluated is one
text. In strings and IRIs, where the engine takes them for no more than a character, they stay; and
quotation marks and backslashes stay escapes everywhere, so that nothing which only looks like the
outside of a string can begin or end one.
"""

import re
from collections.abc import Iterator
from typing import Final

from urbansdg.sparql.clauses import CLOSED

# What is no escape, and what the engine reads itself, is passed over in long strides: a text is
# read where all others wait.
_PIECE: Final = re.compile(
    rf"""(?: [^\\<\#'"]++ | {CLOSED} | \\(?!u[0-9A-Fa-f]{{4}}|U[0-9A-Fa-f]{{8}}). | [<'"] )++
    | \\(?: u(?P<short>[0-9A-Fa-f]{{4}}) | U(?P<long>[0-9A-Fa-f]{{8}}) ) | .""",
    re.VERBOSE | re.DOTALL,
)
_KEPT: Final = frozenset("\"'\\") | frozenset(map(chr, range(0x20))) - frozenset("\t\r\n")
_SURROGATES: Final = range(0xD800, 0xE000)
_LAST: Final = 0x10FFFF

Replaced = tuple[int, int, str]
"""An escape: where it begins and ends, and its character."""


def unescaped(text: str) -> str:
    """Return the text of a query or update with the characters in the place of their escapes."""
    if "\\u" not in text and "\\U" not in text:
        return text
    parts: list[str] = []
    done = 0
    for start, end, character in _replaced(text):
        parts += (text[done:start], character)
        done = end
    return "".join((*parts, text[done:]))


def place_in(written: str, line: int, column: int) -> tuple[int, int]:
    """Return the line and column in the text as it was written of a place in it `unescaped`.

    Both count from 1.
    """
    lines = unescaped(written).split("\n")
    offset = sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
    for start, end, _ in _replaced(written):
        if start >= offset:
            break
        offset += end - start - 1
    return written.count("\n", 0, offset) + 1, offset - written.rfind("\n", 0, offset)


def _replaced(text: str) -> Iterator[Replaced]:
    for piece in _PIECE.finditer(text):
        digits = piece["short"] or piece["long"]
        code = int(digits, 16) if digits else 0
        if not digits or code > _LAST or code in _SURROGATES:
            continue
        character = chr(code)
        if character not in _KEPT:
            yield piece.start(), piece.end(), character
