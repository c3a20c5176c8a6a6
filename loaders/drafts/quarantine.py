"""Quarantine: separate invalid data, and everything that depends on it, from the rest.

A thing is rejected as a whole: an invalid policy with its budget, its claims and its other parts,
and everything that refers to it. The unit is the row in tables and the triple in files of RDF.
Rejected data is written in its original form, to be fixed and loaded as a source of its own.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from urbansdg.errors import Problem, Severity
from urbansdg.loaders.drafts.draft import Draft, PlaceFile, Places
from urbansdg.loaders.spreadsheets.csv_text import csv_reader
from urbansdg.loaders.tables.csv_table import table_encoding
from urbansdg.ontology.iris import Iris

REPORT: Final = "report.json"
TABLES: Final = "tables"
"""The reader whose rejected rows are written as tables; for other readers, triples are written."""
_NODE: Final = re.compile(r"<([^<>]*)>|(_:\S+)")
_KEYED: Final = {
    "cities.csv": "city",
    "policies.csv": "policy",
    "organisations.csv": "organisation",
    "networks.csv": "network",
    "indicators.csv": "indicator",
    "datasets.csv": "dataset",
    "contacts.csv": "contact",
    "media.csv": "media",
    "events.csv": "event",
    "opinions.csv": "opinion",
}
"""The kind of thing that the column `key` of a table names, for rows that could not be read."""

RowKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Rejected:
    """The rejected data: things by IRI, and rows by file name and row number."""

    things: frozenset[str] = frozenset()
    rows: frozenset[RowKey] = frozenset()

    def __or__(self, other: "Rejected") -> "Rejected":
        """Return the union of both."""
        return Rejected(self.things | other.things, self.rows | other.rows)


@dataclass(frozen=True, slots=True)
class DraftFilter:
    """Divides the drafts of sources into valid and rejected data."""

    drafts: Sequence[Draft]
    paths: Sequence[Path]
    iris: Iris

    def rejected(self, problems: Sequence[Problem], before: Rejected) -> Rejected:
        """Return `before` with everything that the problems reject, directly or by reference."""
        bad = [problem for problem in problems if problem.severity is Severity.VIOLATION]
        focused = {self._thing(problem.place.focus) for problem in bad if problem.place.focus}
        places = (place for problem in bad for place in (problem.place, *problem.related))
        placed = ((place.file, place.row) for place in places)
        rows = {(file, row) for file, row in placed if file is not None and row is not None}
        every = (file for draft in self.drafts for file in _files(draft))
        things = {nodes[0] for file in every for nodes, _ in self._lines(file)} & focused
        things |= {thing for row in rows if (thing := self._thing_in(row)) is not None}
        rejected = before | Rejected(frozenset(things), frozenset(rows))
        while (wider := rejected | self._dependents(rejected)) != rejected:
            rejected = wider
        return rejected

    def without_rejected(self, draft: Draft, rejected: Rejected) -> Draft:
        """Return the draft without the rejected data, in new files."""
        files = [
            file.filtered("kept", (not flag for flag in self._rejection_flags(file, rejected)))
            for file in _files(draft)
        ]
        left = tuple(
            problem for problem in draft.problems if problem.severity is not Severity.VIOLATION
        )
        source = replace(draft.source, name=f"{draft.source.name} (without rejected data)")
        places = Places(tuple(file for file in files if file.named), draft.places.gaps)
        triples = tuple(file.triples for file in files)
        return Draft(draft.graph, triples, source, places, left)

    def write(self, folder: Path, rejected: Rejected, problems: Sequence[Problem]) -> int:
        """Write the rejected data and a report; return the number of rejected rows and triples."""
        folder.mkdir(parents=True, exist_ok=True)
        count = sum(
            self._write(draft, path, folder, rejected)
            for draft, path in zip(self.drafts, self.paths, strict=True)
        )
        report = {
            "rejected": count,
            "things": sorted(rejected.things),
            "problems": [problem.to_json() for problem in problems],
        }
        text = json.dumps(report, ensure_ascii=False, indent=2)
        (folder / REPORT).write_text(f"{text}\n", "utf-8")
        return count

    def _write(self, draft: Draft, path: Path, folder: Path, rejected: Rejected) -> int:
        if path.is_dir() and draft.source.reader == TABLES:
            rows = self._rows(draft, rejected)
            tables = sorted({name for name, _ in rows})
            (folder / path.resolve().name).mkdir(exist_ok=True)
            return sum(
                _write_rows(path / name, folder / path.resolve().name / name, rows)
                for name in tables
            )
        return self._write_triples(draft, folder / f"{draft.graph}.nt", rejected)

    def _write_triples(self, draft: Draft, out: Path, rejected: Rejected) -> int:
        count = 0
        with out.open("w", encoding="utf-8", newline="") as target:
            for file in _files(draft):
                with file.triples.open(encoding="utf-8", newline="") as lines:
                    for line, is_rejected in zip(
                        lines, self._rejection_flags(file, rejected), strict=True
                    ):
                        target.write(line if is_rejected else "")
                        count += is_rejected
        return count

    def _rows(self, draft: Draft, rejected: Rejected) -> frozenset[RowKey]:
        """Return the rejected rows of a draft, including rows that gave no triple."""
        row_keys = set(rejected.rows)
        for file in _files(draft):
            for (_, row), is_rejected in zip(
                self._lines(file), self._rejection_flags(file, rejected), strict=True
            ):
                if is_rejected and row is not None:
                    row_keys.add(row)
        return frozenset(row_keys)

    def _rejection_flags(self, file: PlaceFile, rejected: Rejected) -> Iterator[bool]:
        """Yield for each line whether it is rejected."""
        for nodes, row in self._lines(file):
            yield row in rejected.rows or not rejected.things.isdisjoint(nodes)

    def _dependents(self, rejected: Rejected) -> Rejected:
        """Return the things and rows that depend on rejected rows and triples."""
        things: set[str] = set()
        rows: set[RowKey] = set()
        first: dict[RowKey, str] = {}
        for file in (file for draft in self.drafts for file in _files(draft)):
            rejections = self._rejection_flags(file, rejected)
            for (nodes, row), out in zip(self._lines(file), rejections, strict=True):
                if row is not None:
                    first.setdefault(row, nodes[0])
                if out and row is not None:
                    rows.add(row)
                elif out:
                    things |= {nodes[0], *(node for node in nodes if node.startswith("_:"))}
        things |= {first[row] for row in rows}
        return Rejected(frozenset(things), frozenset(rows))

    def _lines(self, file: PlaceFile) -> Iterator[tuple[list[str], RowKey | None]]:
        """Yield for each triple its things, the subject's first, and its row."""
        for line, place in file.lines():
            subject, _, rest = line.partition(" ")
            _, _, value = rest.partition(" ")
            nodes = [subject] if value.startswith('"') else [subject, value.partition(" ")[0]]
            things = [self._thing(node.strip("<>")) for node in nodes]
            row = None if place is None or place.file is None or place.row is None else place
            yield things, None if row is None else (row.file or "", row.row or 0)

    def _thing(self, iri: str) -> str:
        """Return the thing that one of our IRIs is a part of, or any other IRI unchanged."""
        prefix = f"{self.iris.base}/id/"
        if not iri.startswith(prefix):
            return iri
        return prefix + "/".join(iri.removeprefix(prefix).split("/")[:2])

    def _thing_in(self, row: RowKey) -> str | None:
        """Return the thing that the key in an invalid row of a table names."""
        for path in self.paths:
            if (path / row[0]).is_file():
                cells = _cells(path / row[0], row[1])
                for column, kind in (("policy", "policy"), ("key", _KEYED.get(row[0]))):
                    if kind and cells.get(column):
                        return self.iris.thing(kind, cells[column])
        return None


def _files(draft: Draft) -> Iterator[PlaceFile]:
    """Yield the files of a draft, with the places of their lines if known."""
    placed = {file.triples: file for file in draft.places.files}
    for file in draft.files:
        yield placed.get(file, PlaceFile(file, file, ()))


def _cells(table: Path, row: int) -> dict[str, str]:
    with table.open(encoding=table_encoding(table, table.name)[0], newline="") as file:
        rows = csv_reader(file)
        names = [name.strip() for name in next(rows, [])]
        for cells in rows:
            if rows.line_num == row:
                return dict(zip(names, (cell.strip() for cell in cells), strict=False))
    return {}


def _write_rows(table: Path, out: Path, row_keys: frozenset[RowKey]) -> int:
    """Write the header of a table and its selected rows; return the number of rows."""
    count = 0
    with (
        table.open(encoding=table_encoding(table, table.name)[0], newline="") as file,
        out.open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv_reader(file)
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(next(rows, []))
        for cells in rows:
            if (table.name, rows.line_num) in row_keys:
                writer.writerow(cells)
                count += 1
    return count
