"""What a load leaves out because nobody consents to its publication on that day."""

from datetime import date

import pyoxigraph as ox

from urbansdg.problems import Place, Problem, Severity
from urbansdg.store import consent

CODE = "consent-ended"


def left_out(state: ox.Store, day: date, among: frozenset[str] | None) -> tuple[Problem, ...]:
    """Return a warning for each person among those things whose consent does not cover the day."""
    people = sorted(consent.ended(state, day, among), key=str)
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
