"""Names of countries as people write them."""

import pytest
from babel import Locale

from urbansdg.loaders.tables.country_names import (
    COMMON_LANGUAGES,
    alpha2_of,
    alpha3_of,
    country_code,
    country_part,
    similar_countries,
    whole_country,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UK", "GBR"),
        ("U.K.", "GBR"),
        ("England", "GBR"),
        ("Écosse", "GBR"),
        ("영국", "GBR"),
        ("Turkey", "TUR"),
        ("Türkiye", "TUR"),
        ("TURKIYE", "TUR"),
        ("Czech Republic", "CZE"),
        ("Österreich", "AUT"),
        ("Oesterreich", "AUT"),
        ("Korea", "KOR"),
        ("Korea, Rep.", "KOR"),
        ("Republic of Korea", "KOR"),
        ("대한민국", "KOR"),
        ("Korea (Democratic People's Republic of)", "PRK"),
        ("USA", "USA"),
        ("U.S.A.", "USA"),
        ("EE. UU.", "USA"),
        ("Ivory Coast", "CIV"),
        ("Cote d'Ivoire", "CIV"),
        ("Holland", "NLD"),
        ("the Netherlands", "NLD"),
        ("Burma", "MMR"),
        ("Swaziland", "SWZ"),
        ("Macedonia", "MKD"),
        ("Congo, Dem. Rep.", "COD"),
        ("Congo - Kinshasa", "COD"),
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("Hrvatska", "HRV"),
        ("Suomi", "FIN"),
        ("Trinidad & Tobago", "TTO"),
        ("St. Lucia", "LCA"),
        ("Gambia, The", "GMB"),
        ("gb", "GBR"),
        ("EL", "GRC"),
        ("Kingdom of Norway", "NOR"),
    ],
)
def test_a_country_is_known_by_the_names_that_people_write(text: str, code: str) -> None:
    """Short, former, formal and foreign names, codes, and parts of a country mean the country."""
    assert country_code(text) == code


@pytest.mark.parametrize("text", ["", "...", "Atlantis", "Virgin Islands", "Kongo", "the"])
def test_a_text_that_names_no_single_country_has_no_code(text: str) -> None:
    """A name that two countries have, or none, gives no code."""
    assert country_code(text) is None


def test_a_part_of_a_country_is_not_the_country() -> None:
    """A value of England or of Great Britain is not one of the United Kingdom."""
    assert whole_country("England") is None
    assert whole_country("Great Britain") is None
    assert country_part("England") == ("GBR", "GB-ENG")
    assert country_part("United Kingdom") is None
    assert whole_country("United Kingdom") == "GBR"


@pytest.mark.parametrize("language", COMMON_LANGUAGES)
def test_every_name_of_cldr_is_read_in_the_common_languages(language: str) -> None:
    """A name of Unicode CLDR means its country, or nothing if two countries share it."""
    wrong = {
        name: (alpha2, code)
        for alpha2, name in Locale.parse(language).territories.items()
        if alpha3_of(alpha2) and (code := country_code(name)) not in {alpha3_of(alpha2), None}
    }
    assert wrong == {}


def test_codes_of_a_country_give_each_other() -> None:
    """The alpha-2 code of an alpha-3 code leads back to it."""
    assert alpha2_of("KOR") == "KR"
    assert alpha3_of("KR") == alpha3_of("KOR") == "KOR"
    assert alpha3_of("XX") is None
    assert alpha2_of("XXX") == ""


def test_similar_names_are_offered() -> None:
    """A misspelt name has the countries with names like it."""
    assert similar_countries("Germny") == ("Germany (DEU)",)
