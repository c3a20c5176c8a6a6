"""Data extension: the values of properties of entities (section 7 of the specification)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.html.interface_texts import InterfaceTexts
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.page_values import plain
from urbansdg.endpoint.reconcile.entity_properties import (
    EntityProperty,
    properties_of,
    property_of,
)
from urbansdg.endpoint.reconcile.entity_reader import EntityReader, ValueTerm
from urbansdg.endpoint.reconcile.entity_types import EntityType
from urbansdg.endpoint.reconcile.json_objects import json_object
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.namespaces import PREFIXES, shortened

_XSD: Final = PREFIXES["xsd"]
_INTEGERS: Final = frozenset(
    _XSD + name
    for name in ("integer", "int", "long", "short", "byte", "gYear", "nonNegativeInteger")
)
_FLOATS: Final = frozenset(_XSD + name for name in ("decimal", "double", "float"))
_DATES: Final = {f"{_XSD}date": "T00:00:00Z", f"{_XSD}dateTime": ""}
_MOST_ENTITIES: Final = 1_000
_MOST_PROPERTIES: Final = 50
_LONGEST: Final = 4_096
_SAFE_INTEGER: Final = 2**53
"""Larger integers lose digits in the JSON of most clients: they are written as text."""


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """A data extension query: the identifiers of entities, and the properties as they are named."""

    identifiers: tuple[str, ...]
    properties: tuple[tuple[str, EntityProperty], ...]


def extension_request(text: str) -> ExtensionRequest:
    """Return the query of the parameter `extend`; raises `Fault` (400, 413)."""
    members = json_object(text, "extend")
    ids, properties = _strings(members.get("ids")), _objects(members.get("properties"))
    if ids is None or properties is None:
        raise fault(
            400,
            "`extend` has no array of strings `ids`, or no array of objects `properties`.",
            'Send extend={"ids": ["IRI"], "properties": [{"id": "usdg:country"}]}.',
        )
    if len(ids) > _MOST_ENTITIES or len(properties) > _MOST_PROPERTIES:
        raise fault(
            413,
            f"`extend` has more than {_MOST_ENTITIES} ids or {_MOST_PROPERTIES} properties.",
            "Send several requests.",
        )
    named = tuple(_property(it) for it in properties)
    return ExtensionRequest(tuple(dict.fromkeys(ids)), tuple(dict(named).items()))


def _strings(value: object) -> list[str] | None:
    strings = [it for it in value if isinstance(it, str)] if isinstance(value, list) else []
    return strings if isinstance(value, list) and len(strings) == len(value) else None


def _objects(value: object) -> list[dict[str, Any]] | None:
    objects = [it for it in value if isinstance(it, dict)] if isinstance(value, list) else []
    return objects if isinstance(value, list) and len(objects) == len(value) else None


def _property(requested: dict[str, Any]) -> tuple[str, EntityProperty]:
    identifier = requested.get("id")
    known = (
        property_of(identifier)
        if isinstance(identifier, str) and len(identifier) <= _LONGEST
        else None
    )
    if not isinstance(identifier, str) or known is None:
        raise fault(
            400,
            f"Unknown property {str(identifier)[:200]!r}.",
            "See /reconcile/properties for the properties.",
        )
    return identifier, known


@dataclass(frozen=True, slots=True)
class DataExtension:
    """Reads the properties of entities for a reader."""

    reader: EntityReader
    preference: LanguagePreference
    words: InterfaceTexts

    def answer(self, request: ExtensionRequest) -> dict[str, Any]:
        """Return the metadata and the rows; an unknown entity has no values."""
        rows = {
            iri: {name: self.values(iri, known) for name, known in request.properties}
            for iri in request.identifiers
        }
        meta = [self._meta(name, known) for name, known in request.properties]
        return {"meta": meta, "rows": rows}

    def proposals(self, types: Iterable[EntityType]) -> list[dict[str, str]]:
        """Return the properties that are proposed for entities of some types."""
        return [{"id": it.iri, "name": self.name(it)} for it in properties_of(types)]

    def name(self, known: EntityProperty) -> str:
        """Return the name of a property in the reader's language."""
        term = self.words.term(shortened(known.iri))
        return term or self.reader.name(known.iri, self.preference)

    def _meta(self, identifier: str, known: EntityProperty) -> dict[str, Any]:
        meta: dict[str, Any] = {"id": identifier, "name": self.name(known)}
        if known.value_type:
            name = self.words.term(shortened(known.value_type))
            name = name or self.reader.name(known.value_type, self.preference)
            meta["type"] = {"id": known.value_type, "name": name}
        return meta

    def values(self, iri: str, known: EntityProperty) -> list[dict[str, object]]:
        """Return the values of a property, texts in the language that the reader prefers."""
        try:
            terms = self.reader.values(iri, *known.steps)
        except ValueError:  # no IRI
            return []
        texts = [term for term in terms if isinstance(term, Literal) and term.language]
        best = self.preference.choose(texts)
        other = {text for text in texts if best is None or text.language != best.language}
        return [
            self._value(term, is_entity=bool(known.value_type))
            for term in terms
            if term not in other
        ]

    def _value(self, term: ValueTerm, *, is_entity: bool) -> dict[str, object]:
        """Return a value as JSON (section 3.4 of the specification)."""
        if isinstance(term, NamedNode):
            if is_entity or self.reader.names(term.value):
                return {"id": term.value, "name": self.reader.name(term.value, self.preference)}
            return {"str": term.value}
        return _of_literal(term)


def _of_literal(term: Literal) -> dict[str, object]:
    datatype, text = term.datatype.value, term.value
    try:
        if datatype in _INTEGERS and abs(int(text)) < _SAFE_INTEGER:
            return {"int": int(text)}
        if datatype in _FLOATS:
            number = float(text)
            if number.is_integer() and datatype.endswith("decimal") and abs(number) < _SAFE_INTEGER:
                return {"int": int(number)}
            if number - number == 0:  # neither infinite nor NaN, which JSON cannot have
                return {"float": number}
    except ValueError:  # the graph has what its datatype does not allow
        return {"str": plain(text)}
    if datatype in _DATES and text[:4].isdecimal():
        return {"date": text.partition("+")[0].removesuffix("Z") + (_DATES[datatype] or "Z")}
    return {"str": plain(text)}
