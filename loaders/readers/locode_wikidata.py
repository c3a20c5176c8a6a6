"""UN/LOCODEs of cities, from OpenClimate's pairs of codes and Wikidata items.

A city of the graph gets the code of its item. An item with several codes (a port, a suburb) says
nothing of the city: it is told with all of them, and left out. So is a code of another country.

Source: Open-Earth-Foundation/OpenClimate, `locode-wikidata`, Apache-2.0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Final

from urbansdg.loaders.draft import Draft, Workshop, checksum, write_draft
from urbansdg.loaders.fact import Finding, Record
from urbansdg.loaders.gazetteer import City
from urbansdg.loaders.mapping import Field, filled
from urbansdg.loaders.places import COUNTRIES
from urbansdg.loaders.table import header, read_table
from urbansdg.loaders.values import plain
from urbansdg.ontology.iris import slug
from urbansdg.problems import Place, Problem, Severity
from urbansdg.store import Source

PAIRS: Final = header("LOCODE wikidata_id distance", "LOCODE wikidata_id")
_FIRST: Final = b"LOCODE,wikidata_id,distance"
_APACHE: Final = "https://www.apache.org/licenses/LICENSE-2.0"
_WRONG: Final = {("JPTYO", "Q7473516"): "Q1490"}
"""Pairs known to be wrong, and the item that the code is of: JPTYO is Tokyo as a whole."""


@dataclass(frozen=True, slots=True)
class LocodeWikidata:
    """The reader of the pairs."""

    name: str = "locode-wikidata"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Tell whether the path is a table of pairs, or a folder with some."""
        return bool(_tables(path))

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read the codes of the cities that the graph has; raises `SourceUnreadable`."""
        tables = _tables(path)
        rows = list(chain.from_iterable(read_table(table, PAIRS) for table in tables))
        problems = [row for row in rows if isinstance(row, Problem)]
        pairs = _Pairs([row for row in rows if isinstance(row, Record)], workshop)
        source = Source(path.name, checksum(tables), self.name, self.version, licence=_APACHE)
        found = chain(problems, pairs.findings())
        return write_draft(graph or slug(path.stem), found, source, workshop, len(rows))


def _tables(path: Path) -> tuple[Path, ...]:
    listed = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    return tuple(table for table in listed if _pairs(table))


def _pairs(table: Path) -> bool:
    if table.suffix.lower() != ".csv" or not table.is_file():
        return False
    with table.open("rb") as file:
        return file.readline(len(_FIRST) + 8).strip(b"\xef\xbb\xbf\r\n") == _FIRST


@dataclass(frozen=True, slots=True)
class _Pairs:
    records: list[Record]
    workshop: Workshop

    def findings(self) -> Iterator[Finding]:
        """Give each city of the graph its code, and tell of what is left out."""
        cities = {city.wikidata: city for city in self.workshop.gazetteer().cities}
        alpha2 = _alpha2()
        absent = 0
        for item, records in self._by_item().items():
            codes = [record.text("LOCODE") for record in records]
            city, record = cities.get(item), records[0]
            if len(set(codes)) > 1:
                message = f"{item} has several codes: {', '.join(codes)}."
                yield _left_out(record, "several-codes", message)
            elif (codes[0], item) in _WRONG:
                message = f"{codes[0]} is the code of {_WRONG[codes[0], item]}, not of {item}."
                yield _left_out(record, "wrong-link", message)
            elif city is None:
                absent += 1
            elif codes[0][:2] != alpha2.get(city.country):
                message = f"{codes[0]} is no code of {city.country}, where {item} is."
                yield _left_out(record, "wrong-country", message)
            else:
                yield from self._coded(record, city)
        if absent:
            yield _absent(absent)

    def _by_item(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self.records:
            found.setdefault(record.text("wikidata_id"), []).append(record)
        return found

    def _coded(self, record: Record, city: City) -> Iterator[Finding]:
        iri = self.workshop.iris.city(city.key)
        self.workshop.gazetteer().answers[city.wikidata, ""] = city.key
        yield from filled(record, iri, (Field("LOCODE", "usdg:unLocode", plain),))


def _alpha2() -> dict[str, str]:
    table = files("urbansdg.data").joinpath("countries.csv")
    rows = (row for row in read_table(table, COUNTRIES) if isinstance(row, Record))
    return {row.text("alpha3"): row.text("alpha2") for row in rows}


def _left_out(record: Record, code: str, message: str) -> Problem:
    remedy = "It is left out; give the city its code in a table of cities."
    place = record.at("LOCODE")
    return Problem(code, message, remedy, place, Severity.WARNING, record.text("LOCODE"))


def _absent(count: int) -> Problem:
    message = f"{count:,} items are of no city of the graph."
    remedy = "They are left out; load a gazetteer that has them, then load this again."
    return Problem("city-not-in-graph", message, remedy, Place(), Severity.INFO)


READER = LocodeWikidata()
