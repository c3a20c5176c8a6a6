"""Reader of the city's workbook: a spreadsheet, a folder of its sheets as CSV, or one of them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from urbansdg.loaders.cells.rule_wording import in_language
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.drafts.table_drafts import CITYS_OWN, VERSION
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.spreadsheets.csv_text import first_row
from urbansdg.loaders.spreadsheets.file_formats import DELIMITED, SPREADSHEETS, sheet_titles
from urbansdg.loaders.tables.known_table import KnownTable
from urbansdg.loaders.workbook.read_workbook import open_rows, workbook_results
from urbansdg.loaders.workbook.sheet_rows import is_header, title_key
from urbansdg.loaders.workbook.workbook_layout import WorkbookLayout, read_layout
from urbansdg.store import Source


@dataclass(frozen=True, slots=True)
class Workbook:
    """The reader of workbooks that follow the template of `urbansdg template`."""

    name: str = "workbook"
    version: str = f"1.{VERSION}"

    def reads(self, path: Path) -> bool:
        """Return whether the path has sheets of the template, or the titles of one."""
        ending = path.suffix.lower()
        if not path.is_dir() and ending not in (*SPREADSHEETS, *DELIMITED):
            return False
        layout = read_layout()
        if path.is_dir():
            own = {table.name for table in CITYS_OWN}
            files = [file for file in path.iterdir() if file.suffix.lower() in DELIMITED]
            return own.isdisjoint(file.name for file in files) and any(
                is_header(first_row(file), layout) for file in files
            )
        if ending in SPREADSHEETS:
            return path.is_file() and _has_our_sheets(path, layout)
        return is_header(first_row(path), layout)

    def tables(self) -> tuple[KnownTable, ...]:
        """Return the sheets of the template."""
        return tuple(
            KnownTable(
                f"sheet {form.titles['en']}",
                {
                    column.titles["en"]: (column.name, *column.titles.values())
                    for column in form.required
                },
                [title for column in form.columns for title in column.titles.values()],
            )
            for form in read_layout().forms
        )

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the workbook; raises `SourceUnreadable`."""
        files = [path]
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if file.suffix.lower() in DELIMITED)
        source = Source(path.name, checksum(files), self.name, self.version)
        with _collection_paused():
            rows = open_rows(path, context)
            results = workbook_results(rows, context)
            draft = write_draft(graph or path.stem, results, source, context, None)
        locale = rows.parsers.language
        problems = tuple(in_language(problem, locale) for problem in draft.problems)
        return replace(draft, problems=problems, locale=locale)


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Pause the collection of garbage while a workbook is read, all of which stays in memory.

    Looking through its cells again and again takes a quarter of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _has_our_sheets(path: Path, layout: WorkbookLayout) -> bool:
    """Return whether a spreadsheet has a sheet of ours; a broken file counts, to be reported."""
    titles = sheet_titles(path)
    ours = {
        comparison_key(title)
        for form in layout.forms
        for title in (form.name, *form.titles.values())
    }
    return titles is None or not ours.isdisjoint(map(title_key, titles))


READER = Workbook()
