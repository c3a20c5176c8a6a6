"""The bundled cities and their populations, against the standards and Natural Earth."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

from urbansdg.errors import Problem
from urbansdg.loaders.drafts.table_drafts import CITY_TABLES, Table
from urbansdg.loaders.tables import places
from urbansdg.loaders.tables.csv_table import read_table
from urbansdg.loaders.tables.field_mapping import table_results
from urbansdg.ontology.iris import FICTITIOUS, Iris

Rows = list[dict[str, str]]

AFRICA, ASIA, EUROPE, OCEANIA, AMERICAS, SOUTH_AMERICA = "002", "142", "150", "009", "019", "005"
PRESENT = [
    pytest.param(folder, table, id=f"{folder}-{table.name}")
    for folder in (".", "example")
    for table in CITY_TABLES
    if files("urbansdg.data").joinpath(folder, table.name).is_file()
]
AT_LEAST = {"Africa": 8, "Asia": 12, "Europe": 10, "North America": 7, "South America": 6}
AT_LEAST["Oceania"] = 3
_LISTED = {"DKCPH", "ESBCN", "MXMEX", "ARBUE", "IDJKT", "AUSYD"}
"""Codes that were read in the UN's list, for cities that the crosswalk to Wikidata lacks."""
NEAR = 0.3  # degrees: the centres that gazetteers give for a large city differ by less
WRONG_IN_NATURAL_EARTH = {  # GeoNames ids there by the QID: of another place, retired, or missing
    "Q2887": "3449741",  # Santiago of Chile has the id of a Santiago in Brazil
    "Q35381": "3465927",  # Colombo has the id of a Colombo in Brazil
    "Q23661": "2144168",  # Wellington has the id of a Wellington in Australia
    "Q3780": "2408770",  # Freetown
    "Q33935": "293394",  # Tel Aviv
    "Q1475": "-1",  # Quezon City
}
ALSO_COUNTRIES = {"SGP", "HKG"}  # Wikidata has one item for the city and for the country


def read(folder: Traversable | Path, name: str) -> Rows:
    """Return the rows of a table."""
    return list(csv.DictReader(folder.joinpath(name).read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def data() -> Traversable:
    """Return the folder of the bundled tables."""
    return files("urbansdg.data")


@pytest.fixture(scope="module")
def cities(data: Traversable) -> Rows:
    """Return the bundled cities."""
    return read(data, "cities.csv")


@pytest.fixture(scope="module")
def populations(data: Traversable) -> Rows:
    """Return the bundled populations."""
    return read(data, "populations.csv")


@pytest.fixture(scope="module")
def within(data: Traversable) -> dict[str, str]:
    """Return the parent area of each M49 area, and the smallest area of each country."""
    areas = {row["m49"]: row["within"] for row in read(data, "areas.csv")}
    return areas | {row["alpha3"]: row["within"] for row in read(data, "countries.csv")}


@pytest.fixture(scope="module")
def natural_earth(shared: Path) -> Rows:
    """Return the populated places of Natural Earth."""
    return read(shared / "data" / "natural-earth", "populated_places_10m.csv")


def ancestors(place: str, within: dict[str, str]) -> Iterator[str]:
    """Give the areas that a country or an area lies in, the smallest first."""
    while parent := within.get(place):
        yield parent
        place = parent


def continent(country: str, within: dict[str, str]) -> str:
    """Return the inhabited continent of a country by its M49 areas."""
    areas = set(ancestors(country, within))
    if AMERICAS in areas:
        return "South America" if SOUTH_AMERICA in areas else "North America"
    names = {AFRICA: "Africa", ASIA: "Asia", EUROPE: "Europe", OCEANIA: "Oceania"}
    return next(name for code, name in names.items() if code in areas)


def geonames_id(place: dict[str, str]) -> str:
    """Return the GeoNames id of a place of Natural Earth, which writes it like `3443013.0`."""
    return place["GEONAMEID"].removesuffix(".0")


def offset(city: dict[str, str], place: dict[str, str]) -> float:
    """Return the larger of the differences in latitude and longitude, in degrees."""
    north = float(city["latitude"]) - float(place["LATITUDE"])
    east = float(city["longitude"]) - float(place["LONGITUDE"])
    return max(abs(north), abs(east))


def by_qid(natural_earth: Rows, cities: Rows) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Give each city with the place that has its Wikidata QID."""
    known = {city["wikidata"]: city for city in cities if city["wikidata"]}
    for place in natural_earth:
        if place["WIKIDATAID"] in known:
            yield known[place["WIKIDATAID"]], place


def test_cities_stand_on_all_inhabited_continents(cities: Rows, within: dict[str, str]) -> None:
    """The bundled cities stand on all inhabited continents, several on each."""
    counts = Counter(continent(city["country"], within) for city in cities)
    assert {name: counts[name] for name in AT_LEAST if counts[name] < AT_LEAST[name]} == {}
    assert counts.total() >= 50


@pytest.mark.parametrize("column", ["key", "geonames", "wikidata", "unlocode", "homepage", "en"])
def test_no_two_cities_share_an_identifier(cities: Rows, column: str) -> None:
    """No two cities have the same key, identifier, home page or English name."""
    counts = Counter(city[column] for city in cities if city[column])
    assert [value for value, count in counts.items() if count > 1] == []


def test_real_city_is_keyed_by_geonames(cities: Rows) -> None:
    """The key of a real city is its GeoNames id."""
    assert [city["en"] for city in cities if city["key"] != city["geonames"]] == []


def test_city_is_not_the_same_as_a_country(cities: Rows, data: Traversable) -> None:
    """A city never has the Wikidata or GeoNames identifier of a country."""
    countries = read(data, "countries.csv")
    taken = {country[column] for country in countries for column in ("wikidata", "geonames")}
    taken.discard("")
    assert [city["en"] for city in cities if {city["wikidata"], city["geonames"]} & taken] == []
    assert {city["country"] for city in cities if not city["wikidata"]} == ALSO_COUNTRIES


def test_coordinates_are_in_range(cities: Rows) -> None:
    """Latitudes lie between -90 and 90 degrees, longitudes between -180 and 180."""
    assert all(-90 <= float(city["latitude"]) <= 90 for city in cities)
    assert all(-180 <= float(city["longitude"]) <= 180 for city in cities)


def test_coordinates_agree_with_natural_earth(natural_earth: Rows, cities: Rows) -> None:
    """A city is where Natural Earth has the place of the same GeoNames id."""
    known = {city["geonames"]: city for city in cities}
    pairs = [(known[i], p) for p in natural_earth if (i := geonames_id(p)) in known]
    assert len(pairs) == len(cities) - len(WRONG_IN_NATURAL_EARTH)
    assert [city["en"] for city, place in pairs if offset(city, place) > NEAR] == []


def test_geonames_and_wikidata_mean_one_place(natural_earth: Rows, cities: Rows) -> None:
    """Natural Earth has the same GeoNames id for a city's QID, except for its known errors."""
    pairs = list(by_qid(natural_earth, cities))
    other = {
        city["wikidata"]: geonames_id(place)
        for city, place in pairs
        if geonames_id(place) != city["geonames"]
    }
    assert len(pairs) == len(cities) - len(ALSO_COUNTRIES)
    assert other == WRONG_IN_NATURAL_EARTH
    assert [city["en"] for city, place in pairs if offset(city, place) > NEAR] == []


def test_locode_belongs_to_the_country(cities: Rows, data: Traversable) -> None:
    """A UN/LOCODE is written without a blank and begins with the code of the city's country."""
    alpha2 = {country["alpha3"]: country["alpha2"] for country in read(data, "countries.csv")}
    with_code = [city for city in cities if city["unlocode"]]
    wrong = [
        city["en"]
        for city in with_code
        if not re.fullmatch(alpha2[city["country"]] + "[A-Z2-9]{3}", city["unlocode"])
    ]
    assert len(with_code) >= 40
    assert wrong == []


def test_locode_belongs_to_the_wikidata_item(shared: Path, cities: Rows) -> None:
    """A UN/LOCODE is one that the crosswalk to Wikidata gives for the city's QID.

    Where the crosswalk lacks the item, it is one that the UN's own list of codes has for the name.
    """
    folder = shared / "data" / "openclimate-locode-wikidata"
    tables = [read(folder, f"match{number}.csv") for number in (1, 2, 3)]
    known = {(row["LOCODE"], row["wikidata_id"]) for table in tables for row in table}
    actors = read(folder, "ActorIdentifier_locode_wikidata.csv")
    known |= {(row["actor_id"].replace(" ", ""), row["identifier"]) for row in actors}
    pairs = {
        (city["unlocode"], city["wikidata"])
        for city in cities
        if city["unlocode"] and city["wikidata"]
    }
    assert {code for code, _ in pairs - known} == _LISTED


def test_city_has_its_name_in_the_un_languages(cities: Rows) -> None:
    """A city has its name in the six languages of the United Nations and in Korean."""
    unnamed = [
        (city["en"], tongue) for city in cities for tongue in places.LANGUAGES if not city[tongue]
    ]
    assert unnamed == []


def test_name_is_in_the_script_of_its_language(cities: Rows) -> None:
    """Russian, Chinese, Arabic and Korean names are in their own scripts."""
    scripts = {"ru": "[\u0400-\u04ff]", "zh": "[\u4e00-\u9fff]"}
    scripts |= {"ar": "[\u0600-\u06ff]", "ko": "[\uac00-\ud7a3]"}
    wrong = [
        (city["en"], tongue)
        for city in cities
        for tongue, script in scripts.items()
        if not re.fullmatch(rf"({script}|[ -])+", city[tongue])
    ]
    assert wrong == []


def test_city_has_one_preferred_name_in_a_language(cities: Rows) -> None:
    """Further names are in languages without a column of their own, each of them once."""
    for city in cities:
        tongues = [name.partition(":")[0] for name in city["other"].split(" | ")]
        assert len(set(tongues)) == len(tongues), city["en"]
        assert not set(tongues) & set(places.LANGUAGES), city["en"]


def test_alternative_name_differs_from_the_preferred_one(cities: Rows) -> None:
    """An alternative name is not the preferred name in the same language."""
    for city in cities:
        for name in filter(None, city["alternative"].split(" | ")):
            tongue, _, text = name.partition(":")
            assert city.get(tongue) != text, city["en"]
            assert name not in city["other"].split(" | "), city["en"]


def test_most_cities_have_a_population(cities: Rows, populations: Rows) -> None:
    """At least 40 of the cities have a population, and no population is of an unknown city."""
    counted = {row["city"] for row in populations}
    assert len(counted) >= 40
    assert counted <= {city["key"] for city in cities}


def test_population_has_a_year_and_a_source(populations: Rows) -> None:
    """A population is a whole number of a year from 1990 on, with the address of its source."""
    assert all(1990 <= int(row["year"]) <= 2026 for row in populations)
    assert all(50_000 < int(row["population"]) < 40_000_000 for row in populations)
    assert [row for row in populations if not re.match(r"https?://\w", row["source"])] == []


def test_city_has_one_population_a_year(populations: Rows) -> None:
    """A city has at most one population a year."""
    counts = Counter((row["city"], row["year"]) for row in populations)
    assert max(counts.values()) == 1


def test_example_cities_are_clearly_fictitious(data: Traversable) -> None:
    """The example cities say so in each of their names, and link to no real place or site."""
    for city in read(data.joinpath("example"), "cities.csv"):
        assert {city[tongue][-15:] for tongue in places.LANGUAGES} == {" (example city)"}
        assert city["key"].startswith(FICTITIOUS)
        assert city["homepage"].endswith(".example/")
        assert not city["geonames"] + city["wikidata"] + city["unlocode"]


def test_example_populations_cite_the_example_cities(data: Traversable) -> None:
    """The populations of the example cities are dated and cite their own sites."""
    rows = read(data.joinpath("example"), "populations.csv")
    assert {row["city"] for row in rows} == {"example-haneul", "example-bada"}
    assert len({row["year"] for row in rows}) == 2
    for row in rows:
        site = row["city"].removeprefix(FICTITIOUS)
        assert row["source"] == f"https://{site}.example/statistics"


def test_regions_and_networks_are_known_and_used(data: Traversable) -> None:
    """A city lies in a listed region of its country, and a membership is in a listed network.

    The regions of the example cities are real, and are listed with the others.
    """
    countries = {row["code"]: row["country"] for row in read(data, "regions.csv")}
    used = set[str]()
    for folder in (data, data.joinpath("example")):
        cities = read(folder, "cities.csv")
        assert all(countries[row["region"]] == row["country"] for row in cities if row["region"])
        used |= {row["region"] for row in cities} - {""}
        members = read(folder, "memberships.csv")
        networks = {row["key"] for row in read(folder, "networks.csv")}
        assert {row["network"] for row in members} == networks
        assert {row["city"] for row in members} <= {row["key"] for row in cities}
    assert used == countries.keys()


@pytest.mark.parametrize(("folder", "table"), PRESENT)
def test_tables_are_read_without_a_problem(data: Traversable, folder: str, table: Table) -> None:
    """Each row of the city tables becomes facts, and none a problem."""
    iris = Iris("http://localhost:8000")
    rows = read_table(data.joinpath(folder, table.name), table.header)
    results = list(table_results(rows, lambda record: table.convert(record, iris)))
    assert results
    assert [item for item in results if isinstance(item, Problem)] == []
