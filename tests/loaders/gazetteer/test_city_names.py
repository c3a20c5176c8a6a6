"""Spellings of the names of cities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.loaders.gazetteer.city_names import PlaceName, bare_keys, joined_key, place_names


@pytest.mark.parametrize(
    ("text", "graph_name"),
    [
        ("City of Seoul", "Seoul"),
        ("Seoul City", "Seoul"),
        ("서울시", "서울"),
        ("서울특별시", "서울"),
        ("수원", "수원시"),
        ("北京市", "北京"),
        ("Suwon-si", "Suwon"),
        ("Ville de Paris", "Paris"),
        ("Ciudad de Buenos Aires", "Buenos Aires"),
        ("Cidade do Porto", "Porto"),
        ("Landeshauptstadt München", "München"),
        ("İstanbul Büyükşehir Belediyesi", "İstanbul"),
        ("\u0433. Москва", "Москва"),
        ("Xian", "Xi'an"),
        ("Saint Petersburg", "St. Petersburg"),
        ("SALT LAKE CITY", "Salt Lake City"),
        ("Oslo kommune", "Oslo"),
    ],
)
def test_a_name_is_read_without_the_words_of_an_administration(text: str, graph_name: str) -> None:
    """A name with such words is that without them; blanks and hyphens do not count."""
    assert joined_key(graph_name) in bare_keys(text)


@pytest.mark.parametrize(
    ("text", "graph_name"),
    [
        ("Kansas", "Kansas City"),
        ("Mexico", "Ciudad de México"),
        ("Oklahoma", "Oklahoma City"),
        ("Manchester", "Greater Manchester"),
        ("City", "Cork"),
    ],
)
def test_a_name_of_the_graph_keeps_its_words(text: str, graph_name: str) -> None:
    """A state or country is not the city whose name begins or ends with it."""
    assert joined_key(graph_name) not in bare_keys(text)


@pytest.mark.parametrize(
    ("text", "name", "beside"),
    [
        ("Seoul, Korea", "Seoul", ("Korea",)),
        ("Portland, Oregon, USA", "Portland", ("Oregon", "USA")),
        ("Valencia (Spain)", "Valencia", ("Spain",)),
        ("Valencia - Spain", "Valencia", ("Spain",)),
        ("대한민국, 서울", "서울", ("대한민국",)),
        ("北京\uff0c中国", "北京", ("中国",)),
    ],
)
def test_a_text_is_read_with_the_places_beside_a_name(
    text: str, name: str, beside: tuple[str, ...]
) -> None:
    """The country or region stands after a comma, in brackets or after a dash, or before."""
    assert PlaceName(name, beside) in tuple(place_names(text))
    assert next(place_names(text)) == PlaceName(text)


@given(st.text(alphabet="abc시市 -'", max_size=12))
def test_every_name_is_found_by_itself(text: str) -> None:
    """The letters of a name are among those that a person who writes it may mean."""
    assert joined_key(text) in set(bare_keys(text))
