"""The dataset that a query names by FROM and FROM NAMED (SPARQL 1.1, section 13.2)."""

from dataclasses import dataclass

import pyoxigraph as ox

from urbansdg.sparql.clauses import tokens_before_pattern
from urbansdg.sparql.prologue import prologue_of
from urbansdg.sparql.tokenizer import SparqlToken


@dataclass(frozen=True, slots=True)
class FromClauses:
    """The graphs that are merged into the default graph, and those for GRAPH."""

    default: tuple[ox.NamedNode, ...]
    named: tuple[ox.NamedNode, ...]


def from_clauses(query: str, base: str) -> FromClauses | None:
    """Return the FROM clauses of a query, None where there are none or one is doubtful."""
    if "from" not in query.casefold():
        return None
    prologue, names = prologue_of(query), {"FROM": list[str](), "NAMED": list[str]()}
    tokens = (token for token in tokens_before_pattern(query) if token.start >= prologue.end)
    for token in tokens:
        if token.word == "FROM":
            name = next(tokens, token)
            kind = "NAMED" if name.word == "NAMED" else "FROM"
            names[kind].append((next(tokens, name) if kind == "NAMED" else name).text)
        elif _hides_from(token):
            return None
    if not any(names.values()):
        return None
    resolved = ([prologue.resolved(name, base) for name in those] for those in names.values())
    default, named = (tuple(dict.fromkeys(filter(None, iris))) for iris in resolved)
    return FromClauses(default, named)


def _hides_from(token: SparqlToken) -> bool:
    """Tell whether a token may have FROM in it, as in `ASKFROM <g>`."""
    return token.is_doubtful or "FROM" in token.keywords
