"""Answers reconciliation queries from one version: candidates, ranking, and the answer as JSON."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, Final

from pyoxigraph import NamedNode

from urbansdg.endpoint.html.interface_texts import InterfaceTexts
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.reconcile.entity_codes import CodedEntity, EntityCodes
from urbansdg.endpoint.reconcile.entity_reader import EntityReader
from urbansdg.endpoint.reconcile.entity_types import (
    COUNTRY,
    TYPES,
    EntityType,
    type_of,
    with_narrower,
)
from urbansdg.endpoint.reconcile.names.candidate_ranking import (
    WHOLE,
    EntityScore,
    NamedEntity,
    RankingFacts,
    ranked,
)
from urbansdg.endpoint.reconcile.names.name_readings import NameReading, readings_of
from urbansdg.endpoint.reconcile.names.name_similarity import NameForm, forms_of
from urbansdg.endpoint.reconcile.property_agreement import PropertyConditions, identifying_terms
from urbansdg.endpoint.reconcile.query_batch import MalformedQuery, ReconciliationQuery
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.search.index_folder import SearchIndex

_POOL: Final = 20
"""How many candidates are ranked: the index finds names that share parts with a query."""

_SEARCHED_READINGS: Final = 3
_MOST_OF_PROPERTY: Final = 200
_UNSURE: Final = 95.0
"""The score of an entity whose code a text may be."""

_WITHOUT_NAME: Final = 60.0
"""The score of an entity of a query without a name, where all its properties agree."""

_NAMING: Final = frozenset(
    (f"{PREFIXES['skos']}prefLabel", f"{PREFIXES['skos']}altLabel", str(USDG.shortName))
)
_IDENTIFYING: Final = frozenset(
    (
        *(f"{PREFIXES['schema']}sameAs", f"{PREFIXES['skos']}notation"),
        *(USDG.unLocode, USDG.isoAlpha2, USDG.isoAlpha3, USDG.m49),
    )
)
"""Properties of which each value belongs to one entity."""


@dataclass(frozen=True, slots=True)
class TypeFilter:
    """The types that a query asks for; `strictness` as in the query."""

    types: tuple[EntityType, ...]
    strictness: str
    narrower: frozenset[EntityType]

    @classmethod
    def of(cls, query: ReconciliationQuery) -> "TypeFilter":
        """Return the types of a query; raises `MalformedQuery` for an unknown one."""
        types = []
        for identifier in query.types:
            known = type_of(identifier)
            if known is None:
                raise MalformedQuery(
                    f"Unknown type {identifier!r}: known are {', '.join(it.kind for it in TYPES)}."
                )
            types.append(known)
        return cls(tuple(types), query.strictness, frozenset(with_narrower(types)))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the index in which candidates are looked for."""
        is_open = not self.types or self.strictness == "should"
        return tuple(it.kind for it in TYPES if is_open or it in self.narrower)

    def has(self, types: Collection[EntityType]) -> bool:
        """Return whether an entity of some types has the types that are asked for."""
        if not self.types:
            return bool(types)
        if self.strictness == "all":
            return all(it in types for it in self.types)
        return not self.narrower.isdisjoint(types)

    def admits(self, types: Collection[EntityType]) -> bool:
        """Return whether an entity of some types may be a candidate."""
        return self.has(types) or (self.strictness == "should" and bool(types))


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Reconciles names with the entities of a version."""

    index: SearchIndex
    reader: EntityReader
    codes: EntityCodes

    def candidates(self, query: ReconciliationQuery) -> list[EntityScore]:
        """Return the candidates of a query, the best first.

        Raises `MalformedQuery` for a type or property that is unknown.
        """
        type_filter = TypeFilter.of(query)
        conditions = PropertyConditions.of(query.properties, self.reader)
        name = query.name.strip() or _name_among(conditions)
        coded = [*self._coded(name, type_filter), *self._identified(conditions, type_filter)]
        sure = [it for it in coded if it.is_sure]
        if sure or not name:
            iris = sure or [*map(CodedEntity, self._with_properties(conditions, type_filter))]
            return self._of_codes(iris, conditions, type_filter, whole=bool(sure))[: query.limit]
        readings = readings_of(name, self.reader.countries)
        if not readings:
            return []
        reader = self.reader
        facts = RankingFacts(
            reader.countries_of,
            cache(conditions.agreement),  # each way to read the name compares it
            reader.importance,
            reader.is_main_name,
        )
        entities = self._named(readings, type_filter)
        scores = ranked(readings, entities, conditions.countries, facts, query.limit)
        return _with_unsure(scores, coded, query.limit)

    def _coded(self, name: str, type_filter: TypeFilter) -> Iterator[CodedEntity]:
        for entity in self.codes.identified(name, type_filter.types or TYPES):
            if type_filter.admits(self.reader.types(entity.iri)):
                yield entity

    def _identified(
        self, conditions: PropertyConditions, type_filter: TypeFilter
    ) -> Iterator[CodedEntity]:
        """Yield the entities that a property of the query identifies."""
        for known, values in conditions.others:
            if known.iri in _IDENTIFYING:
                for value in values:
                    yield from self._coded(str(value), type_filter)

    def _with_properties(
        self, conditions: PropertyConditions, type_filter: TypeFilter
    ) -> Iterator[str]:
        """Yield entities with the properties of a query that has no name."""
        patterns = [
            (known.steps[0], term)
            for known, values in conditions.others
            if len(known.steps) == 1
            for value in values
            for term in identifying_terms(value)
        ]
        country = NamedNode(USDG.country)
        patterns += [(country, NamedNode(iri)) for iri in sorted(conditions.countries or ())]
        seen: dict[str, None] = {}
        for predicate, term in patterns:
            for quad in self.reader.store.quads_for_pattern(None, predicate, term, None):
                if isinstance(quad.subject, NamedNode):
                    seen[quad.subject.value] = None
                if len(seen) >= _MOST_OF_PROPERTY:
                    break
        yield from (iri for iri in seen if type_filter.admits(self.reader.types(iri)))

    def _of_codes(
        self,
        entities: Iterable[CodedEntity],
        conditions: PropertyConditions,
        type_filter: TypeFilter,
        *,
        whole: bool,
    ) -> list[EntityScore]:
        """Return the scores of entities whose names are not compared."""
        scores = []
        for iri in dict.fromkeys(entity.iri for entity in entities):
            agreement = conditions.agreement(iri)
            score = (WHOLE if whole else _WITHOUT_NAME) * (1.0 if agreement is None else agreement)
            in_country = conditions.is_met_by_country(iri)
            has_type = type_filter.has(self.reader.types(iri))
            scores.append(EntityScore(iri, score, 1.0, 0, in_country, agreement, has_type))
        scores.sort(key=lambda it: (-it.score, -self.reader.importance(it.iri), it.iri))
        if len(scores) == 1:
            (only,) = scores
            is_sure = only.score == WHOLE and only.in_country is not False and only.has_type
            return [replace(only, is_match=is_sure)]
        return scores

    def _named(self, readings: Sequence[NameReading], type_filter: TypeFilter) -> list[NamedEntity]:
        """Return the entities whose names are similar to a reading."""
        entities: dict[str, NamedEntity] = {}
        texts = list(dict.fromkeys(reading.text for reading in readings))
        texts = texts[:_SEARCHED_READINGS]
        for text in texts:
            for thing in self.index.candidates(text, type_filter.kinds, _POOL):
                if thing.iri not in entities:
                    types = _types_of(thing.kinds)
                    if type_filter.admits(types):
                        names = tuple(name for _, name in thing.names)
                        entities[thing.iri] = NamedEntity(
                            thing.iri, names, forms_of(names), type_filter.has(types)
                        )
            if COUNTRY.kind in type_filter.kinds:
                entities.update(self._countries(text, type_filter))
            letters = NameForm.of(text).letters
            if text != texts[-1] and any(entity.is_named(letters) for entity in entities.values()):
                break
        return list(entities.values())

    def _countries(self, text: str, type_filter: TypeFilter) -> dict[str, NamedEntity]:
        """Return the countries with a name similar to a text; the index lacks names of CLDR."""
        names, has_type = self.reader.countries.names, type_filter.has((COUNTRY,))
        similar = self.reader.countries.similar(text, _POOL)
        return {
            iri: NamedEntity(iri, names[iri], forms_of(names[iri]), has_type) for iri in similar
        }

    def to_json(
        self, score: EntityScore, preference: LanguagePreference, words: InterfaceTexts
    ) -> dict[str, Any]:
        """Return a candidate as a client reads it (section 4.2 of the specification)."""
        features: list[dict[str, object]] = [
            {"id": "name_similarity", "value": score.name_similarity},
            {"id": "typing_errors", "value": score.typos},
            {"id": "type", "value": score.has_type},
        ]
        if score.in_country is not None:
            features.append({"id": "country", "value": score.in_country})
        if score.agreement is not None:
            features.append({"id": "properties", "value": round(score.agreement, 4)})
        description = self.reader.description(score.iri, preference)
        return {
            "id": score.iri,
            "name": self.reader.name(score.iri, preference),
            **({"description": description} if description else {}),
            "type": [it.to_json(words) for it in self.reader.types(score.iri)],
            "score": score.score,
            "match": score.is_match,
            "features": features,
        }


@lru_cache(maxsize=256)
def _types_of(kinds: tuple[str, ...]) -> tuple[EntityType, ...]:
    return tuple(it for it in TYPES if it.kind in kinds)


def _name_among(conditions: PropertyConditions) -> str:
    """Return the name that a property of a query gives, "" where none does."""
    names = (str(values[0]) for known, values in conditions.others if known.iri in _NAMING)
    return next(names, "").strip()


def _with_unsure(
    scores: list[EntityScore], coded: Iterable[CodedEntity], limit: int
) -> list[EntityScore]:
    """Raise the scores of entities whose code the text may be; their names are less alike."""
    by_iri = {it.iri: it for it in scores}
    for iri in dict.fromkeys(it.iri for it in coded):
        known = by_iri.get(iri)
        if known is None or known.score < _UNSURE:
            by_iri[iri] = EntityScore(iri, _UNSURE, 1.0, 0)
    ordered = sorted(by_iri.values(), key=lambda it: -it.score)[:limit]
    return [*ordered[:1], *(replace(it, is_match=False) for it in ordered[1:])]
