"""The cells of spreadsheets: what each kind of cell is read as."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from urbansdg.errors import Problem, SourceUnreadable
from urbansdg.loaders.parse.raw_sheet import Nature, RawCell, RawSheet
from urbansdg.loaders.spreadsheets.file_formats import sheet_titles
from urbansdg.loaders.spreadsheets.open_sheets import open_sheets

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def xlsx(path: Path, rows: str, after: str = "", rels: str = "", shared: str = "") -> Path:
    """Write the least that is a workbook: one sheet, without styles; `shared` is a shared text."""
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:q="{_OFFICE}"><sheets>'
        '<sheet name="A" sheetId="1" q:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="/xl/worksheets/first.xml"/><Relationship Id="rId2" '
        f'Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f"<sst {_MAIN}><si><t>{shared}</t></si></sst>",
        "xl/worksheets/first.xml": f'<worksheet {_MAIN} xmlns:q="{_OFFICE}">'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>",
        "xl/worksheets/_rels/first.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{rels}'
        "</Relationships>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def ods(path: Path, table: str, styles: str = "") -> Path:
    """Write the least that is an OpenDocument spreadsheet, with prefixes of its own."""
    text = (
        f'<o:document-content xmlns:o="{_ODF}:office:1.0" xmlns:t="{_ODF}:table:1.0"'
        f' xmlns:p="{_ODF}:text:1.0" xmlns:s="{_ODF}:style:1.0" xmlns:n="{_ODF}:datastyle:1.0"'
        ' xmlns:l="http://www.w3.org/1999/xlink"'
        f"><o:automatic-styles>{styles}</o:automatic-styles><o:body><o:spreadsheet>"
        f'<t:table t:name="A">{table}</t:table></o:spreadsheet></o:body></o:document-content>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", text)
    return path


def _read(path: Path) -> tuple[dict[str, RawCell], list[Problem]]:
    """Return the cells of the first sheet by reference, and the notes."""
    sheets, notes = open_sheets(path, path.with_suffix(".cells"))
    return _by_reference(sheets[0]), notes


def _by_reference(sheet: RawSheet) -> dict[str, RawCell]:
    return {
        f"{chr(64 + column)}{line.number}": cell
        for line in sheet.lines
        for column, cell in line.cells.items()
    }


def test_cells_without_references_follow_each_other(tmp_path: Path) -> None:
    """Rows and cells without an `r` are counted, as some exporters write them."""
    rows = (
        '<row><c t="inlineStr"><is><t>x</t></is></c><c t="e"><v>#REF!</v></c></row>'
        '<row><c><f>1+1</f></c><c t="str"><f>IF(A1="","")</f><v></v></c><c t="b"><v>1</v></c></row>'
    )
    cells, _ = _read(xlsx(tmp_path / "a.xlsx", rows))
    assert cells == {
        "A1": RawCell("x"),
        "B1": RawCell("#REF!", Nature.ERROR),
        "A2": RawCell("", Nature.FORMULA),
        "C2": RawCell("true"),
    }


def test_the_target_of_a_hyperlink_is_read(tmp_path: Path) -> None:
    """A cell has the address that its hyperlink leads to, in each format."""
    link = f'<Relationship Id="r1" Type="{_OFFICE}/hyperlink" Target="https://x.example/a" '
    book = xlsx(
        tmp_path / "a.xlsx",
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Report</t></is></c></row>',
        '<hyperlinks><hyperlink ref="A1" q:id="r1"/></hyperlinks>',
        f'{link}TargetMode="External"/>',
    )
    document = ods(
        tmp_path / "a.ods",
        '<t:table-row><t:table-cell o:value-type="string"><p:p>'
        '<p:a l:href="https://x.example/a">Report</p:a></p:p></t:table-cell></t:table-row>',
    )
    for path in (book, document):
        assert _read(path)[0] == {"A1": RawCell("Report", link="https://x.example/a")}


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    """A workbook of an old Mac has other numbers for the same dates."""
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.worksheets[0]
    sheet["A1"] = 43951
    sheet["A1"].number_format = "yyyy-mm-dd"
    book.save(tmp_path / "a.xlsx")
    assert _read(tmp_path / "a.xlsx")[0] == {"A1": RawCell("2024-05-01", Nature.DATE)}


def test_rich_text_is_plain_and_a_time_has_no_day(tmp_path: Path) -> None:
    """Text in several fonts is one text; times and long durations are hours and minutes."""
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.write_rich_string("A1", "Night ", bold, "buses")
        sheet.write_number("B1", 2.5 / 24, book.add_format({"num_format": "h:mm"}))
        sheet.write_number("C1", 30 / 24, book.add_format({"num_format": "[h]:mm"}))
        sheet.write_formula("D1", "=1/0", None, "#DIV/0!")
    assert _read(tmp_path / "a.xlsx")[0] == {
        "A1": RawCell("Night buses"),
        "B1": RawCell("2:30:00", Nature.TIME),
        "C1": RawCell("30:00:00", Nature.TIME),
        "D1": RawCell("#DIV/0!", Nature.ERROR),
    }


def test_a_document_repeats_cells_and_rows(tmp_path: Path) -> None:
    """Repeated cells and rows of OpenDocument count; a million empty ones cost nothing."""
    table = (
        '<t:table-row t:number-rows-repeated="2"><t:table-cell t:number-columns-repeated="2"/>'
        '<t:table-cell o:value-type="string" t:number-columns-repeated="2">'
        "<o:annotation><p:p>a note</p:p></o:annotation>"
        '<p:p>a<p:s p:c="2"/>b</p:p><p:p>c</p:p></t:table-cell></t:table-row>'
        '<t:table-row t:number-rows-repeated="1048574">'
        '<t:table-cell t:number-columns-repeated="16384"/></t:table-row>'
    )
    cells, _ = _read(ods(tmp_path / "a.ods", table))
    assert cells == dict.fromkeys(("C1", "D1", "C2", "D2"), RawCell("a  b\nc"))


def test_a_document_has_currencies_and_hidden_rows(tmp_path: Path) -> None:
    """The currency is that of the value, or of the style of the cell or its column."""
    styles = (
        '<n:number-style s:name="N1"><n:number/><n:text> SEK</n:text></n:number-style>'
        '<s:style s:name="c1" s:data-style-name="N1"/>'
        '<s:style s:name="c2" s:parent-style-name="c1"/>'
    )
    table = (
        '<t:table-column/><t:table-column t:default-cell-style-name="c2"/>'
        '<t:table-row t:visibility="filter">'
        '<t:table-cell o:value-type="currency" o:currency="EUR" o:value="5"/>'
        '<t:table-cell o:value-type="float" o:value="6.50"/></t:table-row>'
    )
    cells, notes = _read(ods(tmp_path / "a.ods", table, styles))
    assert cells == {
        "A1": RawCell("5", Nature.NUMBER, "EUR"),
        "B1": RawCell("6.5", Nature.NUMBER, "SEK"),
    }
    assert [note.code for note in notes] == ["hidden-rows"]


def test_what_nobody_sees_is_normalised_and_reported_once(tmp_path: Path) -> None:
    """Invisible and full-width characters and escapes are normalised, with one note for a file."""
    rows = "".join(
        f'<row><c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c></row>'
        for text in (
            "a_x000D_\nb",
            "so\u00adft",
            "\u200bz\ufeff",
            "\uff11\uff12\uff0f\uff15",
            "plain",
        )
    )
    cells, notes = _read(xlsx(tmp_path / "a.xlsx", rows))
    assert [cell.text for cell in cells.values()] == ["a\nb", "soft", "z", "12/5", "plain"]
    (note,) = notes
    assert (note.code, note.place.sheet, note.place.row) == ("normalised-text", "A", 1)
    assert "1 soft hyphens" in note.message
    assert "2 zero-width characters" in note.message


def test_the_titles_of_sheets_are_found_without_parsing(tmp_path: Path) -> None:
    """The titles of a workbook are known from its bytes, however its elements are prefixed."""
    assert sheet_titles(xlsx(tmp_path / "a.xlsx", "")) == ["A"]
    assert sheet_titles(ods(tmp_path / "a.ods", "")) == ["A"]
    assert sheet_titles(tmp_path / "none.xlsx") is None


def _bomb(path: Path, part: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open(part, "w", force_zip64=True) as content:
            for _ in range(600):
                content.write(b" " * (1 << 20))


_ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def _with_entities(path: Path, part: str) -> None:
    (xlsx if path.suffix == ".xlsx" else ods)(path, "")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts[part] = _ENTITIES + parts[part].replace('"A"', '"&b;"')
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def _row(cell: str, repeated: int = 1) -> str:
    return f'<t:table-row t:number-rows-repeated="{repeated}">{cell}</t:table-row>'


_CELL = '<t:table-cell o:value-type="string"><p:p>x</p:p></t:table-cell>'
_HOSTILE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a bomb": ("a.xlsx", lambda path: _bomb(path, "xl/worksheets/sheet1.xml")),
    "a bomb in OpenDocument": ("a.ods", lambda path: _bomb(path, "content.xml")),
    "entities": ("a.xlsx", lambda path: _with_entities(path, "xl/workbook.xml")),
    "entities in OpenDocument": ("a.ods", lambda path: _with_entities(path, "content.xml")),
    "a cell far to the right": (
        "a.xlsx",
        lambda path: xlsx(path, '<row r="1"><c r="XFD1"><v>1</v></c></row>'),
    ),
    "a million cells in a row": (
        "a.ods",
        lambda path: ods(
            path,
            _row(
                _CELL.replace(
                    "t:table-cell ", 't:table-cell t:number-columns-repeated="1000000" ', 1
                )
            ),
        ),
    ),
    "a million rows": ("a.ods", lambda path: ods(path, _row(_CELL, 1_048_576))),
    "a text that is shared too often": (
        "a.xlsx",
        lambda path: xlsx(
            path, '<row><c t="s"><v>0</v></c></row>' * 90_000, shared="x" * (1 << 15)
        ),
    ),
    "a cell that is merged too often": (
        "a.xlsx",
        lambda path: xlsx(
            path,
            '<row r="1"><c r="A1"><v>1</v></c></row>',
            "<mergeCells>"
            + "".join(f'<mergeCell ref="A1:A{99_000 + at}"/>' for at in range(100))
            + "</mergeCells>",
        ),
    ),
    "an invalid address of a cell": (
        "a.xlsx",
        lambda path: xlsx(path, '<row r="1"><c r="?" t="e"><v>1</v></c></row>'),
    ),
    "an encrypted workbook": (
        "a.xlsx",
        lambda path: path.write_bytes(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
        ),
    ),
    "an encrypted document": (
        "a.ods",
        lambda path: _archive(
            path, {"content.xml": "?", "META-INF/manifest.xml": "<m:encryption-data/>"}
        ),
    ),
    "a damaged .xls": (
        "a.xls",
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99),
    ),
    "a web page": ("a.xls", lambda path: path.write_text("<html><table><tr><td>1</table>")),
    "another archive": ("a.xlsx", lambda path: _archive(path, {"word/document.xml": "<w/>"})),
    "a text": ("a.ods", lambda path: path.write_text("City,Country\n")),
    "nothing": ("a.xlsx", lambda path: path.write_bytes(b"")),
}


def _archive(path: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


@pytest.mark.long
@pytest.mark.parametrize("kind", _HOSTILE)
def test_a_hostile_file_is_one_clear_problem(tmp_path: Path, kind: str) -> None:
    """Bombs, entities, endless sheets and other files are refused in one sentence."""
    name, make = _HOSTILE[kind]
    make(tmp_path / name)
    with pytest.raises(SourceUnreadable) as refused:
        open_sheets(tmp_path / name, tmp_path / "cells")
    message = refused.value.reason.message
    assert message.startswith(f"{name} cannot be read: ")
    assert message.count("\n") == 0
    assert ("password" in message) == ("encrypted" in kind)


def test_the_processes_that_read_spreadsheets_import_little() -> None:
    """A child process imports neither the engine nor another library for spreadsheets."""
    names = "ooxml_process, opendocument_process, excel97_process, sheet_output"
    code = f"from urbansdg.loaders.spreadsheets import {names}; import sys; print(*sys.modules)"
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert {"pyoxigraph", "openpyxl", "urbansdg.store"}.isdisjoint(done.stdout.split())


def test_rows_with_formats_alone_cost_nothing(tmp_path: Path) -> None:
    """A sheet with a million formatted rows and one filled cell is read."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    rows += "".join(f'<row r="{at}"><c r="A{at}" s="0"/></row>' for at in range(2, 200_000))
    rows += '<row r="1048576"><c r="B1048576"><v>2</v></c></row>'
    cells, _ = _read(xlsx(tmp_path / "a.xlsx", rows))
    assert [cell.text for cell in cells.values()] == ["1", "2"]
