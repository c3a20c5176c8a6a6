"""The table of namespaces: the prefixes that are published, and the terms that code uses.

A test compares the `USDG` terms in the code with `ontology.ttl`: neither may have extra terms.
"""

from functools import cache, lru_cache
from typing import Final


class Namespace(str):
    """A namespace as a string: `USDG.Policy` and `USDG["Policy"]` are IRIs in it.

    The class of rdflib is not used, because importing rdflib would slow down commands and workers
    that do not need it.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> str:
        """Return the IRI of a name in the namespace."""
        if name.startswith("__"):  # a special method that Python looks for
            raise AttributeError(name)
        return f"{self}{name}"

    def __getitem__(self, name: object) -> str:
        """Return the IRI of a name in the namespace, instead of a character of the string."""
        return f"{self}{name}"


USDG: Final = Namespace("https://w3id.org/urbansdg/ontology#")
USDGSH: Final = Namespace("https://w3id.org/urbansdg/shapes#")
PROJECT: Final = "https://w3id.org/urbansdg/"
VOCAB: Final = f"{PROJECT}vocab/"
SDG: Final = Namespace("http://metadata.un.org/sdg/")
SDGO: Final = Namespace("http://metadata.un.org/sdg/ontology#")
SDG_SCHEME: Final = "http://metadata.un.org/sdg"

PREFIXES: Final[dict[str, str]] = {
    "usdg": str(USDG),
    "usdgsh": str(USDGSH),
    "sdg": str(SDG),
    "sdgo": str(SDGO),
    "dash": "http://datashapes.org/dash#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "sdmx-attribute": "http://purl.org/linked-data/sdmx/2009/attribute#",
    "sdmx-code": "http://purl.org/linked-data/sdmx/2009/code#",
    "sdmx-dimension": "http://purl.org/linked-data/sdmx/2009/dimension#",
    "sdmx-measure": "http://purl.org/linked-data/sdmx/2009/measure#",
    "sh": "http://www.w3.org/ns/shacl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The prefixes of the JSON-LD context, Turtle and workbooks: published, so none is removed."""

RDF: Final = Namespace(PREFIXES["rdf"])
RDFS: Final = Namespace(PREFIXES["rdfs"])
XSD: Final = Namespace(PREFIXES["xsd"])

# Namespaces of single formats and protocols
ACTIVITY_STREAMS: Final = Namespace("https://www.w3.org/ns/activitystreams#")
ALTERNATES: Final = Namespace("http://www.w3.org/ns/dx/conneg/altr#")
ATOM_FEED: Final = Namespace("http://www.w3.org/2005/Atom")
BIBO: Final = Namespace("http://purl.org/ontology/bibo/")
EARL: Final = Namespace("http://www.w3.org/ns/earl#")
EDTF: Final = "http://id.loc.gov/datatypes/edtf/EDTF"
"""The datatype of intervals of the Extended Date/Time Format of the Library of Congress."""
ENTAILMENT: Final = Namespace("http://www.w3.org/ns/entailment/")
GEOSPARQL_FUNCTION: Final = Namespace("http://www.opengis.net/def/function/geosparql/")
HYDRA: Final = Namespace("http://www.w3.org/ns/hydra/core#")
LDES: Final = Namespace("https://w3id.org/ldes#")
OPENSEARCH_TERMS: Final = Namespace("http://a9.com/-/spec/opensearch/1.1/")
PROFILES: Final = Namespace("http://www.w3.org/ns/dx/prof/")
SCHEMA_HTTPS: Final = Namespace("https://schema.org/")
"""As search engines and profiles name it; the graph has the older `schema:`, with http."""
SERVICE_DESCRIPTION: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
TREE: Final = Namespace("https://w3id.org/tree#")
UNBIS: Final = Namespace("http://metadata.un.org/thesaurus/")
VANN: Final = Namespace("http://purl.org/vocab/vann/")
VOCAB_STATUS: Final = Namespace("http://www.w3.org/2003/06/sw-vocab-status/ns#")


@cache
def expanded(name: str) -> str:
    """Return the IRI of a name with a prefix, `usdg:budget`; raises KeyError."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


@lru_cache(maxsize=1024)
def shortened(iri: str) -> str:
    """Return the name with a prefix for an IRI, the IRI itself where there is none."""
    for prefix, space in PREFIXES.items():
        local = iri.removeprefix(space)
        if local != iri and local and "/" not in local and "#" not in local:
            return f"{prefix}:{local}"
    return iri
