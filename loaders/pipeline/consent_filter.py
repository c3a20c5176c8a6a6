"""Warnings about personal data that a load omits because consent does not cover the day."""

from datetime import date

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.store.changes.fork import graph_node
from urbansdg.store.privacy import consent

CODE = "consent-ended"


def consent_warnings(
    state: ox.Store, day: date, graphs: frozenset[str], among: frozenset[str] | None
) -> tuple[Problem, ...]:
    """Return a warning for each person in the loaded graphs whose consent does not cover the day.

    With `among`, the IRIs of things, only for these persons.
    """
    nodes = map(graph_node, sorted(graphs))
    persons = consent.ended(state, day, nodes, among).values()
    people = sorted(frozenset[consent.PersonNode]().union(*persons), key=str)
    return tuple(
        Problem(
            CODE,
            f"The consent of a person does not cover {day}: their data is omitted.",
            "Ask the person again and record the new consent, or name the office instead.",
            Place(focus=person.value),
            Severity.WARNING,
        )
        for person in people
    )
