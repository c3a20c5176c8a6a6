"""The lists that the circles of maps lead to."""

from urbansdg.endpoint.figures.figure_data import MapPoint
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.pages.things.drawings.map_lists import policies_of

_SITE = SiteLinks("http://localhost:8000", LanguagePreference(None, "ko"))


def _cities(number: int, country: str = "KOR") -> list[MapPoint]:
    return [
        MapPoint(f"city {n}", 1, None, 0, 0, key=str(n), country=country) for n in range(number)
    ]


def test_a_circle_of_a_few_cities_leads_to_their_policies() -> None:
    """A few cities are named in the address, beside the filters and the language of the page."""
    address = policies_of(_SITE, goal="11")(_cities(3))
    assert address == "/policies?goal=11&city=0%2C1%2C2&lang=ko"


def test_a_circle_of_many_cities_leads_to_the_policies_of_their_countries() -> None:
    """Many cities are named by their countries, each once."""
    address = policies_of(_SITE)([*_cities(20), *_cities(20, "JPN")])
    assert address == "/policies?country=KOR%2CJPN&lang=ko"


def test_a_circle_of_many_cities_without_countries_leads_nowhere() -> None:
    """Where neither is known for all cities, there is no list to lead to."""
    assert policies_of(_SITE)([*_cities(20), *_cities(1, "")]) is None
