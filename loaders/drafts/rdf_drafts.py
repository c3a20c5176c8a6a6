"""RDF from outside, parsed into a draft: each file in a process that may die of it."""

import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, Places, Workshop
from urbansdg.loaders.rdf.bundled_context import with_contexts
from urbansdg.loaders.rdf.gzip_files import unpacked
from urbansdg.loaders.rdf.parser_process import FORMATS, MOST, ParseMessage, parse_file
from urbansdg.loaders.rdf.xml_entities import refuse_entities, xml_place
from urbansdg.sandbox.child_process import Limits, call
from urbansdg.sandbox.process_end import ChildFailed, EndCause, ProcessEnd
from urbansdg.shapes.model.lexical_spaces import DATED, PATTERNS
from urbansdg.shapes.model.rdf11_terms import later_term
from urbansdg.shapes.rules import traces
from urbansdg.store import Source

_PATIENCE = 600
"""Seconds that a file, or a piece of one, may take to be parsed."""

_MEMORY = 4 << 30
_LIMITS = Limits(memory=_MEMORY, open_files=64)

_LARGE = 8 << 20
"""Files of lines of so many bytes or more are parsed in pieces."""

_OF_LINES = (".nt", ".nq")

UN_FILE = "sdg-kos-goals-targets-indicators.ttl"
"""The main file of the UN's vocabulary, which has a reader of its own."""


def form_of(path: Path) -> str | None:
    """Return the ending that says which syntax a file is in, None for any other file."""
    name = path.name.removesuffix(".gz")
    form = name.rpartition(".")[2].lower()
    return form if form in FORMATS else None


def stem(path: Path) -> str:
    """Return the name of a file without what its syntax and packing add."""
    return path.name.removesuffix(".gz").rpartition(".")[0]


def drafted(
    files: tuple[Path, ...], graph: str, source: Source, workshop: Workshop, *, merge: bool
) -> Draft:
    """Parse the files into one graph, in pieces side by side; raises `SourceUnreadable`."""
    ready = [_ready(file, number, workshop) for number, file in enumerate(files)]
    pieces = [piece for file in ready for piece in _pieces(*file)]
    orders = [
        _order(piece, workshop.folder / f"{graph}-{number}", workshop, merge=merge)
        for number, piece in enumerate(pieces)
    ]
    made: list[Path] = []
    problems: list[Problem] = []
    suspects: set[str] = set()
    done, total = 0, sum(piece.end - piece.start for piece in pieces)
    workshop.tell(source.name, done, total)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for piece, told in zip(pieces, pool.map(_parsed, pieces, orders), strict=True):
            made += map(Path, told["files"])
            suspects.update(told["suspects"])
            problems += (_ill_typed(piece.source, ill) for ill in told["ill_typed"])
            problems += (later_term(**term, file=piece.source.name) for term in told["later"])
            done += piece.end - piece.start
            workshop.tell(source.name, done, total)
    places = Places(texts=files)
    found = places.located(problems[:MOST])
    draft = Draft(graph, tuple(made), source, places, found, parsed=True)
    return replace(draft, suspects=frozenset(suspects))


def _ready(file: Path, number: int, workshop: Workshop) -> tuple[Path, Path]:
    """Return the file as the parser is to have it, and the file itself; raises `SourceUnreadable`.

    It is unpacked, our context is in it, and it declares no entities.
    """
    folder = workshop.folder / f"ready-{number}"
    folder.mkdir(exist_ok=True)
    plain = folder / file.name.removesuffix(".gz")
    try:
        ready = unpacked(file, plain)
        if FORMATS[form_of(ready) or ""] == ox.RdfFormat.JSON_LD:
            ready = with_contexts(ready, plain, workshop.iris.base)
        elif FORMATS[form_of(ready) or ""] == ox.RdfFormat.RDF_XML:
            refuse_entities(ready)
    except SyntaxError as error:
        place = {"line": error.lineno, "column": error.offset}
        raise _unreadable(file, {"message": error.msg, **place}) from None
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _unreadable(file, {"message": str(error)}) from None
    return ready, file


@dataclass(frozen=True, slots=True)
class _Piece:
    """The bytes of a file from one place to another, whole lines; `source` names it to people."""

    file: Path
    source: Path
    start: int
    end: int


def _pieces(file: Path, source: Path) -> Iterator[_Piece]:
    """Divide a large file of lines; a blank node's label means the same in one piece only."""
    size = file.stat().st_size
    many = 2 * (os.cpu_count() or 1)
    if size < _LARGE or file.suffix not in _OF_LINES or _has_blank_nodes(file):
        yield _Piece(file, source, 0, size)
        return
    with file.open("rb") as lines:
        start = 0
        for number in range(1, many + 1):
            lines.seek(max(start, size * number // many))
            lines.readline()
            yield _Piece(file, source, start, lines.tell())
            start = lines.tell()


def _has_blank_nodes(file: Path) -> bool:
    """Tell whether there may be a blank node in the file: a text that looks like one counts."""
    with file.open("rb") as content, mmap(content.fileno(), 0, access=ACCESS_READ) as text:
        return text.find(b"_:") >= 0


def _order(piece: _Piece, out: Path, workshop: Workshop, *, merge: bool) -> ParseMessage:
    return {
        "file": str(piece.file),
        "start": piece.start,
        "end": piece.end,
        "form": form_of(piece.file) or "",
        "base": workshop.base_uri or workshop.iris.graph(stem(piece.file)),
        "out": str(out),
        "merge": merge,
        "patterns": PATTERNS,
        "dated": sorted(DATED),
        "traces": traces(),
    }


def _parsed(piece: _Piece, order: ParseMessage) -> dict[str, Any]:
    try:
        told = call(parse_file, order, seconds=_PATIENCE, limits=_LIMITS)
    except ChildFailed as failed:
        raise _unreadable(piece.source, {"message": _reason(failed.end)}) from None
    error = told.get("error")
    if error is not None:
        if error.get("line") is None and FORMATS[order["form"]] == ox.RdfFormat.RDF_XML:
            error |= xml_place(piece.file)
        if error.get("line") is not None:
            error["line"] += _lines(piece.file, piece.start)
        raise _unreadable(piece.source, error)
    return told


def _lines(file: Path, end: int) -> int:
    with file.open("rb") as content:
        return content.read(end).count(b"\n")


def _reason(end: ProcessEnd) -> str:
    """Return why the parser ended without an answer."""
    if end.cause == EndCause.TIME:
        return f"parsing took longer than {_PATIENCE} seconds"
    if end.cause == EndCause.MEMORY:
        memory = f"parsing needs more than {_MEMORY >> 30} GiB of memory"
        return f"{memory}; if it is RDF/XML, it may be an entity bomb"
    return f"parsing it {end.reason}" if end.cause == EndCause.FAILED else f"it {end.reason}"


def _unreadable(file: Path, error: dict[str, str | int | None]) -> SourceUnreadable:
    line, column = error.get("line"), error.get("column")
    place = Place(
        file.name,
        line=line if isinstance(line, int) else None,
        column=None if column is None else str(column),
    )
    return SourceUnreadable(
        f"{file.name} cannot be read: {error['message']}.",
        "Mend the file; its name has to end as its syntax asks (.ttl, .nt, .rdf, .jsonld ...).",
        place=place,
    )


def _ill_typed(file: Path, ill: dict[str, str]) -> Problem:
    kind = ill["datatype"].rpartition("#")[2]
    return Problem(
        "ill-typed",
        f'"{ill["value"]}" is no {kind}.',
        "Correct the value, or give it another datatype.",
        Place(file.name, focus=ill["subject"], path=f"<{ill['predicate']}>"),
        value=ill["value"],
    )
