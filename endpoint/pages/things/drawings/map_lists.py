"""The lists that the circles of maps lead to: the policies of the cities in a circle."""

from collections.abc import Sequence
from typing import Final

from urbansdg.endpoint.figures.figure_data import MapPoint
from urbansdg.endpoint.figures.point_map import ListAddress
from urbansdg.endpoint.html.site_links import SiteLinks

_MOST_CITIES: Final = 12
"""More cities are named by their countries: a map of thousands of cities would be too long."""

_MOST_COUNTRIES: Final = 40


def policies_of(site: SiteLinks, **filters: str) -> ListAddress:
    """Return the function that addresses the policies of the cities in a circle.

    The list has these cities only; of many cities, it has all cities of their countries. `filters`
    are further parameters of the list.
    """

    def address(places: Sequence[MapPoint]) -> str | None:
        keys = list(dict.fromkeys(place.key for place in places))
        if len(keys) <= _MOST_CITIES and all(keys):
            return site.at("/policies", **filters, city=",".join(keys))
        countries = list(dict.fromkeys(place.country for place in places))
        if len(countries) <= _MOST_COUNTRIES and all(countries):
            return site.at("/policies", **filters, country=",".join(countries))
        return None

    return address
