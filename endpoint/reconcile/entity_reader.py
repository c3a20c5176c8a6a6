"""What the service reads of entities from one version, each entity once.

Names for people come by language; the country and the importance of an entity rank it among its
namesakes; its description tells namesakes apart.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final, Self

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.html.language_lookup import LanguagePreference, local_name, names
from urbansdg.endpoint.html.page_values import plain
from urbansdg.endpoint.html.preferred_sources import NAMING, outranked
from urbansdg.endpoint.reconcile.entity_types import COUNTRY, TYPES, EntityType
from urbansdg.endpoint.reconcile.names.country_hints import CountryNames
from urbansdg.endpoint.reconcile.names.name_similarity import NameForm
from urbansdg.ontology.graph_precedence import POSITIONS
from urbansdg.ontology.namespaces import PREFIXES, SDGO, USDG
from urbansdg.store import ReadableGraph

_TYPE: Final = NamedNode(PREFIXES["rdf"] + "type")
_COUNTRY: Final = NamedNode(USDG.country)
_LEAD_CITY: Final = NamedNode(USDG.leadCity)
_POPULATION: Final = NamedNode(USDG.population)
_VALUE: Final = NamedNode(PREFIXES["sdmx-measure"] + "obsValue")
_CODE: Final = NamedNode(PREFIXES["skos"] + "notation")
_COMPACT: Final = NamedNode(SDGO.SDGCodeCompact)
_ALPHA3: Final = NamedNode(USDG.isoAlpha3)
_NAMINGS: Final = (*NAMING, NamedNode(PREFIXES["skos"] + "altLabel"))
_ENTITIES: Final = 1 << 13
_MOST: Final = 50
"""The most values that are read of a property, and the most links that count as importance."""

ValueTerm = NamedNode | Literal


class EntityReader:
    """The entities of a version of the graph; several threads may read at once.

    Each of these is read once, as far as memory is kept for it:

    - `types(iri)`: the types of an entity, none for what is no entity of the service;
    - `label(iri, preference)`: the name of a thing in the language that a reader prefers;
    - `names(iri)`: all its names, its other names included;
    - `main_names(iri)`: the letters of its names, without its other names;
    - `countries_of(iri)`: the country of a city, of the cities of a policy, the country itself;
    - `importance(iri)`: what puts an entity before its namesakes, the population or links to it;
    - `description(iri, preference)`: what tells it from its namesakes, its places or its code.
    """

    def __init__(self, store: ReadableGraph, countries: CountryNames) -> None:
        """Read a version with these countries."""
        self.store, self.countries = store, countries
        self.types = lru_cache(_ENTITIES)(self._types)
        self.label = lru_cache(_ENTITIES)(self._label)
        self.names = lru_cache(_ENTITIES)(self._names)
        self.main_names = lru_cache(_ENTITIES)(self._main_names)
        self.countries_of = lru_cache(_ENTITIES)(self._countries_of)
        self.importance = lru_cache(_ENTITIES)(self._importance)
        self.description = lru_cache(_ENTITIES)(self._description)

    @classmethod
    def of(cls, store: ReadableGraph) -> Self:
        """Begin to read a version: its countries."""
        return cls(store, CountryNames.of(store))

    def values(self, iri: str, *path: NamedNode) -> tuple[ValueTerm, ...]:
        """Return the values at the end of a path of properties, a bounded number."""
        subjects: list[ValueTerm] = [NamedNode(iri)]
        for step in path:
            subjects = [value for subject in subjects for value in self._objects(subject, step)][
                :_MOST
            ]
        return tuple(dict.fromkeys(subjects))

    def _objects(self, subject: ValueTerm, predicate: NamedNode) -> Iterator[ValueTerm]:
        """Yield the values of a property, of a position those of the preferred source."""
        if isinstance(subject, NamedNode):
            pattern = self.store.quads_for_pattern(subject, predicate, None, None)
            quads = list(islice(pattern, 2 * _MOST))
            dropped = outranked(quads) if predicate in POSITIONS else ()
            for quad in quads:
                if isinstance(quad.object, NamedNode | Literal) and quad.triple not in dropped:
                    yield quad.object

    def _types(self, iri: str) -> tuple[EntityType, ...]:
        classes = {value.value for value in self.values(iri, _TYPE)}
        return tuple(it for it in TYPES if it.iri in classes)

    def _label(self, iri: str, preference: LanguagePreference) -> Literal | None:
        return preference.choose(names(self.store, NamedNode(iri)))

    def name(self, iri: str, preference: LanguagePreference) -> str:
        """Return the name of a thing in the language that a reader prefers."""
        label = self.label(iri, preference)
        return plain(label.value) if label is not None else local_name(iri)

    def language(self, iri: str, preference: LanguagePreference) -> str | None:
        """Return the language of that name, None where it has none."""
        label = self.label(iri, preference)
        return None if label is None else label.language

    def _names(self, iri: str) -> tuple[str, ...]:
        terms = (value for naming in _NAMINGS for value in self.values(iri, naming))
        return tuple(dict.fromkeys(term.value for term in terms if isinstance(term, Literal)))

    def _main_names(self, iri: str) -> frozenset[str]:
        terms = (value for naming in NAMING for value in self.values(iri, naming))
        return frozenset(NameForm.of(it.value).letters for it in terms if isinstance(it, Literal))

    def is_main_name(self, iri: str, letters: str) -> bool:
        """Return whether a name is one by which an entity goes, not another name that it has."""
        return letters in self.main_names(iri)

    def _countries_of(self, iri: str) -> frozenset[str]:
        if iri in self.countries.names:
            return frozenset((iri,))
        own = self.values(iri, _COUNTRY) or self.values(iri, _LEAD_CITY, _COUNTRY)
        return frozenset(value.value for value in own if isinstance(value, NamedNode))

    def _importance(self, iri: str) -> float:
        counts = [_number(value) for value in self.values(iri, _POPULATION, _VALUE)]
        links = self.store.quads_for_pattern(None, None, NamedNode(iri), None)
        return max(counts, default=0.0) + sum(1 for _ in islice(links, _MOST))

    def _description(self, iri: str, preference: LanguagePreference) -> str:
        types = self.types(iri)
        if types and types[0] is COUNTRY:
            return ", ".join(value.value for value in self.values(iri, _ALPHA3))
        cities = [value.value for value in self.values(iri, _LEAD_CITY)]
        places = [*cities[:3], *sorted(self.countries_of(iri))[:3]]
        codes = sorted(code.value for code in self.values(iri, _CODE) if _is_compact(code))
        return ", ".join((*codes, *(self.name(place, preference) for place in places)))


def _number(value: ValueTerm) -> float:
    try:
        return float(value.value)
    except ValueError:
        return 0.0


def _is_compact(code: ValueTerm) -> bool:
    return isinstance(code, Literal) and code.datatype == _COMPACT
