"""The message about a table that no reader takes: the two closest readers, and RML.

A table is not judged row by row by a reader that it was not made for.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from urbansdg.errors import Place, SourceUnreadable
from urbansdg.loaders.spreadsheets.csv_text import first_row
from urbansdg.loaders.spreadsheets.file_formats import DELIMITED, SPREADSHEETS
from urbansdg.loaders.spreadsheets.open_sheets import open_sheets
from urbansdg.loaders.tables.known_table import KnownTable
from urbansdg.sandbox.temporary_folder import TemporaryFolder

_ROWS: Final = 20
"""The rows of a sheet in which its titles may be."""

_CLOSEST: Final = 2
_USUAL: Final = ("long-table", "workbook", "tables", "cdp-tables")
"""The readers of the tables that people usually have."""

_MOST: Final = 6
"""The most missing columns that the message names for each reader."""


class ReaderOfTables(Protocol):
    """A reader that says which tables it knows."""

    @property
    def name(self) -> str:
        """The name of the reader."""

    def tables(self) -> Sequence[KnownTable]:
        """Return the tables that the reader takes, by their columns."""


def unknown_table(path: Path, readers: Sequence[object]) -> SourceUnreadable | None:
    """Return the error about a table that no reader takes, or None if it is not a table."""
    file = _table(path)
    if file is None:
        return None
    title_rows = [titles for titles in _title_rows(file) if titles]
    if not title_rows:
        return None
    known = [
        (cast("ReaderOfTables", reader).name, table)
        for reader in readers
        if hasattr(reader, "tables")
        for table in cast("ReaderOfTables", reader).tables()
    ]
    ranked = sorted(
        ((name, table, titles) for titles in title_rows for name, table in known),
        key=lambda entry: (-entry[1].closeness(entry[2]), _usualness(entry[0], entry[1])),
    )
    closest: dict[str, str] = {}
    for name, table, titles in ranked:
        if len(closest) < _CLOSEST:
            closest.setdefault(name, _described(name, table, titles, file))
    return SourceUnreadable(
        f"No reader takes the table {path.name}. The closest: {'; '.join(closest.values())}.",
        "Give the columns these titles, or map the table with RML"
        " (docs/how-to/publishers.md, Map your own tables with RML).",
        place=Place(str(path)),
    )


def _table(path: Path) -> Path | None:
    """Return the table: the file, or the only one of a folder."""
    endings = (*DELIMITED, *SPREADSHEETS)
    if path.is_dir():
        files = [file for file in path.iterdir() if file.suffix.lower() in endings]
        return files[0] if len(files) == 1 else None
    return path if path.suffix.lower() in endings else None


def _title_rows(file: Path) -> Iterator[list[str]]:
    """Yield the rows that may be the titles of the table."""
    if file.suffix.lower() in DELIMITED:
        yield [title for title in first_row(file) if title.strip()]
        return
    with TemporaryFolder() as folder:
        sheets, _ = open_sheets(file, Path(folder) / "cells.jsonl")
    for sheet in sheets:
        for line in sheet.lines[:_ROWS]:
            yield [cell.text for cell in line.cells.values()]


def _usualness(name: str, table: KnownTable) -> tuple[int, bool]:
    """Return the order of tables that are equally close: the usual ones first."""
    place = _USUAL.index(name) if name in _USUAL else len(_USUAL)
    return place, not table.name.endswith("Policies")


def _described(name: str, table: KnownTable, titles: Collection[str], file: Path) -> str:
    """Return the name of a reader, and what a table lacks for it."""
    named = f"{name} ({table.name})" if table.name else name
    lacking = table.missing(titles)
    if lacking:
        columns = ", ".join(map(repr, lacking[:_MOST]))
        more = f" and {len(lacking) - _MOST} more" if len(lacking) > _MOST else ""
        return f"{named}, which also needs {columns}{more}"
    if table.endings and file.suffix.lower() not in table.endings:
        return f"{named}, which reads {', '.join(table.endings)} files"
    if table.is_named or file.suffix.lower() in SPREADSHEETS:
        return f"{named}, which needs that name"
    return f"{named}, which knows too few of the other columns"
