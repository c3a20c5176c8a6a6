"""The process that parses RDF from outside, and may die of it.

    python -m urbansdg.loaders.parsing FILE FORMAT BASE OUT HOW INSTALLATION

writes the triples as N-Triples to OUT, and one JSON document to standard output: either
`{"triples": n, "ill_typed": [...], "blank": b}` or `{"error": {...}}`. The memory limit makes a
clean end of what is too large for the parser.
"""

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

import pyoxigraph as ox

from urbansdg.loaders.contexts import with_contexts
from urbansdg.loaders.entities import entity_place
from urbansdg.loaders.unpacking import TooLarge, opened
from urbansdg.shapes.lexical import is_well_typed

MEMORY = 4 << 30
"""Address space that the parser may take, in bytes."""

MOST = 100
"""So many ill-typed values are told one by one."""

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
IllTyped = dict[str, str]


def parse(
    file: Path, form: str, base: str, out: Path, installation: str, *, merge: bool
) -> dict[str, object]:
    """Parse a file and write its triples down; say how many, and which values are ill-typed.

    Named graphs are merged where that is wanted, and an error where it is not.
    """
    ill: list[IllTyped] = []
    count = 0
    blank = False

    def triples(source: IO[bytes]) -> Iterator[ox.Triple]:
        nonlocal count, blank
        parsed = ox.parse(source, format=FORMATS[form], base_iri=base, rename_blank_nodes=True)
        for quad in parsed:
            if not merge and not isinstance(quad.graph_name, ox.DefaultGraph):
                raise ValueError(f"the file names the graph {quad.graph_name}")
            count += 1
            blank = blank or isinstance(quad.subject, ox.BlankNode)
            blank = blank or isinstance(quad.object, ox.BlankNode)
            if len(ill) < MOST and not _well_typed(quad.object):
                ill.append(_told(quad))
            yield quad.triple

    _refuse_entities(file, form)
    with opened(file) as packed:
        source = with_contexts(packed, installation) if form == "jsonld" else packed
        ox.serialize(triples(source), str(out), format=ox.RdfFormat.N_TRIPLES)
    return {"triples": count, "ill_typed": ill, "blank": blank}


def _refuse_entities(file: Path, form: str) -> None:
    """Raise `SyntaxError` where XML declares an entity: none is ever expanded or fetched."""
    if FORMATS[form] != ox.RdfFormat.RDF_XML:
        return
    with opened(file) as source:
        place = entity_place(source)
    if place is not None:
        message = "it declares an entity of its own, and none is expanded"
        raise SyntaxError(message, (str(file), *place, None))


def _xml_place(file: Path) -> dict[str, int]:
    """Return where XML is not well-formed, nothing where it is: the RDF parser tells no place."""
    parser = expat.ParserCreate()
    try:
        with opened(file) as source:
            parser.ParseFile(source)
    except expat.ExpatError as error:
        return {"line": error.lineno, "column": error.offset + 1}
    return {}


def _well_typed(term: object) -> bool:
    return not isinstance(term, ox.Literal) or is_well_typed(term.value, term.datatype.value)


def _told(quad: ox.Quad) -> IllTyped:
    literal = quad.object
    if not isinstance(literal, ox.Literal):
        raise TypeError(literal)
    return {
        "subject": str(getattr(quad.subject, "value", quad.subject)),
        "predicate": quad.predicate.value,
        "value": literal.value,
        "datatype": literal.datatype.value,
    }


def _main(file: str, form: str, base: str, out: str, *how: str) -> None:
    merge, installation = how
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = parse(Path(file), form, base, Path(out), installation, merge=merge == "merge")
    except SyntaxError as error:
        place = {"line": error.lineno, "column": error.offset}
        if error.lineno is None and FORMATS[form] == ox.RdfFormat.RDF_XML:
            place |= _xml_place(Path(file))
        told = {"error": {"message": str(error.msg).rstrip("."), **place}}
    except (TooLarge, ValueError, OSError, EOFError) as error:
        told = {"error": {"message": str(error)}}
    except MemoryError:
        told = {"error": {"message": f"it needs more than {MEMORY >> 30} GiB of memory"}}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
