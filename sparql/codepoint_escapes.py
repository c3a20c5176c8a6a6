r"""Codepoint escapes (SPARQL 1.1, section 19.2): `\u0041` and `\U00000041`, allowed anywhere.

The engine reads them in strings and IRIs only. All others are replaced by their characters before
anything else reads the text: what is checked, looked up, cached and evaluated is one text. In
strings and IRIs an escape is no more than a character to the engine, and stays. An escape of a
quotation mark or a backslash stays everywhere: replaced, it could begin or end a string.
"""

from collections.abc import Iterator
from typing import Final

from urbansdg.sparql.tokenizer import SparqlToken, tokenize

_ESCAPED: Final = frozenset("\"'\\") | frozenset(map(chr, range(0x20))) - frozenset("\t\r\n")


def unescaped(text: str) -> str:
    """Return the text of a query or update with the characters instead of their escapes."""
    if "\\u" not in text and "\\U" not in text:
        return text
    return "".join(_character(token) or token.text for token in tokenize(text))


def place_in(written: str, line: int, column: int) -> tuple[int, int]:
    """Return the line and column, in the text as it was written, of a place in it `unescaped`.

    Both count from 1.
    """
    lines = unescaped(written).split("\n")
    offset = sum(len(text) + 1 for text in lines[: line - 1]) + column - 1
    for token in _replaced(written):
        if token.start >= offset:
            break
        offset += len(token.text) - 1
    return written.count("\n", 0, offset) + 1, offset - written.rfind("\n", 0, offset)


def _replaced(text: str) -> Iterator[SparqlToken]:
    return (token for token in tokenize(text) if _character(token))


def _character(token: SparqlToken) -> str:
    """Return the character that replaces a token; empty for a token that stays."""
    if token.kind != "escape":
        return ""
    character = chr(int(token.text[2:], 16))  # noqa: FURB166  # the prefix is no Python prefix
    return "" if character in _ESCAPED else character
