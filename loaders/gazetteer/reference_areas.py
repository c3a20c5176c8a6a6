"""The area that a statistical value is about: a city, a part of one, a region, a country.

A row is about the area that it names. `--city` stands for an empty cell only; a name that nothing
in the graph has is a problem, so that no value is stated of another place. Codes: ISO 3166-1 and
3166-2, UN M49, UN/LOCODE, Wikidata, and the keys of the graph.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.gazetteer.city_gazetteer import AMBIGUOUS, City, Gazetteer
from urbansdg.loaders.gazetteer.graph_places import AreaKind, GraphPlace, GraphPlaces, iri_of
from urbansdg.loaders.parse.facts import LISTED, Cell, ReadResult, Record
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.tables.country_names import (
    alpha2_of,
    alpha3_of,
    country_part,
    whole_country,
)
from urbansdg.loaders.tables.places import city_area
from urbansdg.ontology.iris import Iris, slug

NOT_IN_GRAPH: Final = "area-not-in-graph"
AMBIGUOUS_AREA: Final = "ambiguous-area"
NO_AREA: Final = "no-area"
_OMITTED: Final = "The row was ignored."
_CODE: Final = re.compile(r"[A-Z]{2,3}")
_SUBDIVISION: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_M49: Final = re.compile(r"[0-9]{1,3}")
_LOCODE: Final = re.compile(r"([A-Z]{2}) ?([A-Z2-9]{3})")
_ITEM: Final = re.compile(r"(?:https?://www\.wikidata\.org/(?:entity|wiki)/)?(Q[1-9][0-9]*)")
_GEONAMES: Final = re.compile(r"https?://(?:sws|www)\.geonames\.org/([1-9][0-9]*)\b.*")


class AreaContext(Protocol):
    """What the search for areas needs of the context of a load."""

    @property
    def iris(self) -> Iris:
        """The IRIs of the graph."""

    def gazetteer(self) -> Gazetteer:
        """Return the cities and other places of the graph."""


@dataclass(frozen=True, slots=True)
class ReferenceArea:
    """The area of a value: its IRI, and `key`, its part of the IRI of an observation.

    The key of a city is its key in the graph. Every other key has a full stop, which no city's key
    has before its first hyphen: `country.KOR`, `2643743.hackney`. `record` is that of a new city
    area; `facts` states it.
    """

    iri: str
    key: str
    kind: AreaKind
    record: Record | None = field(default=None, compare=False)

    def facts(self, iris: Iris) -> Iterator[ReadResult]:
        """Yield the facts of the area that the source has to state; none for a known one."""
        if self.record is not None:
            yield from city_area(self.record, iris)


@dataclass(slots=True)
class ReferenceAreas:
    """Finds the areas of values by the texts of cells; each text is looked up once.

    `language` is that of the names of new areas, `und` if it is not known.
    """

    context: AreaContext
    language: str = "und"
    _known: dict[tuple[str, str | None, str | None, bool], ReferenceArea | Problem] = field(
        default_factory=dict, init=False
    )
    _parts: dict[tuple[str, str], ReferenceArea] = field(default_factory=dict, init=False)
    _cities: Gazetteer | None = field(default=None, init=False)

    def find(
        self,
        cell: Cell,
        *,
        city: str | None = None,
        within: str | None = None,
        expects_city: bool = False,
    ) -> ReferenceArea | Problem:
        """Return the area that a cell names, or a warning that its row is left out.

        `city` is the key of the city that an empty cell stands for; `within` the alpha-3 code of
        the country of the place. With `expects_city`, as in a column with that title, the main name
        of a city that is also that of a country is the city: Singapore, but not Mexico.
        """
        text = " ".join(cell.text.split())
        if not text and city is not None:
            return self.of_city(city)
        arguments = text, city, within, expects_city
        if arguments not in self._known:
            search = _Search(replace(cell, text=text), city, within or "", expects_city)
            self._known[arguments] = self._find(search)
        outcome = self._known[arguments]
        return replace(outcome, place=cell.place) if isinstance(outcome, Problem) else outcome

    def of_city(self, key: str) -> ReferenceArea:
        """Return the city with a key as an area."""
        return ReferenceArea(self.context.iris.city(key), key, AreaKind.CITY)

    def area_of_city(self, cell: Cell, city: str) -> ReferenceArea | Problem:
        """Return the area of a city with a name: a ward, district or borough.

        It is an area of the graph, or a new one whose facts the source has to state.
        """
        if not slug(cell.text):
            return _omission(cell, NO_AREA, "names no area", "Write the name of the area")
        return self._area_named(cell, city)

    def _area_named(self, cell: Cell, city: str) -> ReferenceArea:
        name = " ".join(cell.text.replace(LISTED.strip(), "/").split())
        identity = city, slug(name)
        if identity not in self._parts:
            known = self._area_of_another_source(name, city)
            self._parts[identity] = known or self._new_area(name, city, cell.place)
        return self._parts[identity]

    def _new_area(self, name: str, city: str, place: Place) -> ReferenceArea:
        key = f"{city}-{slug(name)}"
        label = {"en": name} if self.language == "en" else {"other": f"{self.language}:{name}"}
        record = Record(place, {"key": key, "city": city, **label})
        kind = AreaKind.CITY_AREA
        return ReferenceArea(
            iri_of(kind, key, self.context.iris), _key(kind, key, city), kind, record
        )

    def _area_of_another_source(self, name: str, city: str) -> ReferenceArea | None:
        """Return an area of the graph with another key, which this source has not stated."""
        own = f"{city}-{slug(name)}"
        for place in self.places.named(name, AreaKind.CITY_AREA):
            if place.city == city and place.code != own:
                return self._of(place)
        return None

    @property
    def cities(self) -> Gazetteer:
        """The cities of the graph."""
        if self._cities is None:
            self._cities = self.context.gazetteer()
        return self._cities

    @property
    def places(self) -> GraphPlaces:
        """The other places of the graph."""
        return self.cities.places

    def _of(self, place: GraphPlace) -> ReferenceArea:
        iri = iri_of(place.kind, place.code, self.context.iris)
        return ReferenceArea(iri, _key(place.kind, place.code, place.city), place.kind)

    def _find(self, search: "_Search") -> ReferenceArea | Problem:
        if not search.text:
            return _omission(search.cell, NO_AREA, "names no place", "Write it, or give --city")
        steps: tuple[_Step, ...] = (
            self._own_city,
            self._by_key,
            self._by_code,
            self._part_of_country,
        )
        outcomes = (step(search) for step in steps)
        first = next((outcome for outcome in outcomes if outcome is not None), None)
        outcome = first or self._by_name(search)
        if isinstance(outcome, ReferenceArea):
            self.cities.answers[search.text, search.within] = outcome.key
        return outcome

    def _own_city(self, search: "_Search") -> ReferenceArea | None:
        """Return the city given for the source, or its area, if the text names it."""
        known = self.cities.by_key.get(search.city or "")
        if known is None:
            return None
        if search.text == known.key or comparison_key(search.text) in known.names:
            return self.of_city(known.key)
        areas = self.places.named(search.text, AreaKind.CITY_AREA)
        if any(area.city == known.key for area in areas):
            return self._area_named(search.cell, known.key)
        return None

    def _by_key(self, search: "_Search") -> ReferenceArea | None:
        return self.of_city(search.text) if search.text in self.cities.by_key else None

    def _by_code(self, search: "_Search") -> ReferenceArea | Problem | None:
        if search.expects_city and self.cities.find(search.text, search.within):
            return None  # the name of a city that looks like a code
        ways = (
            (_CODE, self._country_or_region),
            (_SUBDIVISION, self._region),
            (_M49, self._m49_area),
            (_ITEM, self._wikidata_item),
            (_GEONAMES, self._geonames_feature),
            (_LOCODE, self._locode),
        )
        matches = ((way, pattern.fullmatch(search.text)) for pattern, way in ways)
        return next((way(search, match) for way, match in matches if match), None)

    def _country_or_region(
        self, search: "_Search", match: re.Match[str]
    ) -> ReferenceArea | Problem | None:
        region = f"{alpha2_of(search.within)}-{match[0]}"
        if search.within and (AreaKind.REGION, region) in self.places.by_code:
            return self._coded(search, AreaKind.REGION, region)
        alpha3 = alpha3_of(match[0])
        return self._coded(search, AreaKind.COUNTRY, alpha3) if alpha3 else None

    def _region(self, search: "_Search", match: re.Match[str]) -> ReferenceArea | Problem:
        return self._coded(search, AreaKind.REGION, match[0])

    def _coded(self, search: "_Search", kind: AreaKind, code: str) -> ReferenceArea | Problem:
        place = self.places.by_code.get((kind, code))
        return self._of(place) if place else _not_in_graph(search.cell)

    def _m49_area(self, _search: "_Search", match: re.Match[str]) -> ReferenceArea | None:
        place = self.places.by_m49.get(match[0].zfill(3))
        return self._of(place) if place else None

    def _wikidata_item(self, search: "_Search", match: re.Match[str]) -> ReferenceArea | Problem:
        key = self.cities.by_wikidata(match[1])
        return self.of_city(key) if key else _not_in_graph(search.cell)

    def _geonames_feature(self, search: "_Search", match: re.Match[str]) -> ReferenceArea | Problem:
        known = match[1] in self.cities.by_key
        return self.of_city(match[1]) if known else _not_in_graph(search.cell)

    def _locode(self, _search: "_Search", match: re.Match[str]) -> ReferenceArea | None:
        code = match[1] + match[2]
        keys = [city.key for city in self.cities.cities if city.unlocode == code]
        return self.of_city(keys[0]) if len(keys) == 1 else None

    def _part_of_country(self, search: "_Search") -> ReferenceArea | Problem | None:
        """Return the region of a part such as England, which is neither its country nor a city."""
        part = country_part(search.text)
        return self._coded(search, AreaKind.REGION, part[1]) if part else None

    def _by_name(self, search: "_Search") -> ReferenceArea | Problem:
        outcome = self.cities.resolve(search.cell, search.within)
        wider = self._wider(search)
        if isinstance(outcome, str):
            city = self.cities.by_key.get(outcome)
            rivals = [place for place in wider if not _is_around(place, city)]
            is_main = city is not None and comparison_key(search.text) == comparison_key(city.label)
            if rivals and not (search.expects_city and is_main):
                return _two(search.cell, city, rivals)
            return self.of_city(outcome)
        if not wider and whole_country(search.text):
            return _not_in_graph(search.cell)
        if not wider or (search.expects_city and outcome.code == AMBIGUOUS):
            return _warning(outcome)
        # not a question about a city
        self.cities.questions.pop((search.text, search.within), None)
        return self._of(wider[0]) if len(wider) == 1 else _two(search.cell, None, wider)

    def _wider(self, search: "_Search") -> list[GraphPlace]:
        """Return the country, the regions and the statistical areas with a name."""
        text, within = search.text, search.within
        places = self.places.named(text, AreaKind.REGION, AreaKind.STATISTICAL_AREA)
        if within:
            places = [place for place in places if place.code.startswith(f"{alpha2_of(within)}-")]
        is_code = len(text) <= len("KOR") and text.isascii()
        country = None if is_code else whole_country(text)
        known = self.places.by_code.get((AreaKind.COUNTRY, country or ""))
        return [known, *places] if known else places


@dataclass(frozen=True, slots=True)
class _Search:
    cell: Cell
    city: str | None
    within: str
    expects_city: bool

    @property
    def text(self) -> str:
        return self.cell.text


_Step = Callable[[_Search], ReferenceArea | Problem | None]


def _is_around(place: GraphPlace, city: City | None) -> bool:
    """Return whether a region is that of a city with the same name: Seoul, Berlin."""
    return city is not None and place.kind is AreaKind.REGION and place.code == city.region


def _key(kind: AreaKind, code: str, city: str) -> str:
    """Return the key of an area that is not a city, for the IRIs of observations."""
    if kind is AreaKind.CITY_AREA and code.startswith(f"{city}-"):
        return f"{city}.{code.removeprefix(f'{city}-')}"
    return f"{kind.value}.{code}"


def _two(cell: Cell, city: City | None, places: list[GraphPlace]) -> Problem:
    named = [f"{place.code} ({place.kind.value.replace('-', ' ')})" for place in places]
    candidates = "; ".join([*([str(city)] if city else []), *named])
    return _omission(
        cell,
        AMBIGUOUS_AREA,
        f"is the name of {len(named) + bool(city)} places",
        f"Write the code of one: {candidates}",
    )


def _not_in_graph(cell: Cell) -> Problem:
    return _omission(
        cell,
        NOT_IN_GRAPH,
        "is a place that is not in the graph",
        "Load the place first, if its values should be in the graph",
    )


def _omission(cell: Cell, code: str, why: str, remedy: str) -> Problem:
    problem = cell.problem(code, f"{cell.text!r} {why}. {_OMITTED}", f"{remedy}.")
    return replace(problem, severity=Severity.WARNING)


def _warning(problem: Problem) -> Problem:
    return replace(problem, message=f"{problem.message} {_OMITTED}", severity=Severity.WARNING)
