"""The row of each front end: what it reports about itself, and the version that it serves."""

import mmap
from collections.abc import Mapping
from typing import Final

_WORD: Final = 8
_VERSION: Final = 0
REPORTED: Final = (
    *("front_ends", "in_memory", "workers"),
    *("workers_idle", "workers_busy", "queries_waiting", "workers_replaced"),
    *("documents_kept", "documents_kept_bytes", "documents_kept_hits", "documents_kept_misses"),
    *("answers_kept", "answers_kept_bytes", "answers_kept_hits", "answers_kept_misses"),
)
"""The numbers in a row, which add up over the front ends."""


class FrontEndRows:
    """Numbers of each front end by name, and the newest version that any of them serves."""

    def __init__(self, front_ends: int = 1) -> None:
        """Map the rows for a number of front ends; this process is the first of them."""
        self.count = front_ends
        self._places = {name: place for place, name in enumerate(REPORTED)}
        memory = memoryview(mmap.mmap(-1, (1 + front_ends * len(REPORTED)) * _WORD))
        self._words = memory.cast("Q")
        self._values = memory.cast("d")
        self._index = 0

    def join(self, index: int) -> None:
        """Be one of the front ends from now on."""
        self._index = index

    def clear(self, index: int) -> None:
        """Empty the row of a front end that has ended."""
        for place in self._places.values():
            self._values[1 + index * len(self._places) + place] = 0.0

    def write(self, values: Mapping[str, float]) -> None:
        """Write numbers into the row of this front end."""
        begin = 1 + self._index * len(self._places)
        for name, value in values.items():
            self._values[begin + self._places[name]] = value

    def of_others(self, name: str) -> float:
        """Return the sum of a number over the other front ends."""
        width, place = len(self._places), self._places[name]
        return sum(
            self._values[1 + index * width + place]
            for index in range(self.count)
            if index != self._index
        )

    @property
    def newest_version(self) -> int:
        """The newest version that a front end has served; a request is not answered from before."""
        return self._words[_VERSION]

    def serve_version(self, number: int) -> None:
        """Report that this front end serves a version. The number goes up only.

        Of two front ends that do so at once the later version may be lost, until its front end
        reports it again.
        """
        self._words[_VERSION] = max(self._words[_VERSION], number)
