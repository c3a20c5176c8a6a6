"""A place as GeoJSON (RFC 7946), for maps."""

import json
import re
from typing import Final

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.preferred_sources import preferred_names
from urbansdg.endpoint.linked_data.document import Document
from urbansdg.ontology.namespaces import PREFIXES

_WKT: Final = NamedNode(f"{PREFIXES['gsp']}asWKT")
_AXES: Final = tuple(NamedNode(PREFIXES["geo"] + name) for name in ("long", "lat"))
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_KINDS: Final = {
    kind.upper(): kind
    for kind in ("Point", "LineString", "Polygon", "MultiLineString", "MultiPolygon")
}
_TEXT: Final = re.compile(
    r"\s*(?:<http://www\.opengis\.net/def/crs/OGC/1\.3/CRS84>)?\s*(\w+)\s*(\(.*\))\s*"
)
_NUMBER: Final = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_POSITION: Final = re.compile(rf"({_NUMBER})\s+({_NUMBER})")
_LONGEST: Final = 1 << 22


def geometry(document: Document) -> dict[str, object] | None:
    """Return the geometry of a thing: its WKT, else its longitude and latitude, else None."""
    parts = (triple for part in document.parts.values() for triple in part)
    preferred = [triple for triple in (*document.own, *parts) if triple not in document.outranked]
    for triple in preferred:
        if triple.predicate == _WKT and isinstance(triple.object, Literal):
            geometry_of_text = _of_wkt(triple.object.value)
            if geometry_of_text is not None:
                return geometry_of_text
    subject = NamedNode(document.iri)
    by_name = {triple.predicate: triple.object for triple in preferred if triple.subject == subject}
    axes = [literal.value for name in _AXES if isinstance(literal := by_name.get(name), Literal)]
    return _of_wkt(f"POINT({' '.join(axes)})") if len(axes) == len(_AXES) else None


def feature(document: Document, reader: LanguagePreference, place: dict[str, object]) -> bytes:
    """Return a place as a feature, with its name in the reader's language and all its names."""
    texts = preferred_names(triple for triple in document.own if triple not in document.outranked)
    names = [text for text in texts if text.language]
    name = reader.choose(texts)
    kinds = [triple.object for triple in document.own if triple.predicate == _TYPE]
    document_json = {
        "type": "Feature",
        "id": document.iri,
        "geometry": place,
        "properties": {
            "name": name.value if name else None,
            "names": {name.language: name.value for name in names},
            "types": [kind.value for kind in kinds if isinstance(kind, NamedNode)],
        },
    }
    return json.dumps(document_json, ensure_ascii=False, indent=1).encode()


def _of_wkt(text: str) -> dict[str, object] | None:
    """Return a WKT geometry, longitude first, as GeoJSON; None for an unsupported one."""
    match = _TEXT.fullmatch(text) if len(text) <= _LONGEST else None
    kind = _KINDS.get(match[1].upper()) if match else None
    if match is None or kind is None:
        return None
    listed = _POSITION.sub(r"[\1,\2]", match[2]).replace("(", "[").replace(")", "]")
    try:
        coordinates = json.loads(listed)
    except (ValueError, RecursionError):
        return None
    if kind == "Point":
        coordinates = coordinates[0] if coordinates else []
    return {"type": kind, "coordinates": coordinates}
