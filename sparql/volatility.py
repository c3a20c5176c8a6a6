"""Whether a query has the same answer each time that it is evaluated on one version.

Queries are not parsed here: a parser can be brought down. In doubt the query is volatile, which
costs an evaluation, where a wrong no would give a stale answer.
"""

import re
from typing import Final

from urbansdg.sparql.clauses import has_service
from urbansdg.sparql.tokenizer import GAP, tokenize

_NAMES: Final = ("rand", "uuid", "now", "bnode")
# Whatever could be a call counts, in a comment or a string too, and touching the word before it.
_CALL: Final = re.compile(rf"(?:{'|'.join(_NAMES)}){GAP}\(", re.IGNORECASE | re.VERBOSE)
_MOST: Final = 32
_NEW_NODES: Final = frozenset({"[", "(", "<<", "{|", "~"})
"""Marks with which a template makes a blank node for each solution (SPARQL 1.2, section 16.2)."""


def is_volatile(query: str) -> bool:
    """Tell whether the answer may differ from one time to the next.

    It does with RAND, UUID, STRUUID, NOW and BNODE, with SERVICE, and where a CONSTRUCT template
    makes blank nodes, which are others each time.
    """
    text = query.casefold()
    # Each of these words is looked at with the gap after it, which may be long. That is done where
    # requests are read, so many of them are a doubt.
    if sum(map(text.count, (*_NAMES, "service"))) > _MOST:
        return True
    return _calls(query) or has_service(query) or _makes_nodes(query)


def _calls(query: str) -> bool:
    text = query.casefold()  # finding a text takes a twentieth of the time of the pattern
    return any(name in text for name in _NAMES) and _CALL.search(query) is not None


def _makes_nodes(query: str) -> bool:
    """Tell whether the first group after CONSTRUCT, its template, makes blank nodes."""
    if "construct" not in query.casefold():
        return False
    depth, is_construct = 0, False
    for token in tokenize(query):
        if token.kind == "mark":
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            if is_construct and depth and token.text in _NEW_NODES:
                return True
            if is_construct and token.text == "}":
                return False
        elif token.kind in ("escape", "other") or (token.kind == "blank" and is_construct):
            return True
        elif "CONSTRUCT" in token.word:
            is_construct = True
    return False
