"""The option `--city`: a key or a name, resolved once for all sources of a load."""

import re
from collections.abc import Iterable
from typing import Final

from urbansdg.errors import InvalidData, Place, Problem
from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.drafts.duplicate_things import fingerprint
from urbansdg.loaders.gazetteer.city_gazetteer import Gazetteer
from urbansdg.loaders.parse.facts import Cell

_IDENTIFIER: Final = re.compile(r"Q?[1-9][0-9]*")
"""The keys that a new city can have: ids of GeoNames and of Wikidata."""


def city_of_option(text: str, cities: Gazetteer) -> str:
    """Return the key of the city that the option names; raises `InvalidData`.

    An id that the graph lacks is returned as it is: the source may describe the city itself, which
    `check_city_option` finds out.
    """
    if text in cities.by_key or _IDENTIFIER.fullmatch(text):
        return text
    outcome = cities.resolve(Cell(text, Place()), uses_geonames=False)
    if isinstance(outcome, str):
        return outcome
    raise _refusal(outcome.code, text, outcome.remedy)


def check_city_option(context: ReadContext, drafts: Iterable[Draft]) -> None:
    """Raise `InvalidData` if neither the graph nor a source describes the city of the option."""
    city = context.city
    if city is None or city in context.known().by_key:
        return
    thing = fingerprint(context.iris.city(city))
    if not any(thing in (draft.things or ()) for draft in drafts):
        remedy = "Write its name or its key as in the graph, or load the city first."
        raise _refusal("unknown-city", city, remedy)


def _refusal(code: str, text: str, remedy: str) -> InvalidData:
    message = f"The option --city names no city of the graph: {text!r}."
    if code != "unknown-city":
        message = f"The option --city names several cities of the graph: {text!r}."
    return InvalidData(
        "The city of the sources is not known; nothing was loaded.",
        "Correct the option --city.",
        problems=(Problem(code, message, remedy, value=text),),
    )
