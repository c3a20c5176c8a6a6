"""Where SPARQL engines differ, each difference with its reason: the only place that knows of any.

The protocol leaves them the same in what matters most: which graphs the default graph is made of.
Oxigraph's is empty unless `--union-default-graph` is given, that of Virtuoso is the union of
everything with the engine's own system graphs in it, Fuseki's depends on its configuration. So
each query is sent with its dataset, graph by graph (SPARQL 1.1 Protocol, 2.1.4), and means the same
everywhere.
"""

import json
import math
import re
import struct
from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import pyoxigraph as ox

from urbansdg.ontology.namespaces import PREFIXES, XSD

EngineTerm = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_PLACES: Final = (
    # Virtuoso writes at addresses of their own, which ask for the user by Digest.
    (re.compile(r"/sparql$"), "/sparql-auth", "/sparql-graph-crud-auth"),
    # RDF4J and GraphDB have them below the repository.
    (re.compile(r"(/repositories/[^/]+)$"), r"\1/statements", r"\1/rdf-graphs/service"),
    # Oxigraph; Fuseki too, except for its graphs, which are at `data`.
    (re.compile(r"/query$"), "/update", "/store"),
)
_GEOMETRY: Final = b"http://www.openlinksw.com/schemas/virtrdf#Geometry"
_WKT: Final = f"{PREFIXES['gsp']}wktLiteral".encode()
_BOOLEAN: Final = re.compile(
    rb'("datatype": "http://www\.w3\.org/2001/XMLSchema#boolean", "value": )"([01])"'
)
_DURATION: Final = re.compile(
    rb'(?P<before>)"(?P<number>-?\d+(?:\.\d+)?)"'
    rb"(?P<after>\^\^<http://www\.w3\.org/2001/XMLSchema#duration>)"
)
_DURATION_IN_TABLE: Final = re.compile(
    rb'(?P<before>"datatype": "http://www\.w3\.org/2001/XMLSchema#duration", "value": )'
    rb'"(?P<number>-?\d+(?:\.\d+)?)"(?P<after>)'
)
_YES_OR_NO: Final = "__ASK_RETVAL"
_OWN_FAULT: Final = re.compile(r"Virtuoso (?:37000|42000|42001|22[0-9A-Z]{3}|RDFXX) Error ")
_OUT_OF_TIME: Final = re.compile(r"Virtuoso S1T00 Error")


def places(query: str) -> tuple[str, str]:
    """Return the addresses for updates and for graphs that go with that for queries, else ""."""
    parts = urlsplit(query)
    for ending, *others in _PLACES:
        if ending.search(parts.path):
            update, graphs = (parts._replace(path=ending.sub(path, parts.path)) for path in others)
            return urlunsplit(update), urlunsplit(graphs)
    return "", ""


def read_back(chunk: bytes) -> bytes:
    """Spell the terms of an answer as RDF has them.

    Virtuoso keeps a geo:wktLiteral as a geometry of its own, and gives it back under its own name,
    the numbers in single precision. In tables it gives an xsd:boolean as 1 and 0. Of an
    xsd:duration it gives the months, or the seconds with a fraction that means nothing (150.3 for
    PT2M30S): the value is the same, the spelling is lost.
    """
    chunk = _BOOLEAN.sub(_spelt, chunk.replace(_GEOMETRY, _WKT))
    return _DURATION_IN_TABLE.sub(_lasting, _DURATION.sub(_lasting, chunk))


def _spelt(match: re.Match[bytes]) -> bytes:
    return match[1] + (b'"true"' if match[2] == b"1" else b'"false"')


def _lasting(match: re.Match[bytes]) -> bytes:
    number = math.floor(float(match["number"]))
    sign, magnitude = b"-" if number < 0 else b"", b"%d" % abs(number)
    duration = b"PT%bS" % magnitude if b"." in match["number"] else b"P%bM" % magnitude
    return b'%b"%b%b"%b' % (match["before"], sign, duration, match["after"])


LONGEST: Final = 120
"""What `read_back` looks for is no longer than this."""


def yes_or_no(answer: bytes) -> bytes | None:
    """Return the answer to an ASK as the standard has it, None where it is so already.

    Virtuoso 7.2.5 answers it as a table with one cell, of the value 1 or 0.
    """
    try:
        cell = json.loads(answer)["results"]["bindings"][0][_YES_OR_NO]["value"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return json.dumps({"head": {}, "boolean": cell not in {"0", "false"}}).encode()


def most_rows(headers: Mapping[str, str]) -> int | None:
    """Return the number of rows at which the engine cut a table, None where it did not.

    Virtuoso cuts at ResultSetMaxRows (10,000 in the package of Debian), and says so in a header.
    """
    limit = headers.get("x-sparql-maxrows", "")
    return int(limit) if limit.isdecimal() else None


def cuts_graphs(headers: Mapping[str, str]) -> bool:
    """Tell whether the engine may cut a graph without a word, where it would say so of a table.

    Virtuoso does, at the same number of rows, in CONSTRUCT and in the Graph Store Protocol too.
    """
    return headers.get("server", "").startswith("Virtuoso")


EVERYTHING: Final = "SELECT ?s WHERE { GRAPH ?g { ?s ?p ?o } }"
"""A table that is cut wherever anything is cut: its header has the number of rows."""

MOST_STATEMENTS: Final = 2_000
"""So many statements are named in one update.

The parser of Virtuoso runs out of memory at some 5,000 ("37000 Error SP030"), whatever it is given.
More would take several updates, between which the engine could die: graphs are put whole instead.
"""

MOST_BYTES: Final = 1 << 20
"""So long is an update: Virtuoso takes no text of 10 MB, and seconds for one literal of 1 MB."""

_NUMBERS: Final = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_AROUND: Final = re.compile(r"\s*([(),])\s*")
_NUMERIC: Final = frozenset(
    f"{XSD}{name}"
    for name in (
        *("integer", "int", "long", "short", "byte", "decimal", "double", "float"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
    )
)
_LASTING: Final = re.compile(
    r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d*)?S)?)?"
)


def is_alike(answered: EngineTerm, sent: EngineTerm) -> bool:
    """Tell whether an engine may give a term for one that it was sent.

    Virtuoso keeps values, not their spelling: numbers of every kind, durations, booleans, points in
    single precision, languages in small letters.
    """
    if isinstance(answered, ox.BlankNode):
        return isinstance(sent, ox.BlankNode)
    if not isinstance(answered, ox.Literal) or not isinstance(sent, ox.Literal):
        return answered == sent
    return answered == sent or _value(answered) == _value(sent)


def _value(literal: ox.Literal) -> tuple[object, ...]:
    kind, text = literal.datatype.value, literal.value
    if literal.language:
        return "text", text, literal.language.casefold()
    if kind in _NUMERIC and (number := _NUMBERS.fullmatch(text)):
        return "number", Decimal(number[0])
    if kind == _WKT.decode():
        return "place", _NUMBERS.sub(_single, _AROUND.sub(r"\1", text).casefold())
    if kind == f"{XSD}boolean":
        return "boolean", text in {"1", "true"}
    if kind == f"{XSD}duration" and (lasting := _LASTING.fullmatch(text)):
        years, months, *rest = (int(part or 0) for part in lasting.groups()[1:])
        days, hours, minutes, seconds = rest
        total_seconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        return "time", lasting[1], 12 * years + months, total_seconds
    return kind, text


def _single(number: re.Match[str]) -> str:
    return struct.pack("!f", float(number[0])).hex()


_CODE: Final = re.compile(r"\\\\[uU]")


def is_read_alike(term: str) -> bool:
    r"""Tell whether a term, spelt as in N-Triples, is the same term in an update to any engine.

    SPARQL decodes `\u0041` before it parses, and leaves open what a backslash before it does.
    """
    return _CODE.search(term) is None


SURE: Final = 1_000
"""A graph of fewer triples is taken for whole: no engine is set up to give less."""


def is_partial(headers: Mapping[str, str]) -> bool:
    """Tell whether the engine has given up and sends what it has by then.

    Virtuoso's `timeout` (MaxQueryExecutionTime of its settings) ends so, with the status 200.
    """
    return bool(headers.get("x-sql-state", ""))


def is_of_the_query(status: int, text: str) -> bool:
    """Return whether an error is in the query, so that repeating it does not help.

    Virtuoso answers 500 where a function is not known to it or its compiler gives up.
    """
    return status in {400, 413, 414, 422} or _OWN_FAULT.match(text) is not None


def is_out_of_time(text: str) -> bool:
    """Tell whether the engine has stopped a query at a time limit of its own."""
    return _OUT_OF_TIME.match(text) is not None
