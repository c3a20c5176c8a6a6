"""One workbook in every format: the triples are the same."""

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import load_workbook

from tests.support.workbook_files import rewritten, strict
from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.readers.policies.city_workbook import READER

from .conftest import Read, Rows, Write, triples

_ROWS: Rows = {
    "city": [{"name": "Seoul", "country": "KOR"}],
    "policies": [
        {
            "title": "Night buses",
            "slug": "night",
            "summary": "Buses at night <for all> & always\nin all districts",
            "targets": "11.2",
            "source": "https://x.example/a?b=1&c=2",
        },
        {"title": "심야버스 2", "slug": "late", "targets": "11.6", "source": "https://x.example/2"},
    ],
    "budgets": [
        {"policy": "night", "amount": 1500.125, "year": 2020},
        {"policy": "night", "amount": "6 EUR", "year": 2021},
        {"policy": "late", "amount": 7, "year": 2022},
    ],
}
_PROBLEM = {"hidden-rows"}


@pytest.fixture
def excel(write: Write) -> Path:
    """Return the workbook as Excel saves it.

    It has currencies in number formats, a date, a merged cell, a formula with its value, an error
    in a column that is not known, a hidden row and a hidden sheet.
    """
    path = write(_ROWS)
    book = load_workbook(path)
    budgets, policies = book["Budgets"], book["Policies"]
    budgets["B2"].number_format = "[$€-407] #,##0.00"
    budgets["B4"].number_format = '#,##0 "SEK"'
    budgets.merge_cells("A2:A3")
    budgets.row_dimensions[4].hidden = True
    titles = [cell.value for cell in policies[1]]
    start = policies.cell(2, titles.index("Planned start") + 1, date(2024, 5, 1))
    start.number_format = "yyyy-mm-dd"
    book.create_sheet("Contacts").append(["Name", "Page"])
    book["Contacts"].append(["x", "y"])
    book["Contacts"].sheet_state = "hidden"
    book.save(path)
    return path


def _prefixed(path: Path, folder: Path) -> Path:
    """Write the variant of .NET libraries: every element of the main namespace has a prefix."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

    def change(name: str, text: str) -> str:
        if not name.startswith("xl/") or f'xmlns="{main}"' not in text:
            return text
        text = text.replace(f'xmlns="{main}"', f'xmlns:x="{main}"')
        text = text.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
        return text.replace("<x:?", "<?")

    return rewritten(path, folder / "prefixed.xlsx", change)


def _google(path: Path, folder: Path) -> Path:
    """Write the variant of Google Sheets: no `dimension`, absolute targets, a formula as text."""

    def change(name: str, text: str) -> str:
        if name.startswith("xl/worksheets/sheet"):
            start, _, rest = text.partition("<dimension")
            text = start + rest.partition("/>")[2] if rest else text
        if name == "xl/_rels/workbook.xml.rels":
            text = text.replace('Target="worksheets/', 'Target="/xl/worksheets/')
        return text

    return rewritten(path, folder / "google.xlsx", change)


def _inline(path: Path, folder: Path) -> Path:
    """Write the variant of Numbers and of exports: inline texts, sheets named with tables."""
    book = load_workbook(path)
    target = folder / "inline.xlsx"
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as copy:
        for sheet in book.worksheets:
            written = copy.add_worksheet(f"{sheet.title} - Table 1")
            if sheet.sheet_state != "visible":
                written.hide()
            merged: dict[tuple[int, int], tuple[int, int]] = {}
            for area in sheet.merged_cells.ranges:
                top = (area.min_row, area.min_col)
                rows = range(area.min_row, area.max_row + 1)
                merged |= {(row, area.min_col): top for row in rows}
            for row in range(1, sheet.max_row + 1):
                written.set_row(row - 1, None, None, {"hidden": sheet.row_dimensions[row].hidden})
                for column in range(1, sheet.max_column + 1):
                    cell = sheet.cell(*merged.get((row, column), (row, column)))
                    if cell.value is not None:
                        style = copy.add_format({"num_format": cell.number_format})
                        written.write(row - 1, column - 1, cell.value, style)
    return target


def _macros(path: Path, folder: Path) -> Path:
    """Write an .xlsm: another media type, and a part with a program, which nothing reads."""
    plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macro = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    target = rewritten(path, folder / "city.xlsm", lambda _, text: text.replace(plain, macro))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 Auto_Open: Shell")
    return target


_VARIANTS = [strict, _prefixed, _google, _inline, _macros]


@pytest.mark.parametrize("variant", _VARIANTS)
def test_the_variants_of_excel_say_the_same(
    excel: Path, read: Read, tmp_path: Path, variant: Callable[[Path, Path], Path]
) -> None:
    """A workbook gives the same triples in each variant of Office Open XML."""
    plain = read(excel)
    assert plain.whole, plain.problems
    assert '"1500.125"' in "\n".join(triples(plain))
    folder = tmp_path / "variant"
    folder.mkdir()
    other = variant(excel, folder)
    assert READER.reads(other)
    draft = read(other)
    assert {problem.code for problem in draft.problems} == _PROBLEM
    assert triples(draft) == triples(plain)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_what_libreoffice_saves_says_the_same(
    excel: Path, read: Read, tmp_path: Path, ending: str
) -> None:
    """A workbook that LibreOffice saved in another format gives the same triples."""
    plain = read(excel)
    other = _converted(excel, ending, tmp_path)
    assert READER.reads(other)
    draft = read(other)
    assert {problem.code for problem in draft.problems} == _PROBLEM
    assert triples(draft) == triples(plain)


def _converted(path: Path, ending: str, folder: Path) -> Path:
    subprocess.run(
        (
            *("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"),
            *("--convert-to", ending, "--outdir", folder / "libreoffice", path),
        ),
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / "libreoffice" / f"{path.stem}.{ending}"


@pytest.mark.long
@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_a_protected_xls_is_reported(excel: Path, read: Read, tmp_path: Path) -> None:
    """A workbook of Excel 97 with a password is one clear problem ([MS-XLS] 2.4.117, FilePass)."""
    path = _converted(excel, "xls", tmp_path)
    content = bytearray(path.read_bytes())
    first = content.index(b"\x09\x08\x10\x00")  # the record BOF
    second = first + 4 + 16
    content[second : second + 2] = b"\x2f\x00"
    content[second + 4 : second + 6] = b"\x01\x00"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match="it is protected by a password"):
        read(path)
