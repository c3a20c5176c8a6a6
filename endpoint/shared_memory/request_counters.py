"""The counters of requests: they survive the front end that counted, so their sums never fall."""

import mmap
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

_RECORDS: Final = 1 << 10
_NAME_BYTES: Final = 128
_WORD: Final = 8
_COUNT, _BYTES, _SECONDS, _FIRST_BUCKET = range(4)
_NAME_WORDS: Final = _NAME_BYTES // _WORD
_SEPARATOR: Final = "\t"

Labels = tuple[str, ...]


class RequestCounters:
    """Requests, bytes of answers and times, by labels, for each front end.

    `bounds` are the upper bounds of the buckets that count times, in seconds.
    """

    def __init__(self, bounds: Sequence[float], front_ends: int = 1) -> None:
        """Map the counters for a number of front ends; this process is the first of them."""
        self.bounds = tuple(bounds)
        self._count = front_ends
        self._width = _NAME_WORDS + _FIRST_BUCKET + len(self.bounds) + 1
        self._region = 1 + _RECORDS * self._width
        self._memory = mmap.mmap(-1, front_ends * self._region * _WORD)
        self._values = memoryview(self._memory).cast("d")
        self._places: dict[Labels, int] = {}
        self._index = 0

    def join(self, index: int) -> None:
        """Be one of the front ends from now on, and count where its predecessor stopped."""
        self._index = index
        self._places = dict(self._records(index))

    def add(self, labels: Labels, size: int, seconds: float) -> None:
        """Count a request, the bytes of its answer and its time."""
        at = self._places.get(labels)
        if at is None:
            at = self._places[labels] = self._new_record(labels)
        values = self._values
        values[at] += 1.0
        values[at + _BYTES] += size
        values[at + _SECONDS] += seconds
        values[at + _FIRST_BUCKET + bisect_left(self.bounds, seconds)] += 1.0

    def sums(self) -> dict[Labels, tuple[float, float, float, list[float]]]:
        """Return over all front ends, by labels: requests, bytes, seconds, and the buckets."""
        sums: dict[Labels, list[float]] = {}
        length = _FIRST_BUCKET + len(self.bounds) + 1
        for index in range(self._count):
            for labels, at in self._records(index):
                values = self._values[at : at + length]
                before = sums.get(labels, [0.0] * length)
                sums[labels] = [a + b for a, b in zip(before, values, strict=True)]
        return {
            labels: (values[_COUNT], values[_BYTES], values[_SECONDS], values[_FIRST_BUCKET:])
            for labels, values in sums.items()
        }

    def _records(self, index: int) -> Iterator[tuple[Labels, int]]:
        begin = index * self._region
        for record in range(int(self._values[begin])):
            at = begin + 1 + record * self._width
            name = self._memory[at * _WORD : at * _WORD + _NAME_BYTES].rstrip(b"\0").decode()
            yield tuple(name.split(_SEPARATOR)), at + _NAME_WORDS

    def _new_record(self, labels: Labels) -> int:
        """Return the values of new labels; those beyond the room are counted with the last ones."""
        begin = self._index * self._region
        record = min(int(self._values[begin]), _RECORDS - 1)
        at = begin + 1 + record * self._width
        if record == int(self._values[begin]):
            name = _SEPARATOR.join(labels).encode()[:_NAME_BYTES]
            self._memory[at * _WORD : at * _WORD + len(name)] = name
            self._values[begin] = record + 1  # the last step: others read what is whole
        return at + _NAME_WORDS
