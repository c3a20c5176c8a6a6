"""Quarantine: what is not valid is kept out, together with what cannot stand without it.

A thing is rejected as a whole: a policy with its budget, its claims and its other parts, and so is
what refers to it. The unit of a table is the row, that of a file of RDF the triple. What is
rejected is written in the form that it came in, to be mended and loaded as a source of its own.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from typing import Final

from urbansdg.errors import Problem, Severity
from urbansdg.loaders.drafts.draft import Draft, PlaceFile, Places
from urbansdg.ontology.iris import Iris

REPORT: Final = "report.json"
TABLES: Final = "tables"
"""The reader whose sources are written back as they came; of others the triples are."""
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
    "opinions.csv": "opinion",
}
"""The kind of thing that a table's column `key` names, for rows of which nothing could be read."""

RowKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Rejected:
    """What is kept out: things by their IRIs, and rows by the names of their files."""

    things: frozenset[str] = frozenset()
    rows: frozenset[RowKey] = frozenset()

    def __or__(self, other: "Rejected") -> "Rejected":
        """Return what either rejects."""
        return Rejected(self.things | other.things, self.rows | other.rows)


@dataclass(frozen=True, slots=True)
class Ward:
    """Divides the drafts of sources into what is kept and what is not."""

    drafts: Sequence[Draft]
    paths: Sequence[Path]
    iris: Iris

    def rejected(self, problems: Sequence[Problem], before: Rejected) -> Rejected:
        """Return what the problems, and what refers to it, add to what was rejected before."""
        bad = [each for each in problems if each.severity is Severity.VIOLATION]
        focused = {self._thing(each.place.focus) for each in bad if each.place.focus}
        placed = ((each.place.file, each.place.row) for each in bad)
        rows = {(file, row) for file, row in placed if file is not None and row is not None}
        every = (file for draft in self.drafts for file in _files(draft))
        things = {nodes[0] for file in every for nodes, _ in self._lines(file)} & focused
        things |= {thing for row in rows if (thing := self._named_in(row)) is not None}
        found = before | Rejected(frozenset(things), frozenset(rows))
        while (wider := found | self._reached(found)) != found:
            found = wider
        return found

    def kept(self, draft: Draft, rejected: Rejected) -> Draft:
        """Return the draft without what is rejected, in files of its own."""
        files = [_without(file, self._held(file, rejected)) for file in _files(draft)]
        left = tuple(each for each in draft.problems if each.severity is not Severity.VIOLATION)
        source = replace(draft.source, name=f"{draft.source.name} (without what was rejected)")
        places = Places(tuple(file for file in files if file.named), draft.places.gaps)
        triples = tuple(file.triples for file in files)
        return Draft(draft.graph, triples, source, places, left)

    def write(self, folder: Path, rejected: Rejected, problems: Sequence[Problem]) -> int:
        """Write what is rejected, and why; return how many rows and triples that are."""
        folder.mkdir(parents=True, exist_ok=True)
        many = sum(
            self._write(draft, path, folder, rejected)
            for draft, path in zip(self.drafts, self.paths, strict=True)
        )
        told = {
            "rejected": many,
            "things": sorted(rejected.things),
            "problems": [problem.to_json() for problem in problems],
        }
        text = json.dumps(told, ensure_ascii=False, indent=2)
        (folder / REPORT).write_text(f"{text}\n", "utf-8")
        return many

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
        many = 0
        with out.open("w", encoding="utf-8", newline="") as target:
            for file in _files(draft):
                with file.triples.open(encoding="utf-8", newline="") as lines:
                    for line, held in zip(lines, self._held(file, rejected), strict=True):
                        target.write(line if held else "")
                        many += held
        return many

    def _rows(self, draft: Draft, rejected: Rejected) -> frozenset[RowKey]:
        """Return the rows of a draft that are rejected, those that gave nothing too."""
        found = set(rejected.rows)
        for file in _files(draft):
            for (_, row), held in zip(self._lines(file), self._held(file, rejected), strict=True):
                if held and row is not None:
                    found.add(row)
        return frozenset(found)

    def _held(self, file: PlaceFile, rejected: Rejected) -> Iterator[bool]:
        """Tell of each line whether it is rejected."""
        for nodes, row in self._lines(file):
            yield row in rejected.rows or not rejected.things.isdisjoint(nodes)

    def _reached(self, rejected: Rejected) -> Rejected:
        """Return what stands in the rows and triples that are rejected, and cannot go without."""
        things: set[str] = set()
        rows: set[RowKey] = set()
        first: dict[RowKey, str] = {}
        for file in (file for draft in self.drafts for file in _files(draft)):
            held = self._held(file, rejected)
            for (nodes, row), out in zip(self._lines(file), held, strict=True):
                if row is not None:
                    first.setdefault(row, nodes[0])
                if out and row is not None:
                    rows.add(row)
                elif out:
                    things |= {nodes[0], *(node for node in nodes if node.startswith("_:"))}
        things |= {first[row] for row in rows}
        return Rejected(frozenset(things), frozenset(rows))

    def _lines(self, file: PlaceFile) -> Iterator[tuple[list[str], RowKey | None]]:
        """Give of each triple the things that it speaks of, its subject's first, and its row."""
        for line, place in file.lines():
            subject, _, rest = line.partition(" ")
            _, _, value = rest.partition(" ")
            nodes = [subject] if value.startswith('"') else [subject, value.partition(" ")[0]]
            things = [self._thing(node.strip("<>")) for node in nodes]
            row = None if place is None or place.file is None or place.row is None else place
            yield things, None if row is None else (row.file or "", row.row or 0)

    def _thing(self, iri: str) -> str:
        """Return the thing that an IRI of ours is a part of; others stand for themselves."""
        prefix = f"{self.iris.base}/id/"
        if not iri.startswith(prefix):
            return iri
        return prefix + "/".join(iri.removeprefix(prefix).split("/")[:2])

    def _named_in(self, row: RowKey) -> str | None:
        """Return the thing that a row of a table names by its key, although it has a problem."""
        for path in self.paths:
            if (path / row[0]).is_file():
                cells = _cells(path / row[0], row[1])
                for column, kind in (("policy", "policy"), ("key", _KEYED.get(row[0]))):
                    if kind and cells.get(column):
                        return self.iris.thing(kind, cells[column])
        return None


def _files(draft: Draft) -> Iterator[PlaceFile]:
    """Give the files of a draft with the places of their lines, where there are any."""
    placed = {file.triples: file for file in draft.places.files}
    for file in draft.files:
        yield placed.get(file, PlaceFile(file, file, ()))


def _without(file: PlaceFile, held: Iterator[bool]) -> PlaceFile:
    out = file.triples.with_name(f"kept-{file.triples.name}")
    beside = out.with_suffix(f"{out.suffix}.places")
    with (
        file.triples.open(encoding="utf-8", newline="") as lines,
        out.open("w", encoding="utf-8", newline="") as triples,
        beside.open("w") as rows,
    ):
        for line, place, rejected in zip(lines, _beside(file), held, strict=False):
            if not rejected:
                triples.write(line)
                rows.write(place)
    return PlaceFile(out, beside, file.named)


def _beside(file: PlaceFile) -> Iterator[str]:
    if not file.named:
        yield from repeat("\n")
    with file.places.open() as places:
        yield from places


def _cells(table: Path, row: int) -> dict[str, str]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        names = [name.strip() for name in next(rows, [])]
        for cells in rows:
            if rows.line_num == row:
                return dict(zip(names, (cell.strip() for cell in cells), strict=False))
    return {}


def _write_rows(table: Path, out: Path, wanted: frozenset[RowKey]) -> int:
    """Write the header of a table, and those of its rows that are wanted."""
    many = 0
    with (
        table.open(encoding="utf-8-sig", newline="") as file,
        out.open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv.reader(file)
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(next(rows, []))
        for cells in rows:
            if (table.name, rows.line_num) in wanted:
                writer.writerow(cells)
                many += 1
    return many
