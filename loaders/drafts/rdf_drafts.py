"""RDF sources: parse files into drafts in child processes, which a malicious file may crash."""

import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, SourceUnreadable, UrbanSdgError
from urbansdg.loaders.drafts.draft import Draft, Places, ReadContext
from urbansdg.loaders.rdf.gzip_files import decompress
from urbansdg.loaders.rdf.parser_process import FORMATS, MOST, ParseMessage, parse_file
from urbansdg.loaders.rdf.xml_entities import refuse_entities, xml_place
from urbansdg.ontology.bundled_context import context_refusal, context_remedy, inline_contexts
from urbansdg.ontology.character_names import with_character_names
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.ontology.rdf11_terms import later_term
from urbansdg.ontology.xml_encodings import xml_in_utf8
from urbansdg.sandbox.child_process import Limits, call
from urbansdg.sandbox.process_end import ChildFailed, EndCause, ProcessEnd
from urbansdg.shapes.model.lexical_spaces import LEXICAL_SPACES
from urbansdg.shapes.rules import traces
from urbansdg.store import Source
from urbansdg.store.versions.file_errors import failure_of_system

_PATIENCE = 600
"""Seconds that parsing a file, or a part of one, may take."""

_MEMORY = 4 << 30
_LIMITS = Limits(memory=_MEMORY, open_files=64)

_LARGE = 8 << 20
"""Bytes from which a line-based file is parsed in parts, in parallel."""

_REMEDY = "Fix the file. Its extension must match its syntax (.ttl, .nt, .rdf, .jsonld ...)."

_OF_LINES = (".nt", ".nq")

_LOOK = 1 << 16
_CATALOGUE = re.compile(rb"dcat[:#](?:Catalog|Dataset)\b")

UN_FILE = "sdg-kos-goals-targets-indicators.ttl"
"""The main file of the UN's SDG vocabulary, which has a reader of its own."""


def form_of(path: Path) -> str | None:
    """Return the file extension that names the RDF syntax, or None for any other file."""
    name = path.name.removesuffix(".gz")
    form = name.rpartition(".")[2].lower()
    return form if form in FORMATS else None


def is_dcat(path: Path) -> bool:
    """Return whether a file of RDF begins as a catalogue in DCAT, and does not use our terms."""
    if form_of(path) is None or path.name.endswith(".gz"):
        return False
    with path.open("rb") as file:
        start = file.read(_LOOK)
    uses_dcat = PREFIXES["dcat"].encode() in start and _CATALOGUE.search(start) is not None
    return uses_dcat and str(PREFIXES["usdg"]).encode() not in start


def stem(path: Path) -> str:
    """Return the name of a file without the extensions of its syntax and compression."""
    return path.name.removesuffix(".gz").rpartition(".")[0]


def rdf_draft(
    files: tuple[Path, ...], graph: str, source: Source, context: ReadContext, *, merge: bool
) -> Draft:
    """Parse files into one graph, in parallel parts; raises `SourceUnreadable`."""
    ready = [_ready(file, number, context) for number, file in enumerate(files)]
    pieces = [piece for file in ready for piece in _pieces(*file)]
    orders = [
        _order(piece, context.folder / f"{graph}-{number}", context, merge=merge)
        for number, piece in enumerate(pieces)
    ]
    parsed_files: list[Path] = []
    problems: list[Problem] = []
    suspects: set[str] = set()
    done, total = 0, sum(piece.end - piece.start for piece in pieces)
    context.tell(f"{source.name} (bytes)", done, total)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for piece, result in zip(pieces, pool.map(_parse, pieces, orders), strict=True):
            parsed_files += map(Path, result["files"])
            suspects.update(result["suspects"])
            problems += (_ill_typed(piece.source, ill) for ill in result["ill_typed"])
            problems += (later_term(**term, file=piece.source.name) for term in result["later"])
            done += piece.end - piece.start
            context.tell(f"{source.name} (bytes)", done, total)
    places = Places(texts=files)
    located = places.located(problems[:MOST])
    draft = Draft(graph, tuple(parsed_files), source, places, located, parsed=True)
    return replace(draft, suspects=frozenset(suspects))


def _ready(file: Path, number: int, context: ReadContext) -> tuple[Path, Path]:
    """Return the file prepared for the parser, and the original file; raises `SourceUnreadable`.

    The prepared file is decompressed, has our JSON-LD context inline, and is UTF-8 without XML
    entities.
    """
    folder = context.folder / f"ready-{number}"
    folder.mkdir(exist_ok=True)
    plain = folder / file.name.removesuffix(".gz")
    try:
        ready = decompress(file, plain)
        if FORMATS[form_of(ready) or ""] == ox.RdfFormat.JSON_LD:
            ready = inline_contexts(ready, plain, context.iris.base)
        elif FORMATS[form_of(ready) or ""] == ox.RdfFormat.RDF_XML:
            ready = xml_in_utf8(ready, folder / f"utf8-{plain.name}")
            refuse_entities(ready)
    except SyntaxError as error:
        place = {"line": error.lineno, "column": error.offset}
        raise _unreadable(file, {"message": error.msg, **place}) from None
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _unreadable(file, {"message": str(error)}) from None
    return ready, file


@dataclass(frozen=True, slots=True)
class _Piece:
    """A range of whole lines of a file, in bytes; `source` is the original file, for messages."""

    file: Path
    source: Path
    start: int
    end: int


def _pieces(file: Path, source: Path) -> Iterator[_Piece]:
    """Divide a large line-based file; a file with blank nodes is not divided.

    A label of a blank node means the same node only within one parser run (RDF 1.1 N-Triples, 2.4).
    """
    size = file.stat().st_size
    count = 2 * (os.cpu_count() or 1)
    if size < _LARGE or file.suffix not in _OF_LINES or _has_blank_nodes(file):
        yield _Piece(file, source, 0, size)
        return
    with file.open("rb") as lines:
        start = 0
        for number in range(1, count + 1):
            lines.seek(max(start, size * number // count))
            lines.readline()
            yield _Piece(file, source, start, lines.tell())
            start = lines.tell()


def _has_blank_nodes(file: Path) -> bool:
    """Return whether the file may contain a blank node; a literal that looks like one counts."""
    with file.open("rb") as content, mmap(content.fileno(), 0, access=ACCESS_READ) as text:
        return text.find(b"_:") >= 0


def _order(piece: _Piece, out: Path, context: ReadContext, *, merge: bool) -> ParseMessage:
    return {
        "file": str(piece.file),
        "start": piece.start,
        "end": piece.end,
        "form": form_of(piece.file) or "",
        "base": context.base_uri or context.iris.graph(stem(piece.file)),
        "out": str(out),
        "merge": merge,
        "patterns": LEXICAL_SPACES,
        "traces": traces(),
    }


def _parse(piece: _Piece, order: ParseMessage) -> dict[str, Any]:
    try:
        result = call(parse_file, order, seconds=_PATIENCE, limits=_LIMITS)
    except ChildFailed as failed:
        raise _unreadable(piece.source, {"message": _reason(failed.end)}) from None
    error = result.get("error")
    if error is not None:
        refusal = context_refusal(error["message"], piece.file)
        if refusal is not None:
            error |= {"message": refusal, "remedy": context_remedy(None)}
        if error.get("line") is None and FORMATS[order["form"]] == ox.RdfFormat.RDF_XML:
            error |= xml_place(piece.file)
        if error.get("line") is not None:
            error["line"] += _lines(piece.file, piece.start)
        raise _unreadable(piece.source, error)
    return result


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


def _unreadable(file: Path, error: dict[str, str | int | None]) -> UrbanSdgError:
    failure = failure_of_system(str(error["message"]), Path(tempfile.gettempdir()))
    if failure is not None:
        return failure
    line, column = error.get("line"), error.get("column")
    place = Place(
        file.name,
        line=line if isinstance(line, int) else None,
        column=None if column is None else str(column),
    )
    return SourceUnreadable(
        f"{file.name} cannot be read: {with_character_names(str(error['message']))}.",
        str(error.get("remedy") or _REMEDY),
        place=place,
    )


def _ill_typed(file: Path, ill: dict[str, str]) -> Problem:
    kind = ill["datatype"].rpartition("#")[2]
    return Problem(
        "ill-typed",
        f'"{ill["value"]}" is not a valid {kind}.',
        "Correct the value or its datatype.",
        Place(file.name, focus=ill["subject"], path=f"<{ill['predicate']}>"),
        value=ill["value"],
    )
