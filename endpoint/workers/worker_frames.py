"""The messages between the front end and a worker, in frames (`urbansdg.sandbox.frames`).

Questions and endings are JSON objects. The bytes of an answer follow one byte that says what they
are: those of a short answer are the body of the frame that ends it, those of a longer one flow
through a pipe.
"""

import json
from dataclasses import dataclass, fields
from typing import Final, Literal, Self

from urbansdg.sandbox.frames import frame, framed

RESULTS_FOLLOW: Final = b"R"
GRAPH_FOLLOWS: Final = b"G"

QueryOutcome = Literal[
    "ready",
    "done",
    "syntax",
    "refused",
    "unacceptable",
    "nameless",
    "unwritable",
    "memory",
    "failed",
    "service",
    "calls",
    "damaged",
    "unavailable",
    "late",
    "rows",
    "sheet",
]


@dataclass(frozen=True, slots=True)
class QueryMessage:
    """A query, and which answers are allowed.

    `results` and `graphs` name the formats for the two kinds of answer, None where the client
    accepts none; `default_graphs` and `named_graphs` are the protocol's dataset, both None where
    the request gives none: then the default graph is the union of all, unless the query has FROM.
    `cpu_seconds` is the processor time after which the worker ends itself, 0 for no limit;
    `memory` the bytes that it may take for the answer, 0 for the limit of the worker.
    `gateway` and `hosts` are what SERVICE may connect to (`service_clauses.routed`). `union` names
    the graphs of the default graph where no dataset is given, for engines without a union.
    """

    query: str
    results: str | None
    graphs: str | None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    cpu_seconds: float = 0.0
    memory: int = 0
    gateway: str | None = None
    hosts: tuple[str, ...] = ()
    union: tuple[str, ...] = ()

    def frame(self) -> bytes:
        """Return the message as a frame."""
        values = ((name, getattr(self, name)) for name in _QUESTION)
        return frame({name: value for name, value in values if value is not None and value != ()})

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Return the message of a frame's body."""
        return cls(**{"results": None, "graphs": None} | json.loads(body))


@dataclass(frozen=True, slots=True)
class QueryEnding:
    """How a query ended.

    `line` and `column` count from 1; `token` is the text at that place, which is not SPARQL.
    `spent` says that the worker holds so much memory that the next query would have too little.
    `short` is the answer, after the byte that says what it is, if it is not in the pipe.
    """

    outcome: QueryOutcome
    message: str = ""
    line: int | None = None
    column: int | None = None
    spent: bool = False
    token: str | None = None
    short: bytes | None = None

    def frame(self) -> bytes:
        """Return the ending as a frame, whose body is the answer if that is short."""
        if self.short is not None:
            return framed(self.short[:1].lower() + self.short[1:] if self.spent else self.short)
        return frame({name: getattr(self, name) for name in _ENDING})

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Return the ending of a frame's body."""
        kind = body[:1]
        if kind == b"{":
            return cls(**json.loads(body))
        if kind.isupper():
            return cls("done", short=body)
        return cls("done", spent=True, short=kind.upper() + body[1:])


# `asdict` copies each value, which takes longer than everything else here.
_QUESTION: Final = tuple(field.name for field in fields(QueryMessage))
_ENDING: Final = tuple(field.name for field in fields(QueryEnding) if field.name != "short")
