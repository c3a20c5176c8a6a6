"""Codes of countries: ISO 3166-1, M49, GeoNames and Wikidata, for the countries that there are.

Names are not taken: those of the bundled countries are the UN's. A country that is not bundled, or
whose code is another there, is told and left out.

Source: datasets/country-codes, PDDL.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from urbansdg.loaders.draft import Draft, Workshop, checksum, write_draft
from urbansdg.loaders.fact import Finding, Record
from urbansdg.loaders.places import COUNTRIES, country
from urbansdg.loaders.table import read_table
from urbansdg.ontology.iris import Iris
from urbansdg.problems import Place, Problem, Severity, SourceUnreadable
from urbansdg.store import Source

_COLUMNS: Final = {
    "alpha3": "ISO3166-1-Alpha-3",
    "alpha2": "ISO3166-1-Alpha-2",
    "m49": "M49",
    "geonames": "Geoname ID",
    "wikidata": "wikidata_id",
}
_PDDL: Final = "https://opendatacommons.org/licenses/pddl/1-0/"
_LOOK: Final = 8192


@dataclass(frozen=True, slots=True)
class CountryCodes:
    """The reader of the codes."""

    name: str = "country-codes"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Tell whether the path is the table, or a folder with it: by its columns."""
        return _table(path) is not None

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read the codes; raises `SourceUnreadable`."""
        file = _table(path) or path
        source = Source(file.name, checksum([file]), self.name, self.version, licence=_PDDL)
        found = _findings(file, workshop.iris)
        return write_draft(graph or "country-codes", found, source, workshop, None)


def _table(path: Path) -> Path | None:
    file = path / "country-codes.csv" if path.is_dir() else path
    if file.suffix.lower() != ".csv" or not file.is_file():
        return None
    with file.open("rb") as table:
        titles = table.readline(_LOOK).decode("utf-8-sig", "replace").strip().split(",")
    return file if set(_COLUMNS.values()) <= set(titles) else None


def _findings(file: Path, iris: Iris) -> Iterator[Finding]:
    known = _bundled()
    try:
        with file.open(encoding="utf-8-sig", newline="") as table:
            for number, row in enumerate(csv.DictReader(table), 2):
                yield from _country(_record(row, Place(file.name, row=number)), known, iris)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceUnreadable(
            f"{file.name} is no table in UTF-8: {error}.",
            "Have it exported again.",
            place=Place(file.name),
        ) from error


def _record(row: Mapping[str, str | None], place: Place) -> Record:
    cells = {ours: (row.get(theirs) or "").strip() for ours, theirs in _COLUMNS.items()}
    cells["m49"] = cells["m49"] and cells["m49"].zfill(3)
    cells["wikidata"] = cells["wikidata"].rpartition("/")[2]  # the address of a page
    return Record(place, {column: text for column, text in cells.items() if text}, _COLUMNS)


def _country(record: Record, known: Mapping[str, Record], iris: Iris) -> Iterator[Finding]:
    code = record.text("alpha3")
    if code not in known:
        yield _told(record, "alpha3", "unknown-country", f"There is no country {code!r}.")
        return
    agreed = {"alpha3": code}
    for column in ("alpha2", "m49", "geonames", "wikidata"):
        here, there = record.text(column), known[code].text(column)
        if here and here == there:
            agreed[column] = here
        else:
            message = (
                f"The code of {code} is {here or 'absent'} here and {there or 'absent'} there."
            )
            yield _told(record, column, "other-code", message)
    yield from country(Record(record.place, agreed), iris)


def _bundled() -> dict[str, Record]:
    table = files("urbansdg.data").joinpath("countries.csv")
    rows = (row for row in read_table(table, COUNTRIES) if isinstance(row, Record))
    return {row.text("alpha3"): row for row in rows}


def _told(record: Record, column: str, code: str, message: str) -> Problem:
    remedy = "It is left out; the bundled table of countries holds."
    value = record.text(column) or None
    return Problem(code, message, remedy, record.at(column), Severity.WARNING, value)


READER = CountryCodes()
