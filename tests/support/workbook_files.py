"""Workbooks as people make them: sheets with titles, rows below; fixtures of several folders."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest
from openpyxl import Workbook

from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.readers.policies.city_workbook import READER
from urbansdg.loaders.workbook.workbook_layout import WorkbookLayout, read_layout
from urbansdg.ontology.iris import Iris

Cell = str | int | float | None
Rows = Mapping[str, Sequence[Mapping[str, Cell]]]
Write = Callable[..., Path]
Read = Callable[[Path], Draft]


def rewritten(path: Path, target: Path, change: Callable[[str, str], str]) -> Path:
    """Copy an archive; `change` gets the name and the text of each part of XML."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, change(name, source.read(name).decode()))
    return target


_STRICT = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": (
        "http://purl.oclc.org/ooxml/spreadsheetml/main"
    ),
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}


def strict(path: Path, folder: Path) -> Path:
    """Write the variant that Excel calls Strict Open XML Spreadsheet: other namespaces."""

    def change(_name: str, text: str) -> str:
        for transitional, strict in _STRICT.items():
            text = text.replace(transitional, strict)
        return text

    return rewritten(path, folder / "strict.xlsx", change)


@pytest.fixture(scope="session")
def layout() -> WorkbookLayout:
    """Return the layout of the workbook."""
    return read_layout()


@pytest.fixture
def write(tmp_path: Path, layout: WorkbookLayout) -> Write:
    """Return what writes rows, by sheet and column, as a plain spreadsheet."""

    def written(rows: Rows, language: str = "en", name: str = "city.xlsx") -> Path:
        book = Workbook()
        book.remove(book.worksheets[0])
        for form in layout.forms:
            if form.name in rows:
                sheet = book.create_sheet(form.titles[language])
                sheet.append([column.titles[language] for column in form.columns])
                for row in rows[form.name]:
                    sheet.append([row.get(column.name) for column in form.columns])
        book.save(tmp_path / name)
        return tmp_path / name

    return written


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return what reads a workbook into a draft."""

    def drafted(path: Path) -> Draft:
        folder = tmp_path / "context"
        folder.mkdir(exist_ok=True)
        return READER.read(path, None, ReadContext(folder, Iris("http://localhost:8000")))

    return drafted


def triples(draft: Draft) -> set[str]:
    """Return the triples of a draft, each as a line."""
    return {str(quad.triple) for file in draft.files for quad in ox.parse(path=str(file))}
