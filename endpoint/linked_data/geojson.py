"""A place as GeoJSON (RFC 7946), for maps."""

import json
import re
from collections.abc import Iterable
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from urbansdg.endpoint.html.language_lookup import NAMING, LanguagePreference
from urbansdg.endpoint.linked_data.document import Document
from urbansdg.ontology.namespaces import PREFIXES

_WKT: Final = NamedNode(f"{PREFIXES['gsp']}asWKT")
_AXES: Final = tuple(NamedNode(PREFIXES["geo"] + name) for name in ("long", "lat"))
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_KINDS: Final = {
    each.upper(): each
    for each in ("Point", "LineString", "Polygon", "MultiLineString", "MultiPolygon")
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
    for triple in (*document.own, *parts):
        if triple.predicate == _WKT and isinstance(triple.object, Literal):
            found = _of_wkt(triple.object.value)
            if found is not None:
                return found
    told = {triple.predicate: triple.object for triple in document.own}
    axes = [each.value for name in _AXES if isinstance(each := told.get(name), Literal)]
    return _of_wkt(f"POINT({' '.join(axes)})") if len(axes) == len(_AXES) else None


def feature(document: Document, reader: LanguagePreference, place: dict[str, object]) -> bytes:
    """Return a place as a feature, with its name in the reader's language and all its names."""
    names = [each for each in _texts(document.own) if each.language]
    name = reader.choose(_texts(document.own))
    kinds = [each.object for each in document.own if each.predicate == _TYPE]
    told = {
        "type": "Feature",
        "id": document.iri,
        "geometry": place,
        "properties": {
            "name": name.value if name else None,
            "names": {each.language: each.value for each in names},
            "types": [each.value for each in kinds if isinstance(each, NamedNode)],
        },
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _texts(told: Iterable[Triple]) -> list[Literal]:
    return [
        triple.object
        for naming in NAMING
        for triple in told
        if triple.predicate == naming and isinstance(triple.object, Literal)
    ]


def _of_wkt(text: str) -> dict[str, object] | None:
    """Return a WKT geometry, longitude first, as GeoJSON; None for an unsupported one."""
    found = _TEXT.fullmatch(text) if len(text) <= _LONGEST else None
    kind = _KINDS.get(found[1].upper()) if found else None
    if found is None or kind is None:
        return None
    listed = _POSITION.sub(r"[\1,\2]", found[2]).replace("(", "[").replace(")", "]")
    try:
        coordinates = json.loads(listed)
    except (ValueError, RecursionError):
        return None
    if kind == "Point":
        coordinates = coordinates[0] if coordinates else []
    return {"type": kind, "coordinates": coordinates}
