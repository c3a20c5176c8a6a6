"""Where a query stops being SPARQL, and why.

The engine reads ahead by the length of a keyword before it says where it stopped, so its column
lies behind the mistake. Here the engine is asked how many tokens of the query it can read: the next
one is what is wrong. `syntax_reasons` finds out why.
"""

import bisect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from pyoxigraph import Store

from urbansdg.sparql.syntax_reasons import WrongText, syntax_reason
from urbansdg.sparql.tokenizer import tokenize

_PLACE: Final = re.compile(r"error at (\d+):")
# Longer than any keyword, so that reading ahead ends within it; what follows is never SPARQL.
_PADDING: Final = "\n" * 40 + "\x01"
_LONGEST_TOKEN: Final = 60

Ask = Callable[..., object]


@dataclass(frozen=True, slots=True)
class SyntaxMistake:
    """A token that cannot stand where it does, '' at the end of the query; and why.

    Line and column count from 1.
    """

    line: int
    column: int
    token: str
    reason: str


def mistake(
    query: str, message: str, ask: Ask = Store.query, base: str | None = None
) -> SyntaxMistake:
    """Return what is wrong with a query that the engine cannot read.

    `message` is what the engine reported on it, `ask` is `Store.update` for an update; relative
    IRIs are resolved against `base`.
    """
    tokens = [token for token in tokenize(query) if not token.is_gap]
    reads = partial(_reads, ask, base)
    place = bisect.bisect_left(tokens, x=True, key=lambda token: not reads(query[: token.end]))
    judges = partial(_report, ask, base)
    why = syntax_reason(WrongText(query, tokens, place, message, reads, judges))
    if why.start is not None:
        return _at(query, why.start, why.part, why.text)
    if place < len(tokens):
        return _at(query, tokens[place].start, tokens[place].text[:_LONGEST_TOKEN], why.text)
    return _at(query, tokens[-1].end if tokens else 0, "", why.text)


def _reads(ask: Ask, base: str | None, beginning: str) -> bool:
    """Tell whether the engine can read the beginning of a query to its end."""
    text = beginning + _PADDING
    report = _report(ask, base, text)
    place = None if report is None else _PLACE.match(report)
    return report is None or (place is not None and int(place[1]) > text.count("\n"))


def _report(ask: Ask, base: str | None, text: str) -> str | None:
    """Return what the engine reports on a text, on an empty store; None for nothing."""
    try:
        ask(Store(), text, base_iri=base)
    except SyntaxError as error:
        return str(error)
    except (RuntimeError, ValueError, OSError):  # it was read, and cannot be evaluated
        return None
    return None


def _at(query: str, offset: int, token: str, reason: str) -> SyntaxMistake:
    line = query.count("\n", 0, offset) + 1
    return SyntaxMistake(line, offset - query.rfind("\n", 0, offset), token, reason)
