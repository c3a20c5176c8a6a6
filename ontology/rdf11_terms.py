"""The terms of RDF 1.2 that the dataset refuses: triple terms, and text with a direction.

The dataset is RDF 1.1 (W3C Recommendation, 2014), and so are the formats that it is served in: a
client of RDF 1.1 cannot read a page of events or a dump with one later term in it. The parser
accepts such terms, so each way in looks for them.
"""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from urbansdg.errors import Place, Problem

CODE = "rdf-1.2-term"
"""The code of the problem."""


def is_later(term: object) -> bool:
    """Return whether a term is one of RDF 1.2: a triple term, or a text with a direction."""
    return isinstance(term, ox.Triple) or (
        isinstance(term, ox.Literal) and term.direction is not None
    )


def check_terms(statements: Iterable[ox.Quad | ox.Triple]) -> Iterator[Problem]:
    """Yield a problem for each statement with a term of RDF 1.2."""
    for statement in statements:
        term = statement.object
        if not is_later(term):
            continue
        kind = "a triple term" if isinstance(term, ox.Triple) else "text with a direction"
        subject = str(getattr(statement.subject, "value", statement.subject))
        yield later_term(kind, subject, statement.predicate.value, str(term))


def later_term(
    kind: str, subject: str, predicate: str, term: str, file: str | None = None
) -> Problem:
    """Return the problem of a term of RDF 1.2, with its place."""
    return Problem(
        CODE,
        f"The value is {kind}, which is RDF 1.2: the dataset is RDF 1.1.",
        "State the triple itself, or describe it by a resource."
        if kind == "a triple term"
        else "Leave out the direction; the language tag stays.",
        Place(file, focus=subject, path=f"<{predicate}>"),
        value=term,
    )
