"""The gazetteer: maps names of cities, in any language, to the keys of the graph.

A name of several cities is never resolved by a guess: the problem lists the candidates, the largest
first, and a table of choices (`--resolve`) keeps what a person has chosen.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Final, cast

import pyoxigraph as ox

from urbansdg.errors import Problem
from urbansdg.loaders.gazetteer import geonames
from urbansdg.loaders.gazetteer.graph_places import GraphPlaces, bundled_places
from urbansdg.loaders.parse.facts import Cell, Record
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.tables.csv_table import header, read_table
from urbansdg.loaders.tables.places import CITIES, LANGUAGES, POPULATIONS
from urbansdg.ontology.iris import Iris
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

CHOICES: Final = header("name country key candidates", "name")
AMBIGUOUS: Final = "ambiguous-city"
UNKNOWN: Final = "unknown-city"
_QUERY: Final = """
SELECT ?city ?name ?main ?country ?region ?people ?same ?unlocode WHERE {
  ?city a usdg:City .
  { ?city skos:prefLabel ?name BIND(LANG(?name) = "en" AS ?main) }
  UNION { ?city skos:altLabel ?name BIND(false AS ?main) }
  UNION { ?city usdg:country ?country }
  UNION { ?city usdg:region ?region }
  UNION { ?city usdg:population/sdmx-measure:obsValue ?people }
  UNION { ?city schema:sameAs ?same }
  UNION { ?city usdg:unLocode ?unlocode }
}"""


@dataclass(frozen=True, slots=True)
class City:
    """A city of the graph: its key, its names, and the facts that distinguish it from namesakes.

    `country` is an ISO 3166-1 alpha-3 code, `region` an ISO 3166-2 code, `people` its largest known
    population, `wikidata` an item, `unlocode` a code without a blank; each is empty or 0 if
    unknown.
    """

    key: str
    label: str
    names: frozenset[str]
    country: str = ""
    region: str = ""
    people: int = 0
    wikidata: str = ""
    unlocode: str = ""

    def __str__(self) -> str:
        """Return the city as in `2509954 (Valencia, ESP, 814,208 people)`."""
        people = f", {self.people:,} people" if self.people else ""
        return f"{self.key} ({self.label}, {self.region or self.country}{people})"


@dataclass(slots=True)
class Gazetteer:
    """The known cities, and the choices between cities of the same name.

    `questions` collects the unresolved names with their candidates, `answers` the resolved names
    with their keys; both by name and country. `places` are the other places of the graph.
    """

    cities: tuple[City, ...]
    choices: Mapping[tuple[str, str], str] = field(default_factory=dict)
    questions: dict[tuple[str, str], tuple[City, ...]] = field(default_factory=dict)
    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    places: GraphPlaces = field(default_factory=bundled_places)
    by_name: dict[str, list[City]] = field(init=False)
    by_key: dict[str, City] = field(init=False)

    def __post_init__(self) -> None:
        """Index the cities."""
        self.by_name = {}
        for city in self.cities:
            for name in city.names:
                self.by_name.setdefault(name, []).append(city)
        self.by_key = {city.key: city for city in self.cities}

    def find(self, name: str, country: str = "", region: str = "") -> tuple[City, ...]:
        """Return the cities with a name, in a country and region if given, the largest first."""
        cities = self.by_name.get(comparison_key(name), [])
        fitting = [
            city
            for city in cities
            if country in {"", city.country} and (not region or city.region in {"", region})
        ]
        return tuple(sorted(fitting, key=lambda city: (-city.people, city.key)))

    def resolve(self, cell: Cell, country: str = "", region: str = "") -> str | Problem:
        """Return the key of the city that a cell names, or a problem with the candidates.

        A cell may hold a key, or a name and after a comma its country or region.
        """
        outcome = self._resolve(cell, country, region)
        if isinstance(outcome, str):
            self.answers[cell.text, country or region] = outcome
        return outcome

    def _resolve(self, cell: Cell, country: str, region: str) -> str | Problem:
        if cell.text in self.by_key:
            return cell.text
        name, _, where = (part.strip() for part in cell.text.partition(","))
        chosen = self.choices.get((comparison_key(cell.text), country)) or self.choices.get(
            (comparison_key(cell.text), "")
        )
        if chosen:
            return chosen
        cities = self._in_place(name, where) if where else self.find(name, country, region)
        if len(cities) == 1:
            return cities[0].key
        self.questions[cell.text, country] = cities
        return _ambiguous(cell, cities) if cities else self._unknown(cell, name)

    def _in_place(self, name: str, where: str) -> tuple[City, ...]:
        code = where.upper()
        cities = self.find(name)
        return tuple(
            city for city in cities if code in {city.country, city.region, city.region[3:]}
        )

    def _unknown(self, cell: Cell, name: str) -> Problem:
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
    prologue = "\n".join(f"PREFIX {prefix}: <{iri}>" for prefix, iri in PREFIXES.items())
    by_city: dict[str, dict[str, list[str]]] = {}
    rows = store.query(prologue + _QUERY, use_default_graph_as_union=True)
    for row in cast("ox.QuerySolutions", rows):
        facts = by_city.setdefault(row["city"].value, {})
        for name in ("name", "main", "country", "region", "people", "same", "unlocode"):
            if row[name] is not None:
                facts.setdefault(name, []).append(row[name].value)
    return tuple(_city(iri, facts, iris) for iri, facts in by_city.items())


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


def _city(iri: str, facts: Mapping[str, Sequence[str]], iris: Iris) -> City:
    names = facts.get("name", [])
    mains = [
        name for name, main in zip(names, facts.get("main", []), strict=True) if main == "true"
    ]
    links = [link for link in facts.get("same", ()) if "wikidata.org" in link]
    return City(
        iri.removeprefix(iris.city("")),
        min(mains or names, key=lambda name: (not name.isascii(), name), default=""),
        frozenset(map(comparison_key, names)),
        _last(facts.get("country", ("",))[0]),
        _last(facts.get("region", ("",))[0]),
        max(int(Decimal(text)) for text in facts.get("people", ("0",))),
        _last(links[0]) if links else "",
        facts.get("unlocode", ("",))[0],
    )


def _last(iri: str) -> str:
    return iri.rpartition("/")[2]


def bundled_cities() -> tuple[City, ...]:
    """Return the cities of the bundled data, without the example."""
    data = files("urbansdg.data")
    people: dict[str, int] = {}
    for row in read_table(data.joinpath("populations.csv"), POPULATIONS):
        if isinstance(row, Record):
            count = int(row.text("population"))
            people[row.text("city")] = max(count, people.get(row.text("city"), 0))
    return tuple(_bundled_rows(people))


def _bundled_rows(people: Mapping[str, int]) -> Iterator[City]:
    for row in read_table(files("urbansdg.data").joinpath("cities.csv"), CITIES):
        if isinstance(row, Record):
            names = {row.text(language) for language in LANGUAGES} - {""}
            yield City(
                row.text("key"),
                row.text("en"),
                frozenset(map(comparison_key, names)),
                row.text("country"),
                row.text("region"),
                people.get(row.text("key"), 0),
                row.text("wikidata"),
                row.text("unlocode"),
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
    old = _rows(file) if file.exists() else []
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


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


GazetteerProvider = Callable[[], Gazetteer]
"""Returns the gazetteer; called on first use only."""
