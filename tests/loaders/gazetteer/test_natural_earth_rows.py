"""Natural Earth's rows, with identifiers that are right."""

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.gazetteer.natural_earth_rows import NaturalEarthRow, identified_rows
from urbansdg.loaders.parse.facts import Record

_PRAGUE = {
    "NAME": "Prague",
    "ADM0NAME": "Czech Republic",
    "ISO_A2": "CZ",
    "LATITUDE": "50.0833",
    "LONGITUDE": "14.466",
    "FEATURECLA": "Admin-0 capital",
    "GEONAMEID": "4548393.0",
    "WIKIDATAID": "Q1085",
    "POP_MAX": "1162000",
}
_NEARBY = {"LATITUDE": "50.1", "LONGITUDE": "14.5"}
_FAR = {"LATITUDE": "49.2", "LONGITUDE": "16.6"}


def _identified(*rows: dict[str, str]) -> tuple[list[NaturalEarthRow], list[Problem]]:
    outcomes = list(identified_rows(_records(rows)))
    return (
        [outcome for outcome in outcomes if isinstance(outcome, NaturalEarthRow)],
        [outcome for outcome in outcomes if isinstance(outcome, Problem)],
    )


def _records(rows: Iterable[dict[str, str]]) -> Iterable[Record]:
    for number, row in enumerate(rows, start=2):
        filled = {column: text for column, text in row.items() if text}
        yield Record(Place("x.csv", row=number), filled)


@pytest.mark.parametrize("name", ["Prague", "Praha"])
def test_a_wrong_identifier_is_corrected(name: str) -> None:
    """A capital with the id of a town elsewhere has its own id, with one note."""
    rows, notes = _identified(_PRAGUE | {"NAME": name})
    assert [(row.geonames, row.item, row.country) for row in rows] == [("3067696", "Q1085", "CZE")]
    assert [(note.code, note.severity) for note in notes] == [("wrong-identifier", Severity.INFO)]


def test_a_bundled_city_is_known_by_its_wikidata_item() -> None:
    """A row with another GeoNames id than the bundled city of its item is that city."""
    freetown = _PRAGUE | {"NAME": "Freetown", "ISO_A2": "SL", "GEONAMEID": "2408770.0"}
    rows, notes = _identified(freetown | {"WIKIDATAID": "Q3780"})
    assert [row.geonames for row in rows] == ["2409306"]
    assert len(notes) == 1


def test_rows_of_one_place_become_one_city() -> None:
    """Of two rows with one identifier and near each other, one is loaded with both names."""
    one = _PRAGUE | {"GEONAMEID": "1.0", "WIKIDATAID": "Q1"}
    rows, notes = _identified(one, one | _NEARBY | {"NAME": "Praha", "GEONAMEID": ""})
    assert [(row.name, row.geonames) for row in rows] == [("Prague", "1")]
    assert [record.text("NAME") for record in rows[0].duplicates] == ["Praha"]
    assert [note.severity for note in notes] == [Severity.INFO]


def test_two_places_with_one_item_are_loaded_by_their_other_ids() -> None:
    """Of two rows far from each other, none has the item that they share."""
    one = _PRAGUE | {"GEONAMEID": "1.0", "WIKIDATAID": "Q1"}
    rows, notes = _identified(one, one | _FAR | {"NAME": "Brno", "GEONAMEID": "2.0"})
    assert [(row.geonames, row.item) for row in rows] == [("1", ""), ("2", "")]
    assert {note.code for note in notes} == {"duplicate-identifier"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ISO_A2": "-99"}, "unknown-country"),
        ({"LATITUDE": "0.0", "LONGITUDE": "0.0"}, "wrong-coordinates"),
        ({"LATITUDE": "north"}, "wrong-coordinates"),
    ],
)
def test_a_capital_that_is_left_out_is_named_as_one(change: dict[str, str], code: str) -> None:
    """A row without a country or a position is left out, and the warning says what is missing."""
    rows, problems = _identified(_PRAGUE | change)
    assert rows == []
    assert [(problem.code, problem.severity) for problem in problems] == [(code, Severity.WARNING)]
    assert "a capital of Czech Republic" in problems[0].message


@pytest.mark.long
def test_every_capital_of_a_country_is_loaded(shared: Path) -> None:
    """Of the capitals in the table, only those of territories without an ISO code are missing."""
    file = shared / "data" / "natural-earth" / "populated_places_10m.csv"
    with file.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    outcomes = list(identified_rows(_records(rows)))
    loaded = {outcome.number for outcome in outcomes if isinstance(outcome, NaturalEarthRow)}
    missing = {
        row["NAME"]
        for number, row in enumerate(rows, start=2)
        if row["FEATURECLA"].startswith("Admin-0") and number not in loaded
    }
    assert missing == {"Pristina", "Hargeysa"}
    ids = [
        outcome.geonames
        for outcome in outcomes
        if isinstance(outcome, NaturalEarthRow) and outcome.geonames
    ]
    assert len(ids) == len(set(ids))
