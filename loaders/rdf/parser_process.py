"""The child process that parses RDF from outside, and may die of it.

`urbansdg.loaders.drafts.rdf_drafts` calls `parse_file` in it
(`urbansdg.sandbox.child_process.call`). An RDF/XML entity bomb aborts the interpreter inside the
parser. It imports the engine and nothing of ours, because it starts with every load and
`urbansdg.loaders` takes 300 ms: the lexical spaces of datatypes come with the message.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Self, TypedDict, cast

import pyoxigraph as ox

MOST = 10_000
"""The most ill-typed values, and the most terms of RDF 1.2, that are reported."""

_TRIPLES_PER_FILE = 1_000_000
"""Triples in one file: as many as the engine sorts and writes at once."""

FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "rdf": ox.RdfFormat.RDF_XML,
    "owl": ox.RdfFormat.RDF_XML,
    "xml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_CHUNK = 8 << 20
"""Bytes of N-Triples that are searched at once."""

_LITERAL = re.compile(rb'"[^\n]*')
IllTyped = dict[str, str]
LaterTerm = dict[str, str]


class ParseMessage(TypedDict):
    """What is to be parsed: the bytes of a file from `start` to `end`, in a form of `FORMATS`.

    Named graphs are merged with `merge`, and an error without. `patterns` has the lexical space of
    datatypes by their IRIs. `traces` has the patterns of bytes by which a line of N-Triples betrays
    that it may break a rule.
    """

    file: str
    start: int
    end: int
    form: str
    base: str
    out: str
    merge: bool
    patterns: dict[str, str]
    traces: dict[str, str]


class Parsing:
    """The parsing of one file, and the problems found in it."""

    def __init__(self, order: ParseMessage) -> None:
        """Prepare for a message."""
        self._order = order
        self._patterns = {iri: re.compile(text) for iri, text in order["patterns"].items()}
        self._nameless: list[str] = []
        self.ill: list[IllTyped] = []
        self.later: list[LaterTerm] = []

    def files(self) -> Iterator[str]:
        """Write the triples and yield the files; all triples with blank nodes share one.

        The label of a blank node means the same node within one file only.
        """
        with _opened(self._order) as source:
            triples = self._triples(source)
            for number, first in enumerate(triples):
                out = f"{self._order['out']}-{number}.nt"
                some = chain((first,), islice(triples, _TRIPLES_PER_FILE - 1))
                ox.serialize(some, out, format=ox.RdfFormat.N_TRIPLES)
                yield out
        if self._nameless:
            out = f"{self._order['out']}.nt"
            Path(out).write_text("".join(self._nameless), "utf-8")
            yield out

    def _triples(self, source: IO[bytes]) -> Iterator[ox.Triple]:
        merge = self._order["merge"]
        form, base = FORMATS[self._order["form"]], self._order["base"]
        quads = ox.parse(source, format=form, base_iri=base, rename_blank_nodes=True)
        for quad in _with_no_language(quads, form):
            if not merge and not isinstance(quad.graph_name, ox.DefaultGraph):
                raise ValueError(f"the file names the graph {quad.graph_name}")
            object_term = quad.object  # each access to a part of a quad makes a new object
            if isinstance(object_term, ox.Literal):
                if object_term.direction is not None:
                    self._note_later(quad, "text with a direction")
                    continue
                if not self._well_typed(object_term):
                    self._note(quad, object_term)
            elif isinstance(object_term, ox.Triple):
                self._note_later(quad, "a triple term")
                continue
            if isinstance(quad.subject, ox.NamedNode) and not isinstance(object_term, ox.BlankNode):
                yield quad.triple
            else:
                self._nameless.append(f"{quad.triple} .\n")

    def _well_typed(self, literal: ox.Literal) -> bool:
        pattern = self._patterns.get(literal.datatype.value)
        return pattern is None or pattern.match(literal.value) is not None

    def _note(self, quad: ox.Quad, literal: ox.Literal) -> None:
        record = {
            "subject": str(getattr(quad.subject, "value", quad.subject)),
            "predicate": quad.predicate.value,
            "value": literal.value,
            "datatype": literal.datatype.value,
        }
        if len(self.ill) < MOST:
            self.ill.append(record)

    def _note_later(self, quad: ox.Quad, kind: str) -> None:
        """Note a term of RDF 1.2; the dataset is RDF 1.1, so the triple is not written."""
        if len(self.later) < MOST:
            self.later.append(
                {
                    "kind": kind,
                    "subject": str(getattr(quad.subject, "value", quad.subject)),
                    "predicate": quad.predicate.value,
                    "term": str(quad.object),
                }
            )


class _Piece:
    """A part of a file, as a file."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int = -1) -> bytes:
        length = self._left if size < 0 else min(size, self._left)
        chunk = self._file.read(length)
        self._left -= len(chunk)
        return chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def suspected(file: Path, traces: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of the traces that occur in the literals of a file of N-Triples.

    Four fifths of the bytes are IRIs and many texts occur often, so the distinct ends of lines
    from the first quotation mark on are searched, each after the end of a line. A trace that begins
    with `<` is of IRIs, and is looked for in every byte.
    """
    left = {name: re.compile(pattern.encode()) for name, pattern in traces.items()}
    with file.open("rb") as lines:
        while left and (chunk := lines.read(_CHUNK)):
            chunk += lines.readline()
            literals = {b""}.union(_LITERAL.findall(chunk))
            text = b"\n".join(sorted(literals))
            for name in [
                name
                for name, pattern in left.items()
                if pattern.search(chunk if pattern.pattern.startswith(b"<") else text)
            ]:
                del left[name]
                yield name


def _opened(order: ParseMessage) -> IO[bytes]:
    file = Path(order["file"]).open("rb")  # noqa: SIM115  # the piece closes it
    file.seek(order["start"])
    return cast("IO[bytes]", _Piece(file, order["end"] - order["start"]))


def _with_no_language(quads: Iterator[ox.Quad], form: ox.RdfFormat) -> Iterator[ox.Quad]:
    """Yield quads; the literals of RDF/XML have no language where `xml:lang` is empty."""
    if form != ox.RdfFormat.RDF_XML:
        yield from quads
        return
    from urbansdg.ontology.xml_encodings import with_no_language

    for quad in quads:
        value = quad.object
        if isinstance(value, ox.Literal):
            value = with_no_language(value)
        yield ox.Quad(quad.subject, quad.predicate, value, quad.graph_name)


def parse_file(order: ParseMessage) -> dict[str, Any]:
    """Write the triples as N-Triples in files of `_TRIPLES_PER_FILE`, and report on them.

    Returns `files`, `ill_typed`, `later` (terms of RDF 1.2) and `suspects`, or an `error` with its
    message and place.
    """
    parsing = Parsing(order)
    try:
        files = list(parsing.files())
        suspects = {name for file in files for name in suspected(Path(file), order["traces"])}
        findings = {"suspects": sorted(suspects), "ill_typed": parsing.ill, "later": parsing.later}
        return {"files": files} | findings
    except SyntaxError as error:
        place = {"line": error.lineno, "column": error.offset}
        return {"error": {"message": str(error.msg).rstrip("."), **place}}
    except (ValueError, OSError, EOFError) as error:
        return {"error": {"message": str(error)}}
