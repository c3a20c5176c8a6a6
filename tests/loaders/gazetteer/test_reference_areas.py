"""The areas of statistical values."""

from dataclasses import dataclass, field

import pytest

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.gazetteer.city_gazetteer import City, Gazetteer, bundled_cities
from urbansdg.loaders.gazetteer.reference_areas import ReferenceArea, ReferenceAreas
from urbansdg.loaders.parse.facts import Cell, Facts
from urbansdg.ontology.iris import Iris

_IRIS = Iris("http://localhost:8000")
_LONDON, _SEOUL = "2643743", "1835848"
_NAMESAKES = (
    City("1", "Valencia", frozenset({"valencia"}), "ESP", "ES-VC", 800_000),
    City("2", "Valencia", frozenset({"valencia"}), "VEN", "", 1_500_000),
    City("3", "Guatemala", frozenset({"guatemala"}), "GTM", "", 1_000_000),
    City("4", "England", frozenset({"england"}), "USA", "US-AR", 3_000),
)


@dataclass
class _Context:
    iris: Iris = _IRIS
    cities: Gazetteer = field(default_factory=lambda: Gazetteer((*bundled_cities(), *_NAMESAKES)))

    def gazetteer(self) -> Gazetteer:
        return self.cities


def _find(
    text: str, city: str | None = None, within: str | None = None, *, expects_city: bool = False
) -> ReferenceArea | Problem:
    cell = Cell(text, Place("x.csv", row=2))
    areas = ReferenceAreas(_Context())
    return areas.find(cell, city=city, within=within, expects_city=expects_city)


@pytest.mark.long
@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Seoul", f"city/{_SEOUL}"),
        (_SEOUL, f"city/{_SEOUL}"),
        ("KRSEL", f"city/{_SEOUL}"),
        ("KR SEL", f"city/{_SEOUL}"),
        ("Q8684", f"city/{_SEOUL}"),
        ("http://www.wikidata.org/entity/Q8684", f"city/{_SEOUL}"),
        ("https://www.wikidata.org/wiki/Q8684", f"city/{_SEOUL}"),
        ("https://www.geonames.org/1835848/seoul.html", f"city/{_SEOUL}"),
        ("서울", f"city/{_SEOUL}"),
        ("Valencia, ESP", "city/1"),
        ("KOR", "country/KOR"),
        ("KR", "country/KOR"),
        ("UK", "country/GBR"),
        ("410", "country/KOR"),
        ("36", "country/AUS"),
        ("Germany", "country/DEU"),
        ("Deutschland", "country/DEU"),
        ("Korea, Rep.", "country/KOR"),
        ("KR-46", "region/KR-46"),
        ("South Jeolla", "region/KR-46"),
        ("England", "region/GB-ENG"),
        ("001", "area/001"),
        ("1", "city/1"),
        ("World", "area/001"),
        ("Europe", "area/150"),
    ],
)
def test_an_area_is_known_by_its_codes_and_names(text: str, path: str) -> None:
    """A city, country, region or statistical area is found by its code in a register or a name."""
    area = _find(text)
    assert isinstance(area, ReferenceArea)
    assert area.iri == f"{_IRIS.base}/id/{path}"


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_cell_is_the_city_of_the_source(text: str) -> None:
    """The city given for the source stands for an empty cell, under its key."""
    area = _find(text, _SEOUL)
    assert isinstance(area, ReferenceArea)
    assert (area.iri, area.key) == (_IRIS.city(_SEOUL), _SEOUL)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no-area"),
        ("Nowhereville", "unknown-city"),
        ("Valencia", "ambiguous-city"),
        ("Scotland", "area-not-in-graph"),
        ("Great Britain", "area-not-in-graph"),
        ("US-XX", "area-not-in-graph"),
        ("Q1", "area-not-in-graph"),
        ("Guatemala", "ambiguous-area"),
        ("DE3", "unknown-city"),
        ("E09000012", "unknown-city"),
    ],
)
@pytest.mark.parametrize("city", [None, _SEOUL])
def test_a_place_that_is_not_known_is_never_the_city(
    text: str, code: str, city: str | None
) -> None:
    """A row that names another place, known or not, is left out with a warning."""
    if not text and city:
        return
    problem = _find(text, city)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.severity) == (code, Severity.WARNING)
    assert problem.place == Place("x.csv", row=2)


def test_a_warning_about_a_name_of_two_places_has_both() -> None:
    """A city and a country of one name are candidates, and a column of cities decides."""
    problem = _find("Guatemala")
    assert isinstance(problem, Problem)
    assert "3 (Guatemala, GTM" in problem.remedy
    assert "GTM (country)" in problem.remedy
    area = _find("Guatemala", expects_city=True)
    assert isinstance(area, ReferenceArea)
    assert area.key == "3"
    for text in ("Mexico", "México"):
        country = _find(text, expects_city=True)
        assert isinstance(country, Problem)
        assert country.code == "ambiguous-area"
    whole = _find("Mexico City", expects_city=True)
    assert isinstance(whole, ReferenceArea)


def test_a_code_of_a_region_counts_within_its_country() -> None:
    """Within a country, a code that a country has elsewhere is that of a region."""
    area, elsewhere = _find("ON", within="CAN"), _find("CA")
    assert isinstance(area, ReferenceArea)
    assert isinstance(elsewhere, ReferenceArea)
    assert area.iri == _IRIS.region("CA-ON")
    assert elsewhere.iri == _IRIS.country("CAN")


def test_an_area_of_a_city_is_new_or_known() -> None:
    """A district has facts that the source states, and one of another source has none."""
    areas, place = ReferenceAreas(_Context()), Place("x.csv", row=2)
    new = areas.area_of_city(Cell("Kensington & Chelsea", place), _LONDON)
    again = areas.area_of_city(Cell("kensington & chelsea", place), _LONDON)
    assert isinstance(new, ReferenceArea)
    assert again is new
    assert new.iri == _IRIS.city_area(f"{_LONDON}-kensington-chelsea")
    assert new.key == f"{_LONDON}.kensington-chelsea"
    lines = [line for facts in new.facts(_IRIS) if isinstance(facts, Facts) for line in facts.lines]
    assert any('"Kensington & Chelsea"' in line for line in lines)
    assert any("areaOf" in line and _IRIS.city(_LONDON) in line for line in lines)
    elsewhere = areas.area_of_city(Cell("Kensington & Chelsea", place), _SEOUL)
    assert isinstance(elsewhere, ReferenceArea)
    assert elsewhere.iri != new.iri


def test_keys_of_areas_differ() -> None:
    """Two areas have two keys, whatever their kinds."""
    texts = ("Seoul", "KOR", "KR-46", "410", "001", "England", "GBR")
    areas = [area for area in map(_find, texts) if isinstance(area, ReferenceArea)]
    by_iri = {area.iri: area.key for area in areas}
    assert len(by_iri) == len(set(by_iri.values())) == len(texts) - 1


def test_a_country_is_no_question_about_a_city() -> None:
    """The table of choices between cities lists no country."""
    context = _Context()
    ReferenceAreas(context).find(Cell("Germany", Place()))
    ReferenceAreas(context).find(Cell("Nowhereville", Place()))
    assert list(context.cities.questions) == [("Nowhereville", "")]
