"""The formats of responses: their names, media types and engine constants."""

from dataclasses import dataclass
from typing import Final

from pyoxigraph import QueryResultsFormat, RdfFormat


@dataclass(frozen=True, slots=True)
class Format:
    """A format of responses.

    `name` is the value of `?format=`, `nicknames` are other values that clients send. `media_type`
    is the registered media type; `aliases` are other media types in requests, which are answered
    with the alias as content type. `extension` is for files. `iri` is the format in the W3C's list
    (http://www.w3.org/ns/formats/).
    """

    name: str
    media_type: str
    extension: str
    iri: str
    engine: QueryResultsFormat | RdfFormat | None
    aliases: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()

    @property
    def names_graphs(self) -> bool:
        """Whether the format has named graphs."""
        return self.engine in (RdfFormat.TRIG, RdfFormat.N_QUADS)


_W3C: Final = "http://www.w3.org/ns/formats/"

# The order is that of preference for clients that accept anything.
RESULTS: Final = (
    Format(
        "json",
        "application/sparql-results+json",
        "srj",
        f"{_W3C}SPARQL_Results_JSON",
        QueryResultsFormat.JSON,
        ("application/json",),
    ),
    Format(
        "xml",
        "application/sparql-results+xml",
        "srx",
        f"{_W3C}SPARQL_Results_XML",
        QueryResultsFormat.XML,
        ("application/xml", "text/xml"),
    ),
    Format("csv", "text/csv", "csv", f"{_W3C}SPARQL_Results_CSV", QueryResultsFormat.CSV),
    Format(
        "tsv",
        "text/tab-separated-values",
        "tsv",
        f"{_W3C}SPARQL_Results_TSV",
        QueryResultsFormat.TSV,
    ),
)
GRAPHS: Final = (
    Format(
        "turtle",
        "text/turtle",
        "ttl",
        f"{_W3C}Turtle",
        RdfFormat.TURTLE,
        ("text/n3", "text/rdf+n3", "application/x-turtle"),
        ("n3",),  # every Turtle document is a Notation3 document
    ),
    Format(
        "ntriples",
        "application/n-triples",
        "nt",
        f"{_W3C}N-Triples",
        RdfFormat.N_TRIPLES,
        ("text/plain",),
        ("n-triples",),
    ),
    Format(
        "rdfxml",
        "application/rdf+xml",
        "rdf",
        f"{_W3C}RDF_XML",
        RdfFormat.RDF_XML,
        ("application/xml", "text/xml"),
        ("rdf+xml", "xml"),
    ),
    Format(
        "jsonld",
        "application/ld+json",
        "jsonld",
        f"{_W3C}JSON-LD",
        RdfFormat.JSON_LD,
        ("application/json",),
        ("json-ld", "json"),
    ),
    Format("trig", "application/trig", "trig", f"{_W3C}TriG", RdfFormat.TRIG),
    Format("nquads", "application/n-quads", "nq", f"{_W3C}N-Quads", RdfFormat.N_QUADS),
)
GEOJSON: Final = Format(
    "geojson",
    "application/geo+json",
    "geojson",
    "https://www.iana.org/assignments/media-types/application/geo+json",
    None,  # not a syntax of RDF
)
"""Places for maps, written by `urbansdg.endpoint.linked_data.geojson`."""
