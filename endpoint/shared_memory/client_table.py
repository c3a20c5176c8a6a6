"""The table of clients: how many queries and connections each has, and when its budget is full.

It has a fixed number of slots. A client has a slot by a hash of its name, one of a few after its
home; claiming one takes a lock, which happens once for a client in each front end. A slot whose
client has nothing running is used again where all of the few are taken.
"""

import fcntl
import mmap
import os
from hashlib import blake2b
from typing import Final, NamedTuple

_SLOTS: Final = 1 << 14
_PROBES: Final = 8
_WORD: Final = 8
_NAME_WORDS: Final = 2
_MOST_KNOWN: Final = 1 << 15
_LOCK: Final = os.memfd_create("client table")  # forks have it too, and each its own lock on it


class ClientSlot(NamedTuple):
    """Where a client's cells begin, in words, and the two words of its name."""

    at: int
    first: int
    second: int


class ClientTable:
    """The slots of the clients, in memory that forks share.

    A slot has the name, the moment when the budget is full (`time.monotonic`, which is one clock
    for all processes), and for each front end a cell of running queries and one of connections.
    """

    def __init__(self, front_ends: int = 1, slots: int = _SLOTS) -> None:
        """Map the table for a number of front ends; this process is the first of them."""
        self._count = front_ends
        self._slots = slots
        self._width = _NAME_WORDS + 1 + front_ends
        memory = memoryview(mmap.mmap(-1, (front_ends + slots * self._width) * _WORD))
        self._words = memory.cast("Q")
        self._moments = memory.cast("d")
        self._halves = memory.cast("I")
        self._known: dict[str, ClientSlot] = {}
        self._index = 0

    def join(self, index: int) -> None:
        """Be one of the front ends from now on."""
        self._index = index

    def clear(self, index: int) -> None:
        """Forget what a front end that has ended was doing."""
        self._words[index] = 0
        for slot in range(self._slots):
            cell = self._start(slot) + _NAME_WORDS + 1 + index
            if self._words[cell]:
                self._words[cell] = 0

    def slot(self, client: str) -> ClientSlot:
        """Return the slot of a client."""
        known = self._known.get(client)
        if known is not None:
            at, first, second = known
            if self._words[at] == first and self._words[at + 1] == second:
                return known
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        known = self._known[client] = self._claim(client)
        return known

    def running(self, slot: ClientSlot) -> int:
        """Return how many queries of a client run, in all front ends."""
        begin = 2 * (slot.at + _NAME_WORDS + 1)
        return sum(self._halves[begin : begin + 2 * self._count : 2])

    def add_query(self, slot: ClientSlot, change: int) -> None:
        """Count a query that begins (1) or ends (-1) in this front end."""
        self._halves[2 * (slot.at + _NAME_WORDS + 1 + self._index)] += change

    def connections(self, slot: ClientSlot) -> int:
        """Return how many connections a client has, to all front ends."""
        begin = 2 * (slot.at + _NAME_WORDS + 1) + 1
        return sum(self._halves[begin : begin + 2 * self._count : 2])

    def add_connection(self, slot: ClientSlot, change: int) -> None:
        """Count a connection that is opened (1) or closed (-1) in this front end."""
        self._halves[2 * (slot.at + _NAME_WORDS + 1 + self._index) + 1] += change
        self._words[self._index] += change

    @property
    def all_connections(self) -> int:
        """The number of connections to all front ends."""
        return sum(self._words[: self._count])

    def full_at(self, slot: ClientSlot) -> float:
        """Return the moment when the budget of a client is full again."""
        return self._moments[slot.at + _NAME_WORDS]

    def set_full_at(self, slot: ClientSlot, moment: float) -> None:
        """Set that moment. Of two front ends that do so at once, one is lost: a query's time."""
        self._moments[slot.at + _NAME_WORDS] = moment

    def _start(self, slot: int) -> int:
        return self._count + slot % self._slots * self._width

    def _claim(self, client: str) -> ClientSlot:
        """Return the slot that a client has, or a free one, or that of the client idle longest.

        Where all are busy, the client shares its home with another one: it gets less, not more.
        """
        name = blake2b(client.encode(), digest_size=_NAME_WORDS * _WORD).digest()
        first, second = (int.from_bytes(part, "little") for part in (name[:8], name[8:]))
        fcntl.lockf(_LOCK, fcntl.LOCK_EX)
        try:
            starts = [self._start(first + probe) for probe in range(_PROBES)]
            free = [start for start in starts if self._is_free(start)]
            for start in starts:
                if self._words[start] == first and self._words[start + 1] == second:
                    return ClientSlot(start, first, second)
            if not free:
                return ClientSlot(starts[0], self._words[starts[0]], self._words[starts[0] + 1])
            start = min(free, key=lambda at: self._moments[at + _NAME_WORDS])
            self._words[start], self._words[start + 1] = first, second
            self._moments[start + _NAME_WORDS] = 0.0
            return ClientSlot(start, first, second)
        finally:
            fcntl.lockf(_LOCK, fcntl.LOCK_UN)

    def _is_free(self, start: int) -> bool:
        begin = start + _NAME_WORDS + 1
        return not any(self._words[begin : begin + self._count])
