"""The places that data sets of a catalogue cover: those of the graph, by name, code or IRI."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.gazetteer.reference_areas import AreaContext, ReferenceArea, ReferenceAreas
from urbansdg.loaders.parse.facts import Cell

_COUNTRY: Final = re.compile(
    r"https?://publications\.europa\.eu/resource/authority/country/([A-Z]{3})"
)
_GEOMETRY: Final = re.compile(r"[\[{(]|^[A-Z]+ ?\(|^[-\d., ]+$")
"""The beginning of GeoJSON, WKT or a bounding box."""


class CityContext(AreaContext, Protocol):
    """What the search needs of the context of a load: also the city of `--city`."""

    @property
    def city(self) -> str | None:
        """The key of the city that the source is about, if the loader of the data gave one."""


@dataclass(slots=True)
class CatalogueAreas:
    """Finds the places of data sets; without one, the city of `--city`."""

    context: CityContext
    left_out: Counter[str] = field(default_factory=Counter)
    areas: ReferenceAreas = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the search for places."""
        self.areas = ReferenceAreas(self.context)

    def find(self, texts: Iterable[str], place: Place) -> tuple[str, ...]:
        """Return the IRIs of the places that texts name; unknown ones are counted."""
        stated = [text for text in texts if text]
        if not stated and self.context.city is not None:
            return (self.context.iris.city(self.context.city),)
        iris: list[str] = []
        for text in stated:
            country = _COUNTRY.fullmatch(text)
            if _GEOMETRY.match(text):
                self.left_out["geometries"] += 1
                continue
            area = self.areas.find(Cell(country[1] if country else text, place))
            if isinstance(area, ReferenceArea):
                iris.append(area.iri)
            else:
                self.left_out["names of places that are not in the graph"] += 1
        return tuple(dict.fromkeys(iris))

    def unknown(self, file: str) -> Iterator[Problem]:
        """Yield what was left out of the places, one message for each kind."""
        for what, count in self.left_out.items():
            yield Problem(
                "left-out",
                f"Left out of the places that data sets cover: {what} ({count:,}).",
                "Load the places first, if they should be in the graph.",
                Place(file),
                Severity.INFO,
            )
