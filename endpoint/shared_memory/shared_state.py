"""All that the front ends of one server share."""

from dataclasses import dataclass, field
from typing import Final, Self

from urbansdg.endpoint.shared_memory.client_table import ClientTable
from urbansdg.endpoint.shared_memory.front_end_rows import FrontEndRows
from urbansdg.endpoint.shared_memory.request_counters import RequestCounters

_SECONDS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


@dataclass(frozen=True, slots=True)
class SharedState:
    """The tables, and how many front ends share them."""

    front_ends: int = 1
    clients: ClientTable = field(default_factory=ClientTable)
    counters: RequestCounters = field(default_factory=lambda: RequestCounters(_SECONDS))
    rows: FrontEndRows = field(default_factory=FrontEndRows)

    @classmethod
    def of(cls, front_ends: int) -> Self:
        """Map the tables for a number of front ends, which are forked later."""
        return cls(
            front_ends,
            ClientTable(front_ends),
            RequestCounters(_SECONDS, front_ends),
            FrontEndRows(front_ends),
        )

    def join(self, index: int) -> None:
        """Be one of the front ends, in a process that was just forked."""
        self.clients.join(index)
        self.counters.join(index)
        self.rows.join(index)

    def clear(self, index: int) -> None:
        """Forget what a front end that has ended was doing; what it counted stays."""
        self.clients.clear(index)
        self.rows.clear(index)
