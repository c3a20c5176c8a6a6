"""Names of cities to the keys that the graph knows them by."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files

from urbansdg.loaders.fact import Cell, Record
from urbansdg.loaders.places import CITIES, FICTITIOUS, LANGUAGES
from urbansdg.loaders.table import read_table
from urbansdg.loaders.workbook.layout import folded
from urbansdg.problems import Problem


@dataclass(frozen=True, slots=True)
class Cities:
    """The bundled cities: their names, country and key."""

    known: tuple[tuple[frozenset[str], str, str], ...]

    def settled(self, cell: Cell, country: str | None = None) -> str | Problem:
        """Return the key of the city that a cell names, or the problem with its candidates.

        Behind a comma may stand its country: `Valencia, ESP`.
        """
        name, _, of = cell.text.partition(",")
        wanted, country = folded(name), of.strip().upper() or country
        found = [
            (key, where)
            for names, where, key in self.known
            if (wanted in names or cell.text == key) and country in {None, where}
        ]
        if len(found) == 1:
            return found[0][0]
        return _ambiguous(cell, found) if found else self._unknown(cell, wanted)

    def _unknown(self, cell: Cell, wanted: str) -> Problem:
        every = {name: (key, where) for names, where, key in self.known for name in names}
        near = [every[name] for name in get_close_matches(wanted, every, n=3)]
        hint = f" Perhaps {_listed(near)}." if near else ""
        return cell.problem(
            "unknown-city",
            f"There is no city {cell.text!r} in the graph.",
            f"Write its name as the graph has it, or its key.{hint}",
        )

    def has(self, key: str) -> bool:
        """Whether a key is that of a city that is described already."""
        return any(key == each for _, _, each in self.known) and not key.startswith(FICTITIOUS)


def _ambiguous(cell: Cell, found: list[tuple[str, str]]) -> Problem:
    return cell.problem(
        "ambiguous-city",
        f"{cell.text!r} is the name of {len(found)} cities.",
        f"Write the key of one: {_listed(found)}.",
    )


def _listed(found: list[tuple[str, str]]) -> str:
    return ", ".join(dict.fromkeys(f"{key} ({where})" for key, where in found))


def read_cities() -> Cities:
    """Read the bundled cities."""
    return Cities(tuple(_cities()))


def _cities() -> Iterator[tuple[frozenset[str], str, str]]:
    data = files("urbansdg.data")
    for folder in (data, data.joinpath("example")):
        for row in read_table(folder.joinpath("cities.csv"), CITIES):
            if isinstance(row, Record):
                names = frozenset(folded(row.text(language)) for language in LANGUAGES)
                yield names - {""}, row.text("country"), row.text("key")
