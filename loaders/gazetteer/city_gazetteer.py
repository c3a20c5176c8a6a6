"""The gazetteer: maps names of cities, in any language, to the keys of the graph.

A name is read in any case, with accents or without, with words such as "City of". A name of several
cities is never resolved by a guess: the problem lists the candidates, the largest first, and a
table of choices (`--resolve`) keeps what a person has chosen. `city_names.py` has the spellings.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, cast

import pyoxigraph as ox

from urbansdg.errors import Place, Problem
from urbansdg.loaders.gazetteer import geonames
from urbansdg.loaders.gazetteer.city_names import (
    PlaceName,
    bare_keys,
    folded,
    joined_key,
    place_names,
)
from urbansdg.loaders.gazetteer.graph_places import AreaKind, GraphPlaces, bundled_places
from urbansdg.loaders.parse.facts import LISTED, Cell, Record
from urbansdg.loaders.parse.name_keys import comparison_key, spelling_keys
from urbansdg.loaders.tables.country_names import alpha2_of, country_code
from urbansdg.loaders.tables.csv_table import bundled_records, header, read_table
from urbansdg.loaders.tables.places import CITIES, LANGUAGES, POPULATIONS
from urbansdg.ontology.graph_precedence import OTHERS, precedence
from urbansdg.ontology.iris import Iris
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

UNDETERMINED: Final = "und"
"""The BCP 47 tag of an undetermined language."""

CHOICES: Final = header("name country key candidates", "name")
_SOVEREIGNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("HKG", "MAC"), "CHN"),
    **dict.fromkeys(("PRI", "GUM", "VIR", "ASM", "MNP"), "USA"),
    **dict.fromkeys(("REU", "GLP", "MTQ", "GUF", "MYT", "NCL", "PYF"), "FRA"),
    **dict.fromkeys(("GRL", "FRO"), "DNK"),
    **dict.fromkeys(("ABW", "CUW", "SXM", "BES"), "NLD"),
    **dict.fromkeys(("GIB", "BMU", "CYM", "IMN", "JEY", "GGY"), "GBR"),
}
"""Territories with codes of their own, and the country that people write for them."""

AMBIGUOUS: Final = "ambiguous-city"
UNKNOWN: Final = "unknown-city"
_NAMES: Final[Mapping[str, bool]] = {"skos:prefLabel": True, "skos:altLabel": False}
"""The properties that name a city, and whether the name is preferred."""

_FACTS: Final[Mapping[str, str]] = {
    "country": "usdg:country",
    "region": "usdg:region",
    "people": "usdg:population/sdmx-measure:obsValue",
    "same": "schema:sameAs",
    "unlocode": "usdg:unLocode",
}
_PROLOGUE: Final = "\n".join(f"PREFIX {prefix}: <{iri}>" for prefix, iri in PREFIXES.items())


@dataclass(frozen=True, slots=True)
class City:
    """A city of the graph: its key, its names, and the facts that distinguish it from namesakes.

    `country` is an ISO 3166-1 alpha-3 code, `region` an ISO 3166-2 code, `people` its largest known
    population, `wikidata` an item, `unlocode` a code without a blank; each is empty or 0 if
    unknown. `names` are comparison keys; `labels` are the names without their case, except those
    that earlier loads have added; `is_in_gazetteer` says that a source of the world's cities, and
    not only the city itself, gives it a name.
    """

    key: str
    label: str
    names: frozenset[str]
    country: str = ""
    region: str = ""
    people: int = 0
    wikidata: str = ""
    unlocode: str = ""
    labels: frozenset[str] = frozenset()
    is_in_gazetteer: bool = False

    def is_named(self, name: str) -> bool:
        """Return whether a source gives the city this name, in any case."""
        return folded(name) in self.labels or (
            not self.labels and comparison_key(name) in self.names
        )

    def is_in_country(self, code: str) -> bool:
        """Return whether the city is in a country or one of its territories, by alpha-3 code."""
        return self.country == code or _SOVEREIGNS.get(self.country) == code

    def __str__(self) -> str:
        """Return the city as in `2509954 (Valencia, ESP, 814,208 people)`."""
        people = f", {self.people:,} people" if self.people else ""
        return f"{self.key} ({self.label}, {self.region or self.country}{people})"


@dataclass(slots=True)
class Gazetteer:
    """The known cities, and the choices between cities of the same name.

    `questions` collects the unresolved names with their candidates, `answers` the resolved names
    with their keys; both by name and country. `read_places` returns the other places of the graph;
    it is called on first use. `aliases` collects the names that no source gives to their cities, by
    key and name, with their places.
    """

    cities: tuple[City, ...]
    choices: Mapping[tuple[str, str], str] = field(default_factory=dict)
    questions: dict[tuple[str, str], tuple[City, ...]] = field(default_factory=dict)
    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    read_places: Callable[[], GraphPlaces] = bundled_places
    aliases: dict[tuple[str, str], Place] = field(default_factory=dict)
    by_name: dict[str, list[City]] = field(init=False)
    by_key: dict[str, City] = field(init=False)
    _by_joined_name: dict[str, list[City]] | None = field(default=None, init=False)
    _places: GraphPlaces | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Index the cities."""
        self.by_name = {}
        for city in self.cities:
            for name in city.names:
                self.by_name.setdefault(name, []).append(city)
        self.by_key = {city.key: city for city in self.cities}

    @property
    def places(self) -> GraphPlaces:
        """The places of the graph that are not cities."""
        if self._places is None:
            self._places = self.read_places()
        return self._places

    def find(self, name: str, country: str = "", region: str = "") -> tuple[City, ...]:
        """Return the cities with a name, in a country and region if given, the largest first."""
        return _fitting(self.by_name.get(comparison_key(name), ()), country, region)

    def find_similar(self, name: str, country: str = "", region: str = "") -> tuple[City, ...]:
        """Return the cities with a name, or else with its letters, the largest first.

        Blanks do not count, and words such as "City of" only count in a name that has them.
        """
        exact = self.find(name, country, region)
        if exact or not comparison_key(name):
            return exact
        joined = self._joined_names()
        readings = (
            _fitting(joined.get(key, ()), country, region) for key in bare_keys(name) if key
        )
        return next(filter(None, readings), ())

    def _joined_names(self) -> dict[str, list[City]]:
        if self._by_joined_name is None:
            self._by_joined_name = {}
            for city in self.cities:
                for name in set(map(joined_key, city.names)) - {""}:
                    self._by_joined_name.setdefault(name, []).append(city)
        return self._by_joined_name

    def resolve(
        self, cell: Cell, country: str = "", region: str = "", *, uses_geonames: bool = True
    ) -> str | Problem:
        """Return the key of the city that a cell names, or a problem with the candidates.

        A cell may hold a key, or a name and after a comma its country or region. A name that only
        GeoNames has may be a misspelt one, so that it needs the note of `aliases`; without
        `uses_geonames`, it is unknown.
        """
        outcome = self._resolve(cell, country, region, uses_geonames=uses_geonames)
        if isinstance(outcome, str):
            self.answers[cell.text, country or region] = outcome
        return outcome

    def _resolve(
        self, cell: Cell, country: str, region: str, *, uses_geonames: bool
    ) -> str | Problem:
        if cell.text in self.by_key:
            return cell.text
        chosen = self.choices.get((comparison_key(cell.text), country)) or self.choices.get(
            (comparison_key(cell.text), "")
        )
        if chosen:
            return chosen
        cities: tuple[City, ...] = ()
        for reading in place_names(cell.text):
            cities = self._cities_of(reading, country, region)
            if len(cities) == 1:
                return self._recognised(cities[0], reading.name, cell.place)
            if cities:
                break
        is_asked = uses_geonames and not cities
        elsewhere = self._by_geonames(cell, country) if is_asked else None
        if elsewhere is not None:
            return elsewhere
        self.questions[cell.text, country] = cities
        return _ambiguous(cell, cities) if cities else self._unknown(cell)

    def _by_geonames(self, cell: Cell, country: str) -> str | None:
        """Return the key of the only city of the world with a name, if the graph has it."""
        for reading in place_names(cell.text):
            codes = [country, *map(country_code, reading.beside)]
            where = {alpha2_of(code) for code in codes if code}
            places = geonames.places_named(reading.name)
            keys = {key for key, alpha2 in places if not where or alpha2 in where}
            city = self.by_key.get(min(keys)) if len(keys) == 1 else None
            if city is not None and all(self._is_in(city, place) for place in reading.beside):
                return self._recognised(city, reading.name, cell.place)
        return None

    def _cities_of(self, reading: PlaceName, country: str, region: str) -> tuple[City, ...]:
        cities = self.find_similar(reading.name, country, "" if reading.beside else region)
        return tuple(
            city for city in cities if all(self._is_in(city, place) for place in reading.beside)
        )

    def _is_in(self, city: City, place: str) -> bool:
        """Return whether a text beside a city's name is its country or region."""
        code = country_code(place)
        letters = re.sub(r"[\W_]", "", place).upper()
        regions = {region.code for region in self.places.named(place, AreaKind.REGION)}
        return (
            (code is not None and city.is_in_country(code))
            or (bool(letters) and letters in {city.region.replace("-", ""), city.region[3:]})
            or city.region in regions
        )

    def by_wikidata(self, item: str) -> str | None:
        """Return the key of the city of a Wikidata item, or None if there is none or several."""
        keys = [city.key for city in self.cities if city.wikidata == item]
        return keys[0] if len(keys) == 1 else None

    def add_name(self, key: str, cell: Cell) -> None:
        """Record the name that a source has for a city, if no city has it in any source."""
        if key in self.by_key and not self.named(cell.text):
            self._recognised(self.by_key[key], cell.text, cell.place)

    def named(self, text: str) -> tuple[City, ...]:
        """Return the cities that a text may name, with a country beside it or without."""
        readings = (self._cities_of(reading, "", "") for reading in place_names(text))
        return next(filter(None, readings), ())

    def _recognised(self, city: City, name: str, place: Place) -> str:
        if not city.is_named(name):
            self.aliases.setdefault((city.key, name), place)
        return city.key

    def _unknown(self, cell: Cell) -> Problem:
        name = cell.text.partition(",")[0].strip()
        near = get_close_matches(comparison_key(name), self.by_name, n=3, cutoff=0.8)
        known = [city for name in near for city in self.by_name[name]]
        elsewhere = "; ".join(geonames.candidates(name))
        hint = f" Similar: {_format_cities(known)}." if known else ""
        hint += f" GeoNames has {elsewhere}." if elsewhere else ""
        return cell.problem(
            UNKNOWN,
            f"City not found in the graph: {cell.text!r}.",
            f"Write its name as in the graph, or its key; or load a gazetteer.{hint}",
        )


def _fitting(cities: Iterable[City], country: str, region: str) -> tuple[City, ...]:
    """Return the cities in a country and region, if these are not empty, the largest first."""
    fitting = [
        city
        for city in cities
        if (not country or city.is_in_country(country))
        and (not region or city.region in {"", region})
    ]
    return tuple(sorted(fitting, key=lambda city: (-city.people, city.key)))


def _ambiguous(cell: Cell, cities: Sequence[City]) -> Problem:
    return cell.problem(
        AMBIGUOUS,
        f"{cell.text!r} is the name of {len(cities)} cities in the graph.",
        f"Write the key of one, or add its country after a comma: {_format_cities(cities)}.",
    )


def _format_cities(cities: Iterable[City]) -> str:
    return "; ".join(dict.fromkeys(map(str, cities)))


def cities_of_store(store: RdfDataset, iris: Iris) -> tuple[City, ...]:
    """Return the cities in a version of the graph."""
    names: dict[str, list[_Name]] = {iri: [] for (iri,) in _rows(store, "?city", "")}
    for path, is_preferred in _NAMES.items():
        for city, graph, text, language in _rows(
            store,
            "?city ?graph ?name (LANG(?name) AS ?language)",
            f"GRAPH ?graph {{ ?city {path} ?name }}",
        ):
            names[city].append(_Name(text, language, is_preferred, graph))
    facts: dict[str, dict[str, list[str]]] = {iri: {} for iri in names}
    for column, path in _FACTS.items():
        for city, value in _rows(store, "?city ?value", f"?city {path} ?value"):
            facts[city].setdefault(column, []).append(value)
    prefix = iris.city("")
    return tuple([_city(iri, names[iri], facts[iri], prefix) for iri in names])


def _rows(store: RdfDataset, columns: str, pattern: str) -> list[list[str]]:
    """Return the rows of a query about cities; one for each property is faster than one for all."""
    query = f"{_PROLOGUE} SELECT {columns} WHERE {{ ?city a usdg:City . {pattern} }}"
    rows = []
    for row in cast("ox.QuerySolutions", store.query(query, use_default_graph_as_union=True)):
        values = []  # in a loop of its own: a comprehension is a call for each row
        for term in row:
            values.append(str(getattr(term, "value", "")))  # noqa: PERF401
        rows.append(values)
    return rows


class _Name(NamedTuple):
    text: str
    language: str
    is_preferred: bool
    graph: str

    @property
    def is_of_gazetteer(self) -> bool:
        """Whether a source of the world's cities gives a preferred name."""
        return self.is_preferred and precedence(self.graph) > OTHERS

    @property
    def is_added(self) -> bool:
        """Whether a load has added the name, because its source has the city by it."""
        is_alternative = not self.is_preferred and self.language == UNDETERMINED
        return is_alternative and precedence(self.graph) == OTHERS


def policies_of_store(store: RdfDataset, iris: Iris) -> dict[str, str]:
    """Return the policy keys in a version, by the comparison keys of their titles and keys."""
    title, base = ox.NamedNode(f"{PREFIXES['dcterms']}title"), iris.thing("policy", "")
    keys: dict[str, str] = {}
    for quad in store.quads_for_pattern(None, title, None, None):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(base):
            key = quad.subject.value.removeprefix(base)
            keys |= {
                comparison_key(key): key,
                comparison_key(getattr(quad.object, "value", key)): key,
            }
    return keys


def _city(
    iri: str, names: Sequence[_Name], facts: Mapping[str, Sequence[str]], prefix: str
) -> City:
    main = [name.text for name in names if name.is_preferred and name.language == "en"]
    texts = main or [name.text for name in names]
    links = [link for link in facts.get("same", ()) if "wikidata.org" in link]
    return City(
        iri.removeprefix(prefix),
        min([name for name in texts if name.isascii()] or texts, default=""),
        _keys([name.text for name in names]),
        _last(facts.get("country", ("",))[0]),
        _last(facts.get("region", ("",))[0]),
        max([int(Decimal(text)) for text in facts.get("people", ("0",))]),
        _last(links[0]) if links else "",
        facts.get("unlocode", ("",))[0],
        frozenset([folded(name.text) for name in names if name.is_preferred or not name.is_added]),
        any(name.is_of_gazetteer for name in names),
    )


def _keys(names: Iterable[str]) -> frozenset[str]:
    """Return the comparison keys of names, in every spelling of those that have several."""
    keys: set[str] = set()
    for name in names:
        keys |= {comparison_key(name)} if name.isascii() else spelling_keys(name)
    return frozenset(keys - {""})


def _last(iri: str) -> str:
    return iri.rpartition("/")[2]


@cache
def bundled_cities() -> tuple[City, ...]:
    """Return the cities of the bundled data, without the example."""
    people: dict[str, int] = {}
    for row in bundled_records("populations.csv", POPULATIONS):
        count = int(row.text("population"))
        people[row.text("city")] = max(count, people.get(row.text("city"), 0))
    return tuple(_bundled_rows(people))


def _bundled_rows(people: Mapping[str, int]) -> Iterator[City]:
    for row in bundled_records("cities.csv", CITIES):
        tagged = f"{row.text('other')} | {row.text('alternative')}".split(LISTED)
        others = {text.partition(":")[2].strip() for text in tagged}
        names = ({row.text(language) for language in LANGUAGES} | others) - {""}
        yield City(
            row.text("key"),
            row.text("en"),
            _keys(names),
            row.text("country"),
            row.text("region"),
            people.get(row.text("key"), 0),
            row.text("wikidata"),
            row.text("unlocode"),
            frozenset(map(folded, names)),
            is_in_gazetteer=True,
        )


def read_choices(file: Path | None) -> dict[tuple[str, str], str]:
    """Return the keys that a person has chosen, by name and country; raises `SourceUnreadable`."""
    if file is None or not file.exists():
        return {}
    rows = [row for row in read_table(file, CHOICES) if isinstance(row, Record)]
    return {
        (comparison_key(row.text("name")), row.text("country")): row.text("key")
        for row in rows
        if row.text("key")
    }


def write_questions(file: Path, gazetteer: Gazetteer) -> int:
    """Add the unresolved names to the table of choices; return their number.

    Existing rows stay unchanged; the officer fills in the column `key`.
    """
    old = _choice_rows(file) if file.exists() else []
    known = {(comparison_key(row["name"]), row.get("country") or "") for row in old}
    new = [
        {"name": name, "country": country, "key": "", "candidates": _format_cities(cities)}
        for (name, country), cities in gazetteer.questions.items()
        if (comparison_key(name), country) not in known
    ]
    if new:
        with file.open("w", encoding="utf-8", newline="") as table:
            writer = csv.DictWriter(table, CHOICES.columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows([*old, *new])
    return len(new)


def _choice_rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


GazetteerProvider = Callable[[], Gazetteer]
"""Returns the gazetteer; called on first use only."""
