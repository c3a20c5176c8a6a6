"""SELECT * with its columns in the order in which the query names them.

SPARQL leaves the order open (SPARQL 1.1, section 18.2.4.4: the variables in scope are a set), and
the engine sorts them by name. Other engines have them as they appear in the text, as readers
expect.
"""

from collections.abc import Sequence
from typing import Final

from urbansdg.sparql.tokenizer import SparqlToken, tokenize

_LONGEST: Final = 1 << 14
"""Characters of the longest query whose columns are ordered: it is parsed twice for it."""

_BEFORE_STAR: Final = ("SELECT", "DISTINCT", "REDUCED")


def selects_all(query: str) -> bool:
    """Tell whether the query, not only a part of it, may begin with SELECT *."""
    return len(query) <= _LONGEST and "*" in query.partition("{")[0]


def with_columns(query: str, columns: Sequence[str]) -> str:
    """Return a query with `columns` in place of the `*` of SELECT *, as they first appear in it.

    The query itself comes back where the star or the order is in doubt, or where the variables are
    not all in its text.
    """
    tokens = [token for token in tokenize(query) if not token.is_gap]
    if any(token.is_doubtful or token.kind in ("escape", "other") for token in tokens):
        return query
    place = _star(tokens)
    if place is None:
        return query
    names = {token.text[1:]: None for token in tokens[place:] if token.kind == "variable"}
    ordered = [name for name in names if name in columns]
    if not columns or len(ordered) != len(columns):
        return query
    star, listed = tokens[place], " ".join(f"?{name}" for name in ordered)
    return f"{query[: star.start]} {listed} {query[star.end :]}"


def _star(tokens: Sequence[SparqlToken]) -> int | None:
    """Return the place of the star of SELECT *, which stands before all braces and parentheses."""
    for place, token in enumerate(tokens):
        if token.text in ("{", "("):
            return None
        if token.text == "*":
            before = tokens[place - 1].word if place else ""
            return place if before.endswith(_BEFORE_STAR) else None
    return None
