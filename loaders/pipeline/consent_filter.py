"""What a load leaves out because nobody consents to its publication on that day."""

from datetime import date

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.store.changes.fork import graph_node
from urbansdg.store.privacy import consent

CODE = "consent-ended"


def left_out(
    state: ox.Store, day: date, graphs: frozenset[str], among: frozenset[str] | None
) -> tuple[Problem, ...]:
    """Return a warning for each person whose consent, in the graphs loaded, has other days.

    With `among`, the IRIs of things, only for persons among these.
    """
    nodes = map(graph_node, sorted(graphs))
    found = consent.ended(state, day, nodes, among).values()
    people = sorted(frozenset[consent.PersonNode]().union(*found), key=str)
    return tuple(
        Problem(
            CODE,
            f"The consent of a person does not cover {day}: their data are left out.",
            "Ask the person again and record the new consent, or name the office instead.",
            Place(focus=person.value),
            Severity.WARNING,
        )
        for person in people
    )
