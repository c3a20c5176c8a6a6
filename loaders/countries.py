"""Names of countries, as people write them, to their codes."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel import Locale

from urbansdg.loaders.fact import Record
from urbansdg.loaders.names import folded
from urbansdg.loaders.places import COUNTRIES
from urbansdg.loaders.table import read_table

_UN_LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar")
_ALSO = {
    "england": "GBR",  # parts of a state, told as if they were one
    "scotland": "GBR",
    "wales": "GBR",
    "northern ireland": "GBR",
    "people s republic of china": "CHN",
    "ivory coast": "CIV",
    "czech republic": "CZE",
    "hong kong": "HKG",
}


def country_code(name: str) -> str | None:
    """Return the ISO 3166-1 alpha-3 code of a name, None where it is not one of a country.

    Known are the UN's names in its six languages (M49) and the English ones of the Unicode CLDR.
    """
    return _by_name().get(folded(name))


@cache
def _by_name() -> Mapping[str, str]:
    table = files("urbansdg.data").joinpath("countries.csv")
    rows = [row for row in read_table(table, COUNTRIES) if isinstance(row, Record)]
    common = Locale("en").territories
    found = {
        folded(name): row.text("alpha3")
        for row in rows
        for name in (common.get(row.text("alpha2"), ""), *map(row.text, _UN_LANGUAGES))
        if name
    }
    return {**found, **_ALSO}
