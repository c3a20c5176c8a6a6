"""The states of the graph in time, as Memento speaks of them (RFC 7089)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import LINK_FORMAT


@dataclass(frozen=True, slots=True)
class MementoState:
    """A state of a document: the number of its version, and when that was made, in UTC."""

    number: int
    created: datetime


def states_of(editions: Editions) -> tuple[MementoState, ...]:
    """Return the states of the whole graph: its versions that are kept, the oldest first."""
    return tuple(MementoState(each.number, each.created) for each in editions.store.versions())


def state_at(found: tuple[MementoState, ...], moment: datetime) -> MementoState:
    """Return the last state that there was at a time, the first of all where there was none yet."""
    before = [each for each in found if each.created.replace(microsecond=0) <= moment]
    return before[-1] if before else found[0]


def ways_of_query(base: str, query: str) -> list[str]:
    """Return the links to the answer to a query, its TimeGate and its TimeMap."""
    return [
        f'<{base}/sparql?{query}>; rel="original timegate"',
        f'<{base}/timemap/sparql?{query}>; rel="timemap"; type="{LINK_FORMAT}"',
    ]


def date_of(moment: datetime) -> str:
    """Return a time as headers have it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def moment_of(header: str | None) -> datetime:
    """Return the time of `Accept-Datetime`, now where it is not sent; raises `Fault` (400)."""
    if header is None:
        return datetime.now(UTC)
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise fault(
            400,
            "The header Accept-Datetime is no date.",
            "Send one such as Thu, 31 May 2007 20:35:00 GMT.",
        ) from None
