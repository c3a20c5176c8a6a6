"""An edit: the steps of a write, done on a fork by a child process that may die of them."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import (
    Place,
    QueryRefused,
    QueryResourceExceeded,
    QuerySyntaxError,
    QueryTimeout,
    SourceUnreadable,
    WriteLost,
)
from urbansdg.sandbox.child_process import call
from urbansdg.sandbox.process_end import ChildFailed, EndCause, ProcessEnd
from urbansdg.sparql.group_concat import with_simple_literals
from urbansdg.sparql.update_operations import operations, written_graphs
from urbansdg.store.changes.edit_process import apply_edit
from urbansdg.store.versions.file_errors import number_in

NOT_SPARQL = "The update is not SPARQL 1.1: "
"""How the message of a syntax error begins, before what the engine reports."""

Permit = Callable[[frozenset[str]], None]
"""Is given the graphs that an edit changed; raises `WriteRefused` where one may not be."""


UNWRITTEN: Final = (
    "Nothing was written. Send it again; if it recurs, see `dmesg` for whether the machine ran out"
    " of memory."
)
"""The remedy for a change whose process was killed from outside."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: an update, or what the Graph Store Protocol does to a graph.

    `kind` is `update`, `patch`, `replace`, `merge`, `make` or `drop`; `graph` is an IRI, or
    `default`. `text` is the SPARQL of an update or of a patch, which is an update on that graph
    alone. `file` has the triples of `replace` and `merge`; `form` is its media type, and relative
    IRIs in it are resolved against `base`. `charset` is that of its media type, for XML.
    `homes` are the addresses below which this installation serves its JSON-LD context.
    """

    kind: str
    graph: str = ""
    text: str = ""
    file: str = ""
    form: str = ""
    base: str = ""
    charset: str = ""
    homes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str | None:
        """The checksum of the bytes that were sent, in hex; None where there were none."""
        if self.file:
            with Path(self.file).open("rb") as sent:
                return hashlib.file_digest(sent, "sha256").hexdigest()
        return hashlib.sha256(self.text.encode()).hexdigest() if self.text else None

    def written(self) -> frozenset[str] | None:
        """Return the graphs that it may write to, None where that takes a look at all of them."""
        if self.kind != "update":
            return frozenset({self.graph})
        parsed = operations(self.text)
        if parsed is not None:
            graphs = [operation.graphs for operation in parsed]
            return None if None in graphs else frozenset().union(*filter(None, graphs))
        return written_graphs(self.text)

    def order(self) -> dict[str, object]:
        """Return the message to the process that does it (`urbansdg.store.changes.edit_process`).

        SPARQL text is read here, not there: that process starts with every write and stays small.
        """
        step = asdict(self) | {"text": with_simple_literals(self.text)}
        if self.kind != "update":
            return step
        # Random, so that no data has it: it marks the variables of a template.
        mark = f"urn:urbansdg:variable:{secrets.token_hex(16)}:"
        parts = operations(str(step["text"]))
        every = None if parts is None else [part.order(mark) for part in parts]
        return step | {"operations": every, "mark": mark}


@dataclass(frozen=True, slots=True)
class Edit:
    """Steps that are done together or not at all; times in seconds, memory in bytes.

    `permit` is asked with every graph that changes, after all that follows from the steps.
    """

    steps: tuple[Step, ...]
    permit: Permit
    seconds: float = 30.0
    memory: int = 1 << 30

    def written(self) -> frozenset[str] | None:
        """Return the graphs that the steps may write to, None where that may be any."""
        graphs = [step.written() for step in self.steps]
        return None if None in graphs else frozenset().union(*filter(None, graphs))

    def aims_at(self, graph: str) -> bool:
        """Tell whether a step is about a graph by its name; an update may be about any."""
        return any(step.kind != "update" and step.graph == graph for step in self.steps)

    def run(self, fork: Path, default: str) -> tuple[list[ox.Quad] | None, int]:
        """Do the steps on the fork, which nobody may have open.

        `default` is the graph that clients write to as the default graph. Return all quads that
        the steps may have added or removed, None where that takes a comparison, and how many
        triples the merge has gained already.

        Raises `QuerySyntaxError`, `QueryRefused`, `QueryTimeout`, `QueryResourceExceeded`,
        `SourceUnreadable`.
        """
        steps = [step.order() for step in self.steps]
        order = {"fork": str(fork), "memory": self.memory, "steps": steps, "default": default}
        try:
            outcome = call(apply_edit, order, seconds=self.seconds)
        except ChildFailed as failed:
            raise self._ended(failed.end) from None
        if "error" in outcome:
            raise _failure(outcome["error"])
        named = outcome["named"]
        quads = None if named is None else list(ox.parse(named, format=ox.RdfFormat.N_QUADS))
        return quads, int(outcome["gained"])

    def _ended(self, end: ProcessEnd) -> Exception:
        """Return the error for a process that ended before its steps were done."""
        if end.cause == EndCause.TIME:
            message = f"The change took longer than {self.seconds:g} seconds."
            return QueryTimeout(message, "Divide it, or load the data with `urbansdg load`.")
        if end.cause == EndCause.FAILED:
            if number_in(end.last_words) is not None:
                return OSError(end.last_words)
            return RuntimeError(f"An edit {end.reason}")
        if end.cause == EndCause.KILLED:
            return WriteLost(f"The change {end.reason}.", UNWRITTEN)
        remedy = "Simplify it, or load the data with `urbansdg load`."
        return QueryResourceExceeded(f"The change {end.reason}.", remedy)


def _failure(error: dict[str, str | int | None]) -> Exception:
    if error["kind"] == "file":
        return OSError(error["message"])
    if error["kind"] == "damage":
        return RuntimeError(error["message"])
    line, column = error.get("line"), error.get("column")
    place = Place(
        line=line if isinstance(line, int) else None,
        column=None if column is None else str(column),
    )
    message = f"{error['message']}."
    remedy = str(error.get("remedy") or "Fix it at that place, or just before.")
    if error["kind"] == "syntax":
        return QuerySyntaxError(f"{NOT_SPARQL}{message}", remedy, place=place)
    if error["kind"] == "payload":
        return SourceUnreadable(f"The triples cannot be read: {message}", remedy, place=place)
    remedy = str(error.get("remedy") or "Ask for what is there.")
    return QueryRefused(f"The change cannot be made: {message}", remedy)
