"""The table of media types, and the formats of responses with the engine's name for each."""

from dataclasses import dataclass
from typing import Final

from pyoxigraph import QueryResultsFormat, RdfFormat

# Syntaxes of RDF
TURTLE: Final = "text/turtle"
N_TRIPLES: Final = "application/n-triples"
RDF_XML: Final = "application/rdf+xml"
JSON_LD: Final = "application/ld+json"
OWL_AXIOMS: Final = "application/owl+xml"
TRIG: Final = "application/trig"
N_QUADS: Final = "application/n-quads"
RDF_PATCH: Final = "application/rdf-patch"
# SPARQL
SPARQL_JSON: Final = "application/sparql-results+json"
SPARQL_XML: Final = "application/sparql-results+xml"
CSV: Final = "text/csv"
TSV: Final = "text/tab-separated-values"
SPARQL_QUERY: Final = "application/sparql-query"
SPARQL_UPDATE: Final = "application/sparql-update"
# Forms and parts
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART_FORM: Final = "multipart/form-data"
BYTE_RANGES: Final = "multipart/byteranges"
# Documents
HTML: Final = "text/html"
XHTML: Final = "application/xhtml+xml"
TEXT: Final = "text/plain"
JSON: Final = "application/json"
XML: Final = "application/xml"
TEXT_XML: Final = "text/xml"
PROBLEM_JSON: Final = "application/problem+json"
GEO_JSON: Final = "application/geo+json"
GZIP: Final = "application/gzip"
BYTES: Final = "application/octet-stream"
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Pictures
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
GIF: Final = "image/gif"
WEBP: Final = "image/webp"
SVG: Final = "image/svg+xml"
# Feeds and links
ATOM: Final = "application/atom+xml"
RSS: Final = "application/rss+xml"
OPENSEARCH: Final = "application/opensearchdescription+xml"
SUGGESTIONS: Final = "application/x-suggestions+json"
LINKSET: Final = "application/linkset"
LINKSET_JSON: Final = "application/linkset+json"
LINK_FORMAT: Final = "application/link-format"


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
        SPARQL_JSON,
        "srj",
        f"{_W3C}SPARQL_Results_JSON",
        QueryResultsFormat.JSON,
        (JSON,),
    ),
    Format(
        "xml",
        SPARQL_XML,
        "srx",
        f"{_W3C}SPARQL_Results_XML",
        QueryResultsFormat.XML,
        (XML, TEXT_XML),
    ),
    Format("csv", CSV, "csv", f"{_W3C}SPARQL_Results_CSV", QueryResultsFormat.CSV),
    Format(
        "tsv",
        TSV,
        "tsv",
        f"{_W3C}SPARQL_Results_TSV",
        QueryResultsFormat.TSV,
    ),
)
GRAPHS: Final = (
    Format(
        "turtle",
        TURTLE,
        "ttl",
        f"{_W3C}Turtle",
        RdfFormat.TURTLE,
        ("text/n3", "text/rdf+n3", "application/x-turtle"),
        ("n3",),  # every Turtle document is a Notation3 document
    ),
    Format(
        "ntriples",
        N_TRIPLES,
        "nt",
        f"{_W3C}N-Triples",
        RdfFormat.N_TRIPLES,
        (TEXT,),
        ("n-triples",),
    ),
    Format(
        "rdfxml",
        RDF_XML,
        "rdf",
        f"{_W3C}RDF_XML",
        RdfFormat.RDF_XML,
        (XML, TEXT_XML),
        ("rdf+xml", "xml"),
    ),
    Format(
        "jsonld",
        JSON_LD,
        "jsonld",
        f"{_W3C}JSON-LD",
        RdfFormat.JSON_LD,
        (JSON,),
        ("json-ld", "json"),
    ),
    Format("trig", TRIG, "trig", f"{_W3C}TriG", RdfFormat.TRIG),
    Format("nquads", N_QUADS, "nq", f"{_W3C}N-Quads", RdfFormat.N_QUADS),
)
XLSX: Final = Format(
    "xlsx",
    WORKBOOK,
    "xlsx",
    "https://www.iana.org/assignments/media-types/application/vnd.openxmlformats-officedocument"
    ".spreadsheetml.sheet",
    None,  # not a format of SPARQL
)
"""Query results as a workbook, for a request that names it: `Accept` does not choose it."""

GEOJSON: Final = Format(
    "geojson",
    GEO_JSON,
    "geojson",
    "https://www.iana.org/assignments/media-types/application/geo+json",
    None,  # not a syntax of RDF
)
"""Places for maps, written by `urbansdg.endpoint.linked_data.geojson`."""

OWL_XML: Final = Format(
    "owlxml",
    OWL_AXIOMS,
    "owx",
    f"{_W3C}OWL_XML",
    None,  # axioms, not a syntax of RDF
)
"""Axioms for OWL tools, written by `urbansdg.endpoint.linked_data.owl_xml`."""
