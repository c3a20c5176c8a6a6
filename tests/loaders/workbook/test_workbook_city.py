"""The city of a workbook: as officers write its name and country."""

from collections.abc import Callable
from pathlib import Path

import pytest

from urbansdg.errors import Severity
from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.gazetteer.city_gazetteer import City, Gazetteer, bundled_cities
from urbansdg.loaders.readers.policies.city_workbook import READER
from urbansdg.ontology.iris import Iris

from .conftest import Write, triples

_IRIS = Iris("http://localhost:8000")
_MUNICH = City(
    "2867714", "Munich", frozenset({"munich", "munchen", "muenchen"}), "DEU",
    labels=frozenset({"munich", "münchen"}), is_in_gazetteer=True,
)  # fmt: skip
_POLICY = {"title": "Night", "slug": "night", "targets": "11.2", "source": "https://x.example"}
ReadCity = Callable[..., Draft]


@pytest.fixture
def read_city(tmp_path: Path, write: Write) -> ReadCity:
    """Return what reads a workbook with a row of the sheet of the city."""

    def drafted(name: str, country: str, city: str | None = None, **cells: str) -> Draft:
        row = {"name": name, "country": country} | cells
        path = write({"city": [row], "policies": [_POLICY]})
        folder = tmp_path / "context"
        folder.mkdir(exist_ok=True)
        known = Gazetteer((*bundled_cities(), _MUNICH))
        return READER.read(path, None, ReadContext(folder, _IRIS, city=city, known=lambda: known))

    return drafted


@pytest.mark.parametrize(
    ("name", "country", "key"),
    [
        ("London", "UK", "2643743"),
        ("London", "England", "2643743"),
        ("istanbul", "Turkey", "745044"),
        ("İstanbul", "Türkiye", "745044"),
        ("São Paulo", "Brasil", "3448439"),
        ("Sao Paulo", "Brésil", "3448439"),
        ("서울시", "대한민국", "1835848"),
        ("City of Seoul", "Korea", "1835848"),
        ("Muenchen", "Deutschland", "2867714"),
    ],
)
def test_the_city_is_found_by_what_officers_write(
    read_city: ReadCity, name: str, country: str, key: str
) -> None:
    """A city in any spelling with its country in any language is that of the graph."""
    draft = read_city(name, country)
    assert draft.whole
    assert any(f"<{_IRIS.policy(key, 'night')}>" in line for line in triples(draft))


def test_the_name_of_a_gazetteer_stays_the_preferred_one(read_city: ReadCity) -> None:
    """Another spelling is an alternative label with a note, beside the gazetteer's name."""
    draft = read_city("Muenchen", "Germany")
    labels = [line for line in triples(draft) if "Label>" in line and "city/2867714" in line]
    assert sorted(line.partition("core#")[2] for line in labels) == [
        'altLabel> "Muenchen"@und',
        'prefLabel> "Munich"@en',
    ]
    notes = [problem for problem in draft.problems if problem.code == "city-alias"]
    assert [(note.severity, note.value) for note in notes] == [(Severity.INFO, "Muenchen")]


@pytest.mark.parametrize("register", ["geonames", "key"])
def test_a_city_by_its_identifier_has_its_other_name(read_city: ReadCity, register: str) -> None:
    """A name beside an identifier of the graph is an alternative label too."""
    draft = read_city("Minga", "Germany", **{register: "2867714"})
    assert any('"Minga"@und' in line for line in triples(draft))


def test_an_item_of_wikidata_is_the_city_of_the_graph(read_city: ReadCity) -> None:
    """The Wikidata id of a city that the graph has under another key is that city."""
    draft = read_city("Seoul", "Korea", wikidata="Q8684")
    assert any(f"<{_IRIS.policy('1835848', 'night')}>" in line for line in triples(draft))


def test_a_workbook_of_another_city_is_refused(read_city: ReadCity) -> None:
    """`--city` does not turn the workbook of a city into that of another one."""
    draft = read_city("Munich", "Germany", "2643743")
    assert not draft.whole
    assert [problem.code for problem in draft.problems] == ["another-city"]
    assert read_city("London", "UK", "2643743").whole


@pytest.mark.parametrize("country", ["Atlantis", "Germny"])
def test_an_unknown_country_is_a_problem(read_city: ReadCity, country: str) -> None:
    """A country that no name means is reported, with similar ones."""
    draft = read_city("Munich", country)
    (problem,) = [problem for problem in draft.problems if problem.code == "unknown-country"]
    assert problem.value == country
    assert ("Germany (DEU)" in problem.remedy) is (country == "Germny")
