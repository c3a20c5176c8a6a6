"""The row of each front end: what it reports about itself, and the version that it serves."""

import mmap
from collections.abc import Mapping
from typing import Final

_WORD: Final = 8
_CELLS: Final = 2  # the version and the number of workers
REPORTED: Final = (
    *("front_ends", "workers", "workers_in_memory"),
    *("workers_idle", "workers_busy", "queries_waiting", "workers_replaced"),
    *("documents_kept", "documents_kept_bytes", "documents_kept_hits", "documents_kept_misses"),
    *("answers_kept", "answers_kept_bytes", "answers_kept_hits", "answers_kept_misses"),
)
"""The numbers in a row, which add up over the front ends."""


class FrontEndRows:
    """Numbers of each front end by name, and the version that it serves."""

    def __init__(self, front_ends: int = 1) -> None:
        """Map the rows for a number of front ends; this process is the first of them."""
        self.count = front_ends
        self._places = {name: place for place, name in enumerate(REPORTED)}
        memory = memoryview(mmap.mmap(-1, front_ends * (_CELLS + len(REPORTED)) * _WORD))
        self._words = memory.cast("Q")
        self._values = memory.cast("d")
        self._index = 0

    def join(self, index: int) -> None:
        """Be one of the front ends from now on."""
        self._index = index

    def clear(self, index: int) -> None:
        """Empty the row of a front end that has ended."""
        self._words[index] = 0
        for place in self._places.values():
            self._values[_CELLS * self.count + index * len(self._places) + place] = 0.0

    def write(self, values: Mapping[str, float]) -> None:
        """Write numbers into the row of this front end."""
        begin = _CELLS * self.count + self._index * len(self._places)
        for name, value in values.items():
            self._values[begin + self._places[name]] = value

    def of_others(self, name: str) -> float:
        """Return the sum of a number over the other front ends."""
        width, place = len(self._places), self._places[name]
        return sum(
            self._values[_CELLS * self.count + index * width + place]
            for index in range(self.count)
            if index != self._index
        )

    @property
    def newest_version(self) -> int:
        """The newest version that a front end serves; no request is answered from one before."""
        return max(self._words[: self.count])

    def serve_version(self, number: int) -> None:
        """Report that this front end serves a version."""
        self._words[self._index] = number

    def workers(self, index: int) -> int:
        """Return how many workers a front end has."""
        return self._words[self.count + index]

    def set_workers(self, index: int, number: int) -> None:
        """Set how many workers a front end has, in the coordinator or before it."""
        self._words[self.count + index] = number
