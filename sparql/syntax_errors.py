"""Where a query stops being SPARQL.

The engine reads ahead by the length of a keyword before it says where it stopped, so its column
lies behind the mistake. Here the engine is asked how many tokens of the query it can read: the next
one is what is wrong.
"""

import bisect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Store

from urbansdg.sparql.tokenizer import tokenize

_PLACE: Final = re.compile(r"error at (\d+):")
# Longer than any keyword, so that reading ahead ends within it; what follows is never SPARQL.
_PADDING: Final = "\n" * 40 + "\x01"
_LONGEST_TOKEN: Final = 60
# Among the tokens that the engine would have expected stand its reasons, in words.
_REASON: Final = re.compile(r"\b[A-Z][A-Za-z]*(?: [a-z]+){2,}\b")

Ask = Callable[[Store, str], object]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A token that cannot stand where it does; '' at the end of the query. Counts from 1."""

    line: int
    column: int
    token: str


def mistake(query: str, ask: Ask = Store.query) -> Mistake:
    """Return the first token of a wrong query that the engine cannot read, or its end.

    `ask` is `Store.update` for an update.
    """
    tokens = [token for token in tokenize(query) if not token.is_gap]
    read = bisect.bisect_left(
        tokens, x=True, key=lambda token: not _is_readable(query, token.end, ask)
    )
    if read < len(tokens):
        return _at(query, tokens[read].start, tokens[read].text[:_LONGEST_TOKEN])
    return _at(query, tokens[-1].end if tokens else 0, "")


def reason(message: str, wrong: Mistake) -> str:
    """Return why a query is wrong: in the words of the engine's message, if these are words."""
    match = _REASON.search(message)
    if match:
        return match[0].lower()
    return f"{wrong.token!r} cannot stand here" if wrong.token else "it ends too early"


def _is_readable(query: str, end: int, ask: Ask) -> bool:
    """Tell whether the engine can read the query up to there."""
    text = query[:end] + _PADDING
    try:
        ask(Store(), text)
    except SyntaxError as error:
        place = _PLACE.match(str(error))
        return place is not None and int(place[1]) > text.count("\n")
    return True


def _at(query: str, offset: int, token: str) -> Mistake:
    line = query.count("\n", 0, offset) + 1
    return Mistake(line, offset - query.rfind("\n", 0, offset), token)
