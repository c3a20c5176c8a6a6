"""How far the properties of an entity agree with those that a query gives."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.reconcile.entity_properties import (
    COUNTRY_OF,
    EntityProperty,
    property_of,
)
from urbansdg.endpoint.reconcile.entity_reader import EntityReader, ValueTerm
from urbansdg.endpoint.reconcile.names.name_similarity import NameForm, similarity
from urbansdg.endpoint.reconcile.query_batch import MalformedQuery, PropertyCondition, Value

_SAME: Final = 0.85
"""Names that are less similar are of other things."""

_MOST_TERMS: Final = 20
_MOST_NAMES: Final = 50
"""Values of an entity, and names of a value, that are compared: more would take seconds."""

_NEAR: Final = 0.01
"""The part by which two equal measures may differ."""


@dataclass(frozen=True, slots=True)
class PropertyConditions:
    """The properties of a query: the countries that it names, and the other conditions.

    `countries` is None where the query names none; it is empty where its country is unknown.
    """

    reader: EntityReader
    countries: frozenset[str] | None
    others: tuple[tuple[EntityProperty, tuple[Value, ...]], ...]

    @classmethod
    def of(
        cls, conditions: Iterable[PropertyCondition], reader: EntityReader
    ) -> "PropertyConditions":
        """Return the conditions of a query; raises `MalformedQuery` for an unknown property."""
        countries: frozenset[str] | None = None
        others = []
        for condition in conditions:
            known = property_of(condition.identifier)
            if known is None:
                raise MalformedQuery(f"Unknown property {condition.identifier!r}.")
            if known is COUNTRY_OF and condition.values:
                countries = frozenset(_countries(condition.values, reader))
            elif condition.values:
                others.append((known, condition.values))
        return cls(reader, countries, tuple(others))

    def is_met_by_country(self, iri: str) -> bool | None:
        """Return whether an entity lies in a country of the query, None where that is unknown."""
        of_entity = self.reader.countries_of(iri)
        if self.countries is None or not of_entity:
            return None
        return not of_entity.isdisjoint(self.countries)

    def agreement(self, iri: str) -> float | None:
        """Return the part of the conditions that an entity meets, None where nothing is known."""
        parts = [
            max(self._likeness(term, value) for term in terms[:_MOST_TERMS] for value in values)
            for known, values in self.others
            if (terms := self.reader.values(iri, *known.steps))
        ]
        return sum(parts) / len(parts) if parts else None

    def _likeness(self, term: ValueTerm, value: Value) -> float:
        """Return how alike a value of the graph and one of the query are, from 0 to 1."""
        if isinstance(term, Literal):
            return _of_literal(term, value)
        text = str(value).strip()
        if text == term.value or term.value.rstrip("/").endswith((f"/{text}", f"#{text}")):
            return 1.0
        form = NameForm.of(text)
        names = self.reader.names(term.value)[:_MOST_NAMES]
        best = max((similarity(form, NameForm.of(name)) for name in names), default=0.0)
        return best if best >= _SAME else 0.0


def _countries(values: Iterable[Value], reader: EntityReader) -> Iterator[str]:
    for value in values:
        text = str(value).strip()
        if text in reader.countries.names:
            yield text
        else:
            yield from reader.countries.nearest(text)


def _of_literal(term: Literal, value: Value) -> float:
    number = _number(term.value)
    other = value if isinstance(value, int | float) else _number(value)
    if number is not None and other is not None:
        return 1.0 if abs(number - other) <= _NEAR * max(abs(number), abs(other)) else 0.0
    likeness = similarity(NameForm.of(term.value), NameForm.of(str(value)))
    return likeness if likeness >= _SAME else 0.0


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def identifying_terms(value: Value) -> Iterator[NamedNode | Literal]:
    """Yield the terms of the graph that a value may stand for as it is: an IRI, a plain text."""
    text = str(value).strip()
    if text.startswith(("http://", "https://")):
        try:
            yield NamedNode(text)
        except ValueError:
            return
    else:
        yield Literal(text)
