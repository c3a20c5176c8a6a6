"""How alike names are, and the ways to read a text with a country in it."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.endpoint.reconcile.names.candidate_ranking import (
    EntityScore,
    NamedEntity,
    RankingFacts,
    ranked,
)
from urbansdg.endpoint.reconcile.names.country_hints import CountryNames
from urbansdg.endpoint.reconcile.names.name_readings import readings_of
from urbansdg.endpoint.reconcile.names.name_similarity import NameForm, errors, forms_of, similarity

_USDG = "https://w3id.org/urbansdg/ontology#"
_CODES = {"KR": "KOR", "KP": "PRK", "GB": "GBR", "US": "USA", "CA": "CAN", "LA": "LAO"}


@pytest.fixture(scope="module")
def countries() -> CountryNames:
    """Return a few countries, which have codes in the graph and names in CLDR."""
    store = ox.Store()
    for alpha2, alpha3 in _CODES.items():
        for name, code in (("isoAlpha2", alpha2), ("isoAlpha3", alpha3)):
            predicate, value = ox.NamedNode(_USDG + name), ox.Literal(code)
            store.add(ox.Quad(ox.NamedNode(f"urn:{alpha3}"), predicate, value))
    return CountryNames.of(store)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("São Paulo", "SAO PAULO"), ("Kraków", "Krakow"), ("København", "Kobenhavn")),
        *(("Xi'an", "Xi\u2019an"), ("Xi'an", "Xian"), ("Tel Aviv-Yafo", "tel aviv yafo")),
        *(("Łódź", "lodz"), ("القاهرة", "القاهره"), ("Йошкар-Ола", "Иошкар Ола")),
        *(("\uff33\uff45\uff4f\uff55\uff4c", "Seoul"), ("Hanoi ", "Hanoi")),
    ],
)
def test_case_accents_and_signs_make_no_difference(one: str, other: str) -> None:
    """Names are equal whatever their case, accents, apostrophes, hyphens and width."""
    assert similarity(NameForm.of(one), NameForm.of(other)) == 1


@pytest.mark.parametrize(
    ("text", "name", "count"),
    [
        *(
            ("Seol", "Seoul", 1),
            ("Seuol", "Seoul", 1),
            ("Seoup", "Seoul", 1),
            ("Paris", "Paris", 0),
        ),
        *(("tax congestion Stockholm", "Stockholm congestion tax", 0), ("서올", "서울", 1)),
    ],
)
def test_typing_errors_are_counted(text: str, name: str, count: int) -> None:
    """A letter dropped, swapped or replaced is one error, a Korean vowel too; order is none."""
    form, other = NameForm.of(text), NameForm.of(name)
    assert errors(form, other) == count
    assert (similarity(form, other) == 1) == (text == name)


def test_marks_of_kana_are_letters() -> None:
    """The marks of voiced kana make other letters, unlike accents."""
    assert similarity(NameForm.of("ガ"), NameForm.of("カ")) < 1


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_similarity_lies_between_nothing_and_equal(text: str, name: str) -> None:
    """A similarity is from 0 to 1, and 1 exactly where the letters are equal."""
    form, other = NameForm.of(text), NameForm.of(name)
    likeness = similarity(form, other)
    assert 0 <= likeness <= 1
    assert (likeness == 1) == (form.letters == other.letters)


@pytest.mark.parametrize(
    ("text", "name", "codes"),
    [
        *(("Seoul, Korea", "Seoul", {"KOR", "PRK"}), ("Seoul, KR", "Seoul", {"KOR"})),
        *(("Seoul (South Korea)", "Seoul", {"KOR"}), ("서울, 대한민국", "서울", {"KOR"})),
        *(("대한민국 서울", "서울", {"KOR"}), ("Seoul South Korea", "Seoul", {"KOR"})),
        *(("Birmingham, UK", "Birmingham", {"GBR"}), ("Birmingham | USA", "Birmingham", {"USA"})),
        *(
            ("Los Angeles, CA", "Los Angeles", {"CAN", "USA"}),
            ("Vancouver BC", "Vancouver", {"CAN"}),
        ),
    ],
)
def test_a_country_beside_a_name_is_read(
    countries: CountryNames, text: str, name: str, codes: set[str]
) -> None:
    """A text is read as it is first, and as a name with the country beside it."""
    readings = readings_of(text, countries)
    assert (readings[0].text, readings[0].countries) == (text, None)
    assert (name, frozenset(f"urn:{code}" for code in codes)) in [
        (reading.text, reading.countries) for reading in readings[1:]
    ]


@pytest.mark.parametrize("text", ["La Paz", "Laos", "Paris", "New York", "Seoul"])
def test_a_part_of_a_name_is_no_country(countries: CountryNames, text: str) -> None:
    """A short word of a name is not read as the code of a country."""
    assert [reading.countries for reading in readings_of(text, countries)] == [None]


def test_a_place_that_is_unknown_makes_a_reading_unclear(countries: CountryNames) -> None:
    """A place beside a name that is no country makes the reading unclear."""
    readings = readings_of("Paris, Texas", countries)
    assert [(reading.text, reading.is_unclear) for reading in readings] == [
        ("Paris, Texas", False),
        ("Paris", True),
    ]


def _ranked(
    text: str,
    names: dict[str, str],
    countries: CountryNames,
    importance: dict[str, float] | None = None,
) -> list[EntityScore]:
    facts = RankingFacts(
        lambda iri: frozenset((f"urn:{iri[-3:]}",)),
        lambda _: None,
        (importance or {}).__getitem__ if importance else lambda _: 0.0,
        lambda *_: True,
    )
    entities = [NamedEntity(iri, (name,), forms_of((name,))) for iri, name in names.items()]
    return ranked(readings_of(text, countries), entities, None, facts, 5)


def test_the_more_important_of_namesakes_is_first_but_no_match(countries: CountryNames) -> None:
    """Of two cities of one name the larger one is first, and neither is a match."""
    names = {"small-USA": "Birmingham", "large-GBR": "Birmingham"}
    scores = _ranked("Birmingham", names, countries, {"small-USA": 2e5, "large-GBR": 1e6})
    assert [(it.iri, it.is_match) for it in scores] == [("large-GBR", False), ("small-USA", False)]
    (first, *_) = _ranked("Birmingham, US", names, countries, {"small-USA": 2e5, "large-GBR": 1e6})
    assert (first.iri, first.is_match, first.in_country) == ("small-USA", True, True)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Kōchi", "b-JPN"),
        ("Kōhci", "b-JPN"),  # an error beside the accent
        ("KO\u0304CHI", "b-JPN"),
        ("Kochi", "a-IND"),  # without accents, importance decides
        ("Kohci", "a-IND"),
    ],
)
def test_accents_tell_namesakes_apart(countries: CountryNames, text: str, first: str) -> None:
    """A text with accents means the namesake that has them; one without says nothing."""
    names = {"a-IND": "Kochi", "b-JPN": "Kōchi"}
    scores = _ranked(text, names, countries, {"a-IND": 2e6, "b-JPN": 3e5})
    assert scores[0].iri == first
    assert len(scores) == 2


def test_a_wrong_accent_takes_nothing_from_a_name_without_errors(countries: CountryNames) -> None:
    """A name whose letters are right keeps its score, whatever its accents are."""
    (only,) = _ranked("Zürich", {"a-CHE": "Zurich"}, countries)
    assert (only.score, only.is_match) == (100.0, True)


@pytest.mark.parametrize(
    ("text", "names", "is_match"),
    [
        ("Birmngham", {"a-GBR": "Birmingham", "b-USA": "Bellingham"}, True),
        ("Bat", {"a-USA": "Bath"}, False),  # too short for an error
        ("Suton", {"a-USA": "Sutton", "b-USA": "Suson"}, False),  # two are as near
        ("Sutton", {"a-USA": "Sutton", "b-USA": "Suttom"}, True),
        ("London Congestion", {"a-GBR": "London Congestion Charge"}, False),  # a part of a name
    ],
)
def test_a_match_is_sure(
    countries: CountryNames,
    text: str,
    names: dict[str, str],
    is_match: bool,  # noqa: FBT001
) -> None:
    """A match has few errors for its length, and no other name is as near."""
    (first, *_) = _ranked(text, names, countries)
    assert (first.iri[0], first.is_match) == ("a", is_match)
