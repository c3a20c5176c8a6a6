"""The process that does the steps of an edit on a fork, and may die of them.

    python editing.py FORK MEMORY < steps.json

prints one JSON document: `{"named": quads}` or `{"error": {"kind": ..., "message": ...}}`. `named`
has all quads that the steps may have added or removed, as N-Quads, where they say these themselves
(INSERT DATA, DELETE DATA, a merge) and they are few; else it is null. A text that is nested
too deep overflows its stack, and an entity bomb aborts its parser; both cost this process and
nothing else. It is a script that imports the engine and nothing of ours, because it starts with
every write.
"""

import codecs
import ctypes
import json
import re
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG (prctl(2))

_MOST = 1_000
"""More quads than these are not worth naming: the two states are compared."""

_TOKEN = re.compile(
    r"(?P<data>(?<![:\w.-])(?:INSERT|DELETE)\s+DATA(?=\s*\{))"
    r'|"""(?:"{0,2}[^"])*"""|\'\'\'(?:\'{0,2}[^\'])*\'\'\''
    r'|"[^"\r\n]*"|\'[^\'\r\n]*\'|<[^<>"{}|^`\x00-\x20]*>|#[^\r\n]*',
    re.IGNORECASE,
)
"""What is data in an update without escapes, and what its keywords must not be sought in."""

_OTHERWISE = re.compile(
    r"(?<![:\w.-])(?:INSERT|DELETE|WITH|LOAD|CLEAR|DROP|CREATE|ADD|MOVE|COPY)|_:|\[",
    re.IGNORECASE,
)
"""Other operations than on data, and blank nodes; what only looks so costs time, no more."""

Order = dict[str, str]
Graph = ox.NamedNode | ox.DefaultGraph


def do(store: ox.Store, orders: list[Order]) -> str | None:
    """Do the steps in their order; return the quads that they may have added or removed."""
    named: list[str | None] = []
    for order in orders:
        if order["kind"] == "update":
            _update(store, order)
            named.append(_named_in_update(order))
        elif order["kind"] == "patch":
            _patch(store, order)
            named.append(None)
        else:
            _write(store, order)
            named.append(_named_in_file(order))
    store.flush()
    return None if None in named else "".join(filter(None, named))


def _named_in_update(order: Order) -> str | None:
    """Return the quads of an update that is data alone, by inserting all into an empty store."""
    text = order["text"]
    if "\\" in text:  # an escape may stand for any letter, that of a keyword too
        return None
    words = _TOKEN.sub(lambda found: " DATA " if found["data"] else " ", text)
    if _OTHERWISE.search(words):
        return None
    data = _TOKEN.sub(lambda found: "INSERT DATA" if found["data"] else found[0], text)
    scratch = ox.Store()
    try:
        scratch.update(data, base_iri=order["base"] or None)
    except SyntaxError:
        return None
    return _told(scratch)


def _named_in_file(order: Order) -> str | None:
    if order["kind"] != "merge" or not order["file"]:
        return None
    name = order["graph"]
    graph: Graph = ox.DefaultGraph() if name == "default" else ox.NamedNode(name)
    scratch = ox.Store()
    for quad in _read(order, graph):
        scratch.add(quad)
        if len(scratch) > _MOST:
            return None
    return _told(scratch)


def _told(scratch: ox.Store) -> str | None:
    """Return the quads, None where they are many or have blank nodes, which have no name."""
    quads = list(scratch) if len(scratch) <= _MOST else [None]
    if any(quad is None or _nameless(quad) for quad in quads):
        return None
    return (scratch.dump(format=ox.RdfFormat.N_QUADS) or b"").decode()


def _nameless(quad: ox.Quad) -> bool:
    named = (ox.NamedNode, ox.Literal, ox.DefaultGraph)
    return not all(isinstance(term, named) for term in quad)


def _update(store: ox.Store, order: Order) -> None:
    try:
        store.update(order["text"], base_iri=order["base"] or None)
    except SyntaxError as error:
        raise _Failed("syntax", str(error.msg), error.lineno, error.offset) from None
    except (RuntimeError, ValueError, OSError) as error:
        raise _Failed("refused", str(error)) from None


def _patch(store: ox.Store, order: Order) -> None:
    """Do an update on one graph, the default one to it, that knows and leaves no other."""
    name = order["graph"]
    graph: Graph = ox.DefaultGraph() if name == "default" else ox.NamedNode(name)
    before = [quad.triple for quad in store.quads_for_pattern(None, None, None, graph)]
    scratch = ox.Store()
    scratch.bulk_extend(_quad(each, ox.DefaultGraph()) for each in before)
    _update(scratch, order)
    if any(True for _ in scratch.named_graphs()):
        raise _Failed("refused", "it writes to another graph than that of the request")
    for triple in before:
        if _quad(triple, ox.DefaultGraph()) not in scratch:
            store.remove(_quad(triple, graph))
    held = set(before)
    store.extend(_quad(quad.triple, graph) for quad in scratch if quad.triple not in held)


def _quad(triple: ox.Triple, graph: Graph) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)


def _write(store: ox.Store, order: Order) -> None:
    name = order["graph"]
    graph: Graph = ox.DefaultGraph() if name == "default" else ox.NamedNode(name)
    if order["kind"] in ("replace", "drop"):
        store.remove_graph(graph)
    if order["kind"] != "drop" and isinstance(graph, ox.NamedNode):
        store.add_graph(graph)
    if order["file"]:
        store.extend(_read(order, graph))


def _read(order: Order, graph: Graph) -> Iterator[ox.Quad]:
    form = ox.RdfFormat.from_media_type(order["form"])
    try:
        with Path(order["file"]).open("rb") as source:
            if source.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
                source.seek(0)
            quads = ox.parse(source, format=form, base_iri=order["base"], rename_blank_nodes=True)
            for quad in quads:
                yield _placed(quad, graph)
    except SyntaxError as error:
        raise _Failed("payload", str(error.msg), error.lineno, error.offset) from None
    except ValueError as error:
        raise _Failed("payload", str(error)) from None


def _placed(quad: ox.Quad, graph: Graph) -> ox.Quad:
    if isinstance(quad.graph_name, ox.NamedNode | ox.BlankNode):
        raise _Failed("payload", f"it names the graph {quad.graph_name}, but one is meant")
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)


class _Failed(Exception):
    """A step that cannot be done."""

    def __init__(
        self, kind: str, message: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.told = {"kind": kind, "message": message, "line": line, "column": column}


def _limited(memory: int) -> None:
    """Allow so much memory beyond what the process has with the fork open."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(fork: str, memory: str) -> None:
    # Die with whoever started this: an orphan would work on in a fork that nobody will publish.
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    orders = json.load(sys.stdin)
    store = ox.Store(fork)
    _limited(int(memory))
    told: dict[str, object] = {}
    try:
        told = {"named": do(store, orders)}
    except _Failed as failed:
        told = {"error": failed.told}
    except MemoryError:
        raise SystemExit(1) from None
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
