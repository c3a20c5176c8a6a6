"""What the front end and a worker say to each other over their control socket.

A frame is the length of its body (4 bytes, big-endian) and the body, a JSON object. The bytes of
the answer never go through it: they flow through a pipe, after one byte that says what they are.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, Self

_LENGTH: Final = struct.Struct("!I")

RESULTS_FOLLOW: Final = b"R"
GRAPH_FOLLOWS: Final = b"G"

Outcome = Literal[
    "ready",
    "done",
    "syntax",
    "refused",
    "unacceptable",
    "memory",
    "failed",
    "service",
    "unavailable",
    "late",
    "rows",
]


@dataclass(frozen=True, slots=True)
class Question:
    """A query, with what may be answered.

    `results` and `graphs` name the formats for the two kinds of answer, None where the client
    accepts none; `default_graphs` and `named_graphs` are the protocol's dataset, both None where
    the request gives none: then the default graph is the union of all, unless the query has FROM.
    `cpu_seconds` is the processor time after which the worker ends itself, 0 for no limit.
    `gateway` and `hosts` are what SERVICE may ask, see `service.routed`. `union` names the graphs
    of which the default graph is the union where no dataset is given, for those who have to ask.
    """

    query: str
    results: str | None
    graphs: str | None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    cpu_seconds: float = 0.0
    gateway: str | None = None
    hosts: tuple[str, ...] = ()
    union: tuple[str, ...] = ()

    def frame(self) -> bytes:
        """Return the question as a frame."""
        return frame({name: getattr(self, name) for name in _QUESTION})

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Return the question of a frame's body."""
        return cls(**json.loads(body))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a query ended, in the worker's words; `line` and `column` count from 1.

    `token` is the text at that place, which could not be read.

    `spent` says that the worker holds so much memory that the next query would have too little.
    """

    outcome: Outcome
    message: str = ""
    line: int | None = None
    column: int | None = None
    spent: bool = False
    token: str | None = None

    def frame(self) -> bytes:
        """Return the ending as a frame."""
        return frame({name: getattr(self, name) for name in _ENDING})

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Return the ending of a frame's body."""
        return cls(**json.loads(body))


# `asdict` copies each value, which takes longer than all else here.
_QUESTION: Final = tuple(each.name for each in fields(Question))
_ENDING: Final = tuple(each.name for each in fields(Ending))


def frame(body: dict[str, Any]) -> bytes:
    """Return a JSON object as a frame."""
    encoded = json.dumps(body).encode()
    return _LENGTH.pack(len(encoded)) + encoded


def split(buffer: bytearray) -> Iterator[bytes]:
    """Take the bodies of the whole frames off the front of a buffer."""
    while len(buffer) >= _LENGTH.size:
        end = _LENGTH.size + _LENGTH.unpack_from(buffer)[0]
        if len(buffer) < end:
            return
        body = bytes(buffer[_LENGTH.size : end])
        del buffer[:end]
        yield body
