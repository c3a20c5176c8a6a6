"""The ways to read the text of a cell: a name, with or without a country and words of its kind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.reconcile.names.country_hints import CountryNames, PlaceText
from urbansdg.endpoint.reconcile.names.name_similarity import NameForm

MOST_READINGS: Final = 6
_OF: Final = r"(?:\s+(?:of|de\s+la|de\s+los|del|de|du|des|di|da|do)\s+|\s+d['\u2019]|\s+)"
_BEFORE: Final = re.compile(
    r"^(?:the\s+)?(?:metropolitan\s+)?(?:city|municipality|town|ville|commune|mairie|ciudad|"
    rf"municipio|municipalidad|ayuntamiento|cidade|stadt|город|مدينة|بلدية){_OF}(?=\S)",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"(?<=\S)(?:\s+(?:metropolitan\s+)?(?:city|municipality|town|government)|[\s-](?:si|shi)|"
    r"(?<=\S\S)\s?(?:특별자치시|특별시|광역시|시청|시|市政府|市))$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NameReading:
    """A name as it is compared, with the countries beside it, and what the reading takes away."""

    text: str
    form: NameForm
    countries: frozenset[str] | None = None
    is_unclear: bool = False
    cost: float = 0.0


_OTHER_WAY: Final = 0.01
_UNCLEAR: Final = 0.08
"""What a reading costs that leaves words out, and one that leaves out words of another meaning."""


def readings_of(text: str, countries: CountryNames) -> list[NameReading]:
    """Return the ways to read a text, the text as it is first."""
    read: dict[tuple[str, frozenset[str] | None], NameReading] = {}
    for place in _texts(text, countries):
        form = NameForm.of(place.name)
        key = (form.letters, place.countries)
        if form.letters and key not in read:
            cost = _UNCLEAR if place.is_unclear else _OTHER_WAY if read else 0.0
            read[key] = NameReading(place.name, form, place.countries, place.is_unclear, cost)
        if len(read) == MOST_READINGS:
            break
    return list(read.values())


def _texts(text: str, countries: CountryNames) -> Iterator[PlaceText]:
    for place in countries.readings(text):
        yield place
        bare = _AFTER.sub("", _BEFORE.sub("", place.name.strip(), count=1), count=1).strip()
        if bare and bare != place.name:
            yield PlaceText(bare, place.countries, place.is_unclear)
