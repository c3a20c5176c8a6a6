"""What a reader chose to see of the table of an overview: order, filters, page."""

from dataclasses import dataclass, replace
from typing import Final, Self

from starlette.datastructures import QueryParams

COLUMNS: Final = ("name", "city", "country", "status", "year", "budget", "outcome")
PARTS: Final = ("budget", "outcome")
SIZE: Final = 50
"""The rows of a page."""

NAMES: Final = ("sort", "region", "status", "has", "list")
"""The parameters that choose a view."""

_LONGEST: Final = 60
_MOST_PAGES: Final = 999


@dataclass(frozen=True, slots=True)
class TableView:
    """The view: a column to sort by, the codes of a region and a status, a part, a page.

    Invalid values are ignored, as elsewhere in the address of a document.
    """

    sort: str = "name"
    descending: bool = False
    region: str = ""
    status: str = ""
    has: str = ""
    number: int = 1

    @classmethod
    def of(cls, parameters: QueryParams) -> Self:
        """Return the view in the parameters of a request."""
        sort = parameters.get("sort", "")
        column = sort.removeprefix("-")
        has, number = parameters.get("has", ""), parameters.get("list", "1")
        is_number = number.isascii() and number.isdecimal() and 0 < int(number[:6]) <= _MOST_PAGES
        return cls(
            column if column in COLUMNS else "name",
            column in COLUMNS and sort.startswith("-"),
            parameters.get("region", "")[:_LONGEST],
            parameters.get("status", "")[:_LONGEST],
            has if has in PARTS else "",
            int(number) if is_number else 1,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether the table leaves policies out."""
        return bool(self.region or self.status or self.has)

    def parameters(self) -> dict[str, str]:
        """Return the parameters of this view; those by default are absent."""
        sort = f"{'-' if self.descending else ''}{self.sort}"
        texts = {"region": self.region, "status": self.status, "has": self.has}
        texts |= {"sort": "" if sort == "name" else sort}
        texts |= {"list": "" if self.number == 1 else str(self.number)}
        return {name: text for name, text in texts.items() if text}

    def sorted_by(self, column: str) -> Self:
        """Return this view in the order of a column; of the same column, the reverse order."""
        descending = column == self.sort and not self.descending
        return replace(self, sort=column, descending=descending, number=1)

    def of_page(self, number: int) -> Self:
        """Return another page of this view."""
        return replace(self, number=number)

    def in_region(self, region: str) -> Self:
        """Return the first page of the policies of a region."""
        return replace(self, region=region, number=1)


def view_parameters(parameters: QueryParams) -> tuple[tuple[str, str], ...]:
    """Return the parameters of a request that choose a view, as they were sent."""
    return tuple((name, parameters[name]) for name in NAMES if parameters.get(name))
