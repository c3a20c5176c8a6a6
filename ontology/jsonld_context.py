"""The JSON-LD context of the vocabulary, which makes a plain JSON policy RDF.

It is derived from the ontology, so that a term and its datatype are defined once (JSON-LD 1.1, 4.2:
type coercion, language maps).
"""

from functools import cache
from importlib.resources import files
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.namespaces import PREFIXES, USDG

Definition = str | dict[str, str]
_TEXT: Final = f"{PREFIXES['rdf']}langString"
_OF_OTHERS: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("source", "homepage", "sameAs", "broadMatch", "hasGeometry", "hasBoundingBox"), "@id"
    ),
    **dict.fromkeys(("organization", "hasTarget", "hasBody", "motivatedBy", "dataSet"), "@id"),
    **dict.fromkeys(("contentUrl", "license", "hasEmail", "hasTelephone", "hasURL"), "@id"),
    **dict.fromkeys(("title", "abstract", "description", "prefLabel", "altLabel"), "@language"),
    **dict.fromkeys(("unitMeasure", "value"), "@language"),
    **dict.fromkeys(("lat", "long", "obsValue"), f"{PREFIXES['xsd']}decimal"),
    "refPeriod": f"{PREFIXES['xsd']}gYear",
    "asWKT": f"{PREFIXES['gsp']}wktLiteral",
    "fn": "",
    "inLanguage": "",
    **dict.fromkeys(
        ("issued", "created", "date", "startDate", "endDate"), f"{PREFIXES['xsd']}date"
    ),
    "duration": f"{PREFIXES['xsd']}duration",
    **dict.fromkeys(("structure", "isIndicatorOf", "isTargetOf", "isPartOf"), "@id"),
    **dict.fromkeys(("refArea", "sex", "obsStatus"), "@id"),
    **dict.fromkeys(("age", "educationLev", "occupation"), ""),
}
"""Terms of other vocabularies: IRI, text with a language, datatype, or plain string."""
_VOCABULARIES: Final[dict[str, tuple[str, ...]]] = {
    "dcterms": (
        "source",
        "isPartOf",
        "title",
        "abstract",
        "description",
        "license",
        "issued",
        "created",
        "date",
    ),
    "dcat": ("startDate", "endDate"),
    "sdgo": ("isIndicatorOf", "isTargetOf"),
    "foaf": ("homepage",),
    "skos": ("broadMatch", "prefLabel", "altLabel"),
    "gsp": ("hasGeometry", "hasBoundingBox", "asWKT"),
    "org": ("organization",),
    "oa": ("hasTarget", "hasBody", "motivatedBy"),
    "qb": ("dataSet", "structure"),
    "schema": ("sameAs", "contentUrl", "inLanguage", "duration"),
    "vcard": ("hasEmail", "hasTelephone", "hasURL", "fn"),
    "sdmx-dimension": ("refArea", "refPeriod", "sex", "age", "educationLev", "occupation"),
    "sdmx-measure": ("obsValue",),
    "sdmx-attribute": ("unitMeasure", "obsStatus"),
    "rdf": ("value",),
    "geo": ("lat", "long"),
}
_CLASSES: Final = {
    "Organization": "org:Organization",
    "Membership": "org:Membership",
    "Opinion": "oa:Annotation",
    "TextualBody": "oa:TextualBody",
    "Observation": "qb:Observation",
    "DataSet": "qb:DataSet",
    "Image": "schema:ImageObject",
    "Video": "schema:VideoObject",
    "Document": "schema:DigitalDocument",
    "Office": "vcard:Organization",
    "Person": "vcard:Individual",  # named, so that plain JSON with a person is refused and not lost
    "Geometry": "gsp:Geometry",
    **{name: f"sdgo:{name}" for name in ("Goal", "Target", "Indicator", "Series")},
    "Concept": "skos:Concept",
}


@cache
def context() -> dict[str, Definition]:
    """Return the context: prefixes, `id` and `type`, and a name for each term."""
    named: dict[str, Definition] = {"id": "@id", "type": "@type", **PREFIXES, **_CLASSES}
    for prefix, names in _VOCABULARIES.items():
        for name in names:
            named[name] = _definition(PREFIXES[prefix] + name, _OF_OTHERS[name])
    return named | _own()


def _own() -> dict[str, Definition]:
    """Return the definitions of the ontology's own terms."""
    source = files(__package__ or "").joinpath("ontology.ttl").read_bytes()
    store = ox.Store()
    store.load(source, format=ox.RdfFormat.TURTLE)
    definitions: dict[str, Definition] = {}
    for quad in store.quads_for_pattern(None, _node("rdfs", "isDefinedBy"), None, None):
        if isinstance(quad.subject, ox.NamedNode):
            name = quad.subject.value.removeprefix(str(USDG))
            definitions[name] = _definition(quad.subject.value, _kind(store, quad.subject))
    return dict(sorted(definitions.items()))


def _kind(store: ox.Store, term: ox.NamedNode) -> str:
    """Return the type of a term's values: `@id`, `@language`, a datatype, or "" for none."""
    if _is(store, term, "ObjectProperty"):
        return "@id"
    if not _is(store, term, "DatatypeProperty"):
        return ""
    ranges = store.quads_for_pattern(term, _node("schema", "rangeIncludes"), None, None)
    iris = [quad.object.value for quad in ranges if isinstance(quad.object, ox.NamedNode)]
    if iris == [_TEXT]:
        return "@language"
    return "" if iris == [f"{PREFIXES['xsd']}string"] else iris[0]


def _definition(iri: str, kind: str) -> Definition:
    if not kind:
        return iri
    if kind == "@language":
        return {"@id": iri, "@container": "@language"}
    return {"@id": iri, "@type": kind}


def _is(store: ox.Store, term: ox.NamedNode, kind: str) -> bool:
    return ox.Quad(term, _node("rdf", "type"), _node("owl", kind)) in store


def _node(prefix: str, name: str) -> ox.NamedNode:
    return ox.NamedNode(PREFIXES[prefix] + name)
