"""The states of the graph in time, and the datetimes of Memento (RFC 7089)."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import overload

from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.history.change_history import read
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.media_types import LINK_FORMAT


@dataclass(frozen=True, slots=True)
class MementoState:
    """A state of a document: the number of its version, and the time of that in UTC."""

    number: int
    created: datetime


@dataclass(frozen=True, slots=True)
class States(Sequence[MementoState]):
    """The states of the graph or of a document: published versions in ranges, oldest first.

    `numbers` are those of all versions, sorted; `spans` the ranges that count, each as first and
    first without. The time of a version is looked up when it is needed: to find the state at a
    time takes as many look-ups as the logarithm of the number of versions.
    """

    numbers: Sequence[int]
    spans: Sequence[tuple[int, int]]
    times: Callable[[int, int], dict[int, datetime]]
    """Returns when the versions between two numbers, both included, were made."""
    _places: tuple[tuple[int, int], ...] = field(init=False)
    """Where the versions of each range begin and end in `numbers`."""

    def __post_init__(self) -> None:
        """Find the versions of each range."""
        places = tuple(
            (bisect_left(self.numbers, begins), bisect_left(self.numbers, ends))
            for begins, ends in self.spans
        )
        object.__setattr__(self, "_places", places)

    def __len__(self) -> int:
        """Return how many states there are."""
        return sum(ends - begins for begins, ends in self._places)

    @overload
    def __getitem__(self, place: int) -> MementoState: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[MementoState, ...]: ...

    def __getitem__(self, place: int | slice) -> MementoState | tuple[MementoState, ...]:
        """Return the state at a place, or those at places; raises IndexError."""
        if isinstance(place, slice):
            return tuple(self[here] for here in range(*place.indices(len(self))))
        left = place if place >= 0 else len(self) + place
        for begins, ends in self._places:
            if 0 <= left < ends - begins:
                return self._state(self.numbers[begins + left])
            left -= ends - begins
        raise IndexError(place)

    def __iter__(self) -> Iterator[MementoState]:
        """Yield all states; the times are looked up range by range."""
        for begins, ends in self._places:
            numbers = self.numbers[begins:ends]
            if numbers:
                times = self.times(numbers[0], numbers[-1])
                yield from (MementoState(n, times[n]) for n in numbers if n in times)

    def at(self, moment: datetime) -> MementoState:
        """Return the state at a time; the first state for an earlier time."""
        place = bisect_right(self, moment, key=lambda state: state.created.replace(microsecond=0))
        return self[max(place - 1, 0)]

    def place_of(self, number: int) -> int | None:
        """Return the place of the state of a version, None where there is none."""
        place = bisect_left(self.numbers, number)
        if place == len(self.numbers) or self.numbers[place] != number:
            return None
        before = 0
        for begins, ends in self._places:
            if begins <= place < ends:
                return before + place - begins
            before += ends - begins
        return None

    def _state(self, number: int) -> MementoState:
        return MementoState(number, self.times(number, number)[number])


def states_of(editions: Editions) -> States:
    """Return the states of the whole graph: its kept versions, oldest first."""
    numbers = editions.numbers()

    def times(first: int, last: int) -> dict[int, datetime]:
        try:
            known = read(editions.folder, lambda index: index.times(first, last))
        except Fault:  # no index yet
            known = {}
        inside = numbers[bisect_left(numbers, first) : bisect_right(numbers, last)]
        return {n: known.get(n) or editions.store.version(n).created for n in inside}

    return States(numbers, [(0, numbers[-1] + 1)], times)


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
