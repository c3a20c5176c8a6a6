"""The states of the graph in time, and the datetimes of Memento (RFC 7089)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import LINK_FORMAT


@dataclass(frozen=True, slots=True)
class MementoState:
    """A state of a document: the number of its version, and the time of that in UTC."""

    number: int
    created: datetime


def states_of(editions: Editions) -> tuple[MementoState, ...]:
    """Return the states of the whole graph: its kept versions, oldest first."""
    return tuple(
        MementoState(version.number, version.created) for version in editions.store.versions()
    )


def state_at(states: tuple[MementoState, ...], moment: datetime) -> MementoState:
    """Return the state at a time; the first state for an earlier time."""
    before = [state for state in states if state.created.replace(microsecond=0) <= moment]
    return before[-1] if before else states[0]


def ways_of_query(base: str, query: str) -> list[str]:
    """Return the links to the answer to a query, its TimeGate and its TimeMap."""
    return [
        f'<{base}/sparql?{query}>; rel="original timegate"',
        f'<{base}/timemap/sparql?{query}>; rel="timemap"; type="{LINK_FORMAT}"',
    ]


def date_of(moment: datetime) -> str:
    """Return a time as an HTTP date (RFC 9110, section 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def moment_of(header: str | None) -> datetime:
    """Return the time of `Accept-Datetime`, now without it; raises `Fault` (400)."""
    if header is None:
        return datetime.now(UTC)
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise fault(
            400,
            "Accept-Datetime is not an HTTP date.",
            "Send one such as Thu, 31 May 2007 20:35:00 GMT.",
        ) from None
