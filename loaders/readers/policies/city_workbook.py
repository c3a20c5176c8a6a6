"""Reader of the city's workbook: a spreadsheet, a folder of its sheets as CSV, or one of them."""

import re
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.drafts.table_drafts import CITYS_OWN, VERSION
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.workbook.open_workbook import WORKBOOK
from urbansdg.loaders.workbook.read_workbook import workbook_results
from urbansdg.loaders.workbook.sheet_rows import is_header_line
from urbansdg.loaders.workbook.workbook_layout import WorkbookLayout, read_layout
from urbansdg.store import Source

_LOOK = 1 << 20
"""Bytes that are read to identify a file."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """The reader of workbooks that follow the template of `urbansdg template`."""

    name: str = "workbook"
    version: str = f"1.{VERSION}"

    def reads(self, path: Path) -> bool:
        """Return whether the path has sheets of the template, or the titles of one."""
        if not path.is_dir() and path.suffix.lower() not in (WORKBOOK, ".csv"):
            return False
        layout = read_layout()
        if path.is_dir():
            own = {table.name for table in CITYS_OWN}
            files = list(path.glob("*.csv"))
            return own.isdisjoint(file.name for file in files) and any(
                is_header_line(_first_line(file), layout) for file in files
            )
        if path.suffix.lower() == WORKBOOK:
            return path.is_file() and _has_our_sheets(path, layout)
        return is_header_line(_first_line(path), layout)

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the workbook; raises `SourceUnreadable`."""
        files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        source = Source(path.name, checksum(files), self.name, self.version)
        return write_draft(
            graph or path.stem, workbook_results(path, context), source, context, None
        )


def _has_our_sheets(path: Path, layout: WorkbookLayout) -> bool:
    """Return whether a spreadsheet has a sheet of ours; a broken file counts, to be reported."""
    try:
        with ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
            text = part.read(_LOOK).decode("utf-8", "replace")
    except (BadZipFile, KeyError, OSError, NotImplementedError):
        return True
    names = {
        comparison_key(name) for name in re.findall(r'<(?:\w+:)?sheet [^>]*?name="([^"]+)"', text)
    }
    ours = {
        comparison_key(title)
        for form in layout.forms
        for title in (form.name, *form.titles.values())
    }
    return not names.isdisjoint(ours)


def _first_line(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.readline(_LOOK).decode("utf-8-sig", "replace")


READER = Workbook()
