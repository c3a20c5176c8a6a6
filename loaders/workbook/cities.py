"""Names of cities to the keys that the graph knows them by."""

from collections.abc import Iterator
from dataclasses import dataclass
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
        """Return the key of the city that a cell names, or the problem with its candidates."""
        wanted = folded(cell.text)
        found = [
            key
            for names, of, key in self.known
            if (wanted in names or cell.text == key) and country in {None, of}
        ]
        if len(found) == 1:
            return found[0]
        return cell.problem("unknown-city", f"{cell.text!r} is unknown", f"{found}")

    def has(self, key: str) -> bool:
        """Whether a key is that of a city that is described already."""
        return any(key == each for _, _, each in self.known) and not key.startswith(FICTITIOUS)


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
