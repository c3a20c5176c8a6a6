"""The bundled tables of goals, targets, indicators, countries and areas."""

import csv
import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

_LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar")
_SDGO = "http://metadata.un.org/sdg/ontology#"
_LONGEST_LABEL = 70


def _table(root: Path, name: str) -> list[dict[str, str]]:
    with (root / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _parts(cell: str) -> list[str]:
    return cell.split(" | ")


@pytest.fixture(scope="module")
def un(shared: Path) -> ox.Store:
    """Return the UN's own vocabulary."""
    store = ox.Store()
    file = shared / "data" / "un-sdg-kos" / "sdg-kos-goals-targets-indicators.ttl"
    store.bulk_load(path=str(file), format=ox.RdfFormat.TURTLE)
    return store


def _codes(store: ox.Store, kind: str) -> set[str]:
    type_ = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    quads = store.quads_for_pattern(None, type_, ox.NamedNode(_SDGO + kind), None)
    return {str(quad.subject).strip("<>").rpartition("/")[2] for quad in quads}


def test_there_are_17_goals_in_six_languages(root: Path) -> None:
    """There are 17 goals, each with its name in the six languages of the UN."""
    goals = _table(root, "sdg_goals.csv")
    assert [goal["code"] for goal in goals] == [str(number) for number in range(1, 18)]
    assert all(goal[language] for goal in goals for language in _LANGUAGES)


def test_there_are_169_targets_of_those_goals(root: Path) -> None:
    """There are 169 targets, each with a code that begins with its goal's."""
    targets = _table(root, "sdg_targets.csv")
    assert len({target["code"] for target in targets}) == len(targets) == 169
    assert all(target["code"].split(".")[0] == target["goal"] for target in targets)
    assert len({target["en"] for target in targets}) == 169


def test_each_indicator_has_a_number_for_each_target(root: Path) -> None:
    """An indicator of several targets has one number for each, and all targets are known."""
    targets = {target["code"] for target in _table(root, "sdg_targets.csv")}
    indicators = _table(root, "sdg_indicators.csv")
    assert len(indicators) == 232
    assert sum(len(_parts(each["number"])) for each in indicators) == 248
    for each in indicators:
        assert re.fullmatch(r"C\d{4}\d{2}|C\d{2}[0-9a-d]{2}\d{2}", each["code"])
        numbers = [number.rpartition(".")[0] for number in _parts(each["number"])]
        assert list(dict.fromkeys(numbers)) == _parts(each["targets"])
        assert set(numbers) <= targets


def test_the_codes_are_those_of_the_un(root: Path, un: ox.Store) -> None:
    """The codes of goals and targets are those of the UN's own vocabulary."""
    for name, kind in (("sdg_goals.csv", "Goal"), ("sdg_targets.csv", "Target")):
        assert {row["code"] for row in _table(root, name)} == _codes(un, kind)


def test_the_indicators_are_those_of_the_framework(root: Path, shared: Path) -> None:
    """The indicators are those of the framework after the refinement of 2023."""
    name = "SDG_Target_Indicator_UNSD_2023.csv"
    file = shared / "data" / "sdg-framework-2023" / name
    with file.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table, delimiter=";"))
    framework = {
        (row["UNSDIndicatorCodes"], row["IndicatorsNumber"])
        for row in rows
        if row["IndicatorsNumber"] != "0"
    }
    ours = {
        (each["code"], number)
        for each in _table(root, "sdg_indicators.csv")
        for number in _parts(each["number"])
    }
    assert ours == framework


def test_the_labels_of_targets_are_our_own_words(root: Path, un: ox.Store) -> None:
    """A target's label is short, and no part of the official wording."""
    labels = {target["code"]: target["en"] for target in _table(root, "sdg_targets.csv")}
    assert all(len(label) <= _LONGEST_LABEL for label in labels.values())
    for code, label in labels.items():
        subject = ox.NamedNode(f"http://metadata.un.org/sdg/{code}")
        official = {str(quad.object) for quad in un.quads_for_pattern(subject, None, None, None)}
        assert not any(label.casefold() in text.casefold() for text in official), code


def test_every_country_reaches_the_world(root: Path) -> None:
    """Each of the 249 countries lies in an area, and by that in the world."""
    areas = {area["m49"]: area["within"] for area in _table(root, "areas.csv")}
    countries = _table(root, "countries.csv")
    assert len({country["alpha3"] for country in countries}) == len(countries) == 249
    for country in countries:
        above, steps = country["within"], 0
        while areas[above]:
            above, steps = areas[above], steps + 1
            assert steps < len(areas)
        assert above == "001"


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        ("alpha2", r"[A-Z]{2}"),
        ("alpha3", r"[A-Z]{3}"),
        ("m49", r"\d{3}"),
        ("geonames", r"[1-9]\d*"),
        ("wikidata", r"Q[1-9]\d*"),
    ],
)
def test_an_identifier_of_a_country_is_well_formed_and_its_own(
    root: Path, column: str, pattern: str
) -> None:
    """An identifier of a country is well formed, and no other country has it."""
    found = Counter(country[column] for country in _table(root, "countries.csv"))
    assert all(re.fullmatch(pattern, identifier) for identifier in found)
    assert set(found.values()) == {1}


@pytest.mark.parametrize("name", ["countries.csv", "areas.csv"])
def test_countries_and_areas_are_named_in_six_languages(root: Path, name: str) -> None:
    """Countries and areas have names in the six languages of the UN."""
    assert all(row[language] for row in _table(root, name) for language in _LANGUAGES)


def test_the_countries_are_those_of_the_source(root: Path, shared: Path) -> None:
    """The codes of countries are those of the source that data/README.md names."""
    file = shared / "data" / "country-codes-m49" / "country-codes.csv"
    with file.open(encoding="utf-8", newline="") as table:
        source = {
            (row["ISO3166-1-Alpha-3"], row["ISO3166-1-Alpha-2"], row["M49"].zfill(3))
            for row in csv.DictReader(table)
        }
    ours = {(row["alpha3"], row["alpha2"], row["m49"]) for row in _table(root, "countries.csv")}
    assert ours == source
