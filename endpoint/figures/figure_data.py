"""The values that figures draw, and the text about a figure."""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2s
from typing import Final

from urbansdg.endpoint.html.interface_texts import LANGUAGES, InterfaceTexts

WIDTH: Final = 420.0
"""The width of a chart in its own units: at 390 CSS pixels, its text has about 11 pixels."""

Degrees = tuple[float, float]
"""The longitude and the latitude of a place."""

BarRow = tuple[str, Decimal, str | None]
"""A row of a bar chart: its label, its value, its address."""


@dataclass(frozen=True, slots=True)
class FigureText:
    """What a figure is called and says, in a language, and the direction of its text.

    `unit` is what its numbers count, such as a currency: the title of the axis of values.
    """

    title: str
    description: str
    language: str = "en"
    direction: str = "ltr"
    unit: str = ""

    @property
    def identifier(self) -> str:
        """The start of the identifiers in the markup of this figure."""
        words = f"{self.title}\n{self.description}\n"
        return f"f{blake2s(words.encode('utf-8', 'replace'), digest_size=4).hexdigest()}"

    @property
    def whole_description(self) -> str:
        """The description with the unit of the numbers, for who does not see the axis."""
        if not self.unit:
            return self.description
        return f"{self.description} {self.words('figure_unit', n=self.unit)}".lstrip()

    @property
    def words(self) -> InterfaceTexts:
        """The texts of pages in the language of this figure, in English if it has none."""
        return InterfaceTexts(self.language if self.language in LANGUAGES else "en")

    @property
    def is_mirrored(self) -> bool:
        """Whether the figure reads from right to left."""
        return self.direction == "rtl"


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """A line of a chart: its label, and its points by year, date or category."""

    label: str
    points: tuple[tuple[str | Decimal, Decimal], ...]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A row of a timeline; the dates are as in RDF: `2019`, `2019-03`, `2019-03-31`.

    Without a start or an end the row is open on that side. `is_event` draws one day.
    """

    label: str
    start: str | None
    end: str | None
    href: str | None = None
    is_event: bool = False


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A place on a map: its label, its number, its address, and its degrees.

    `key` and `country` name it and its country in addresses of lists.
    """

    label: str
    number: int
    href: str | None
    longitude: float
    latitude: float
    is_focus: bool = False
    key: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class MapArc:
    """A link between two places of a map, from the first to the second one."""

    label: str
    start: MapPoint
    end: MapPoint


@dataclass(frozen=True, slots=True)
class GoalValues:
    """A panel of the small multiples: the code of a goal, its name, its values, its address."""

    code: str
    name: str
    values: tuple[tuple[str, Decimal], ...]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class FigureTable:
    """The table that a figure draws: the heads of its columns, and its rows.

    A cell is a text, a number, or a link as a pair of its text and its address.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple["str | Decimal | tuple[str, str | None]", ...], ...]
