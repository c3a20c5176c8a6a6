"""GROUP_CONCAT with a simple literal as its result (SPARQL 1.1, section 18.5.1.7).

The engine gives the result the language of its members where they share one, and an error where a
member is an IRI. Neither happens where the texts of the members are concatenated, as the
specification says.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from urbansdg.sparql.tokenizer import SparqlToken, tokenize

_NAME: Final = "GROUP_CONCAT"
_DISTINCT: Final = "DISTINCT"


class _Call(NamedTuple):
    """The offsets of a call: its name, its expression, and where that and the call end."""

    name: int
    expression: int
    expression_end: int
    end: int
    is_distinct: bool
    has_pattern: bool


def with_simple_literals(query: str) -> str:
    """Return a query or update whose GROUP_CONCAT gives simple literals, else the same.

    DISTINCT compares members as terms: `"a"@en` and `"a"@fr` are two. Where one is an IRI, which
    the engine does not concatenate, it compares their texts. The query comes back as it is where a
    token is in doubt.
    """
    if _NAME.casefold() not in query.casefold():
        return query
    tokens = [token for token in tokenize(query) if not token.is_gap]
    if any(token.is_doubtful or token.kind in ("escape", "other") for token in tokens):
        return query
    parts, done = list[str](), 0
    for call in _calls(tokens):
        parts += query[done : call.name], _rewritten(query, call)
        done = call.end
    return "".join((*parts, query[done:]))


def _rewritten(query: str, call: _Call) -> str:
    head = query[call.name : call.expression]
    expression = query[call.expression : call.expression_end]
    tail = query[call.expression_end : call.end]
    # A comment at the end of the expression would hide a parenthesis on its line.
    by_text = f"{head} STR({expression}\n) {tail}"
    if not call.is_distinct:
        return by_text
    by_term = f"STR({query[call.name : call.end]})"
    if call.has_pattern:  # the labels of its blank nodes may stand in one place only
        return by_term
    return f"COALESCE({by_term}, {by_text})"


def _calls(tokens: Sequence[SparqlToken]) -> Iterator[_Call]:
    for place, token in enumerate(tokens):
        # A keyword before it may touch it, as in `HAVINGGROUP_CONCAT(?x)`.
        if token.word.endswith(_NAME) and tokens[place + 1 : place + 2]:
            call = _call(token.end - len(_NAME), tokens[place + 1 :])
            if call is not None:
                yield call


def _call(name: int, tokens: Sequence[SparqlToken]) -> _Call | None:
    """Return the call whose parenthesis is the first of the tokens; None for no call."""
    if tokens[0].text != "(" or len(tokens) == 1:
        return None
    first = tokens[1]
    is_distinct = first.word.startswith(_DISTINCT)
    if first.kind == "name" and first.keywords.startswith(_DISTINCT):
        return None  # a name, or DISTINCT and a name
    begin = first.start + len(_DISTINCT) if is_distinct else tokens[0].end
    depth, end, has_pattern = 0, None, False
    for token in tokens:
        depth += {"(": 1, ")": -1, "{": 1, "}": -1}.get(token.text, 0)
        has_pattern = has_pattern or token.text == "{"
        if end is None and (depth == 0 or (depth == 1 and token.text == ";")):
            end = token.start
        if depth == 0 and end is not None:
            return _Call(name, begin, end, token.end, is_distinct, has_pattern)
    return None
