"""The child process that reads Office Open XML: .xlsx and .xlsm, transitional and Strict.

calamine reads the values. It gives neither number formats nor errors nor whether a formula was
calculated, so a second pass takes these from the XML of a sheet that has any (ECMA-376, part 1;
ISO/IEC 29500 Strict has other namespaces, which are not looked at).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import dirname, join, normpath
from typing import Final, NamedTuple
from zipfile import ZipFile

from python_calamine import (
    CalamineSheet,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from urbansdg.loaders.spreadsheets.sheet_output import (
    Outcome,
    PasswordProtected,
    ReadOrder,
    WrittenCell,
    WrittenSheet,
    XmlAttributes,
    cell_of,
    currency_of,
    local_name,
    parse_xml,
    write_sheets,
)

_NOTABLE: Final = (
    *(b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/", b"hyperlink"),
    *(b't="e"', b"t='e'", b'hidden="1"', b'hidden="true"', b"hidden='1'", b"hidden='true'"),
)
"""Marks of formulas, links, errors and hidden rows, for which the second pass is made."""

_REFERENCE: Final = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class _Extra(NamedTuple):
    """What the XML says of a cell: an error or a missing value, a currency, a link."""

    cell: WrittenCell | None = None
    money: str = ""
    link: str = ""


def _ooxml(order: ReadOrder) -> Iterator[WrittenSheet]:
    try:
        book = load_workbook(order["file"])
    except PasswordError as error:
        raise PasswordProtected("it is protected by a password") from error
    with ZipFile(order["file"]) as archive:
        workbook = _workbook_part(archive)
        styles = _currencies_of_styles(archive, join(dirname(workbook), "styles.xml"))
        parts = _sheet_parts(archive, workbook)
        for known in book.sheets_metadata:
            if known.visible is SheetVisibleEnum.Visible and known.typ is SheetTypeEnum.WorkSheet:
                xml = _SheetXml(archive, parts.get(known.name, ""), styles)
                yield _sheet(book.get_sheet_by_name(known.name), xml, order)


def _sheet(values: CalamineSheet, xml: "_SheetXml", order: ReadOrder) -> WrittenSheet:
    sheet = WrittenSheet(values.name, order, hidden=xml.hidden)
    first = values.start[1] + 1 if values.start else 1
    for number, row in enumerate(values.iter_rows(), start=1):
        cells = _cells(row, first, xml.cells.pop(number, {}))
        if cells:
            sheet.put(number, cells)
    for number, extras in xml.cells.items():  # below the last row with a value
        cells = _cells([], first, extras)
        if cells:
            sheet.put(number, cells)
    for (row_from, column), (row_to, _) in values.merged_cell_ranges or ():
        sheet.merge((row_from + 1, column + 1), row_to + 1)
    return sheet


def _cells(
    values: Sequence[object], first: int, extras: Mapping[int, _Extra]
) -> dict[int, WrittenCell]:
    """Return the filled cells of a row; `first` is the column of its first value."""
    cells: dict[int, WrittenCell] = {}
    for column, value in enumerate(values, first):
        if isinstance(value, str) and column not in extras:  # as most cells are
            text = value.strip()
            if text:
                cells[column] = text
        elif value != "":
            extra = extras.get(column, _NO_EXTRA)
            cell = cell_of(value, extra.money, extra.link)
            if cell is not None:
                cells[column] = cell
    for column, extra in extras.items():
        if extra.cell is not None:
            cells[column] = extra.cell
    return cells


_NO_EXTRA: Final = _Extra()


def _sheet_parts(archive: ZipFile, workbook: str) -> dict[str, str]:
    """Return the part of each sheet by title (ECMA-376, 18.2.19; part 2, 9.3)."""
    targets = _targets(archive, workbook)
    parts: dict[str, str] = {}

    def start(name: str, attributes: XmlAttributes) -> None:
        if local_name(name) == "sheet":
            parts[attributes.get("name", "")] = targets.get(_relation(attributes), "")

    parse_xml(archive.read(workbook), start)
    return parts


def _workbook_part(archive: ZipFile) -> str:
    """Return the part of the workbook, which is xl/workbook.xml in most files."""
    parts = [
        part
        for part in _targets(archive, "").values()
        if part.lower().endswith("workbook.xml") and part in archive.namelist()
    ]
    return parts[0] if parts else "xl/workbook.xml"


def _relation(attributes: XmlAttributes) -> str:
    """Return the attribute `r:id`, whatever its prefix is."""
    return next((text for name, text in attributes.items() if name.endswith(":id")), "")


def _targets(archive: ZipFile, part: str) -> dict[str, str]:
    """Return the targets of the relationships of a part: paths of parts, or addresses outside."""
    folder, _, file = part.rpartition("/")
    relationships = join(folder, "_rels", f"{file}.rels")
    targets: dict[str, str] = {}

    def start(name: str, attributes: XmlAttributes) -> None:
        if local_name(name) == "Relationship":
            target = attributes.get("Target", "")
            if attributes.get("TargetMode") != "External":
                target = normpath(join(f"/{folder}", target)).lstrip("/")
            targets[attributes.get("Id", "")] = target

    if relationships in archive.namelist():
        parse_xml(archive.read(relationships), start)
    return targets


def _currencies_of_styles(archive: ZipFile, part: str) -> dict[str, str]:
    """Return the currency of each cell style that has one, by index (ECMA-376, 18.8)."""
    codes: dict[str, str] = {}
    used: list[str] = []
    is_inside = False

    def start(name: str, attributes: XmlAttributes) -> None:
        nonlocal is_inside
        match local_name(name):
            case "numFmt":
                codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            case "cellXfs":
                is_inside = True
            case "xf" if is_inside:
                used.append(attributes.get("numFmtId", ""))

    def end(name: str) -> None:
        nonlocal is_inside
        is_inside = is_inside and local_name(name) != "cellXfs"

    if part in archive.namelist():
        parse_xml(archive.read(part), start, EndElementHandler=end)
    money = {number: currency_of(code) for number, code in codes.items()}
    return {str(at): money[code] for at, code in enumerate(used) if money.get(code)}


class _SheetXml:
    """What the XML of a sheet says beyond its values: `cells` has it by row and column."""

    def __init__(self, archive: ZipFile, part: str, styles: Mapping[str, str]) -> None:
        self.cells: dict[int, dict[int, _Extra]] = {}
        self.hidden = 0
        self._styles = styles
        self._row = self._column = 0
        self._type = self._style = self._value = ""
        self._is_formula = self._is_value = self._is_hidden = False
        if part not in archive.namelist():
            return
        content = archive.read(part)
        is_notable = any(mark in content for mark in _NOTABLE)
        if styles or is_notable or content.startswith(_UTF_16):
            self._links = _targets(archive, part)
            parse_xml(
                content,
                self._start,
                EndElementHandler=self._end,
                CharacterDataHandler=self._text,
            )

    def _start(self, name: str, attributes: XmlAttributes) -> None:
        match local_name(name):
            case "c":
                self._row, self._column = self._place(attributes.get("r"))
                self._type, self._style = attributes.get("t", "n"), attributes.get("s", "0")
                self._value, self._is_formula = "", False
            case "v":
                self._is_value = True
            case "f":
                self._is_formula = True
            case "row":
                self._row = int(attributes.get("r", self._row + 1))
                self._column = 0
                self._is_hidden = attributes.get("hidden") in {"1", "true"}
            case "hyperlink":
                row, column = self._place(attributes.get("ref", "").partition(":")[0])
                link = self._links.get(_relation(attributes), "")
                here = self.cells.setdefault(row, {})
                here[column] = here.get(column, _NO_EXTRA)._replace(link=link)

    def _text(self, text: str) -> None:
        if self._is_value:
            self._value += text

    def _end(self, name: str) -> None:
        match local_name(name):
            case "v":
                self._is_value = False
            case "c":
                extra = self._extra()
                if extra is not None:
                    self.cells.setdefault(self._row, {})[self._column] = extra
                if self._is_hidden and (self._value or self._type == "inlineStr"):
                    self.hidden, self._is_hidden = self.hidden + 1, False

    def _extra(self) -> _Extra | None:
        if self._type == "e":
            return _Extra((self._value or "#N/A", "error", "", ""))
        # A formula whose result is an empty text has the type `str`; one that was never calculated
        # has none.
        if self._is_formula and not self._value and self._type != "str":
            return _Extra(("", "formula", "", ""))
        money = self._styles.get(self._style, "") if self._type == "n" and self._value else ""
        return _Extra(money=money) if money else None

    def _place(self, reference: str | None) -> tuple[int, int]:
        """Return row and column of a cell; without a reference it follows the one before."""
        if reference is None:
            return self._row, self._column + 1
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            raise ValueError(f"{reference!r} is not a cell")
        column = 0
        for letter in match[1]:
            column = column * 26 + ord(letter) - 64
        return int(match[2]), column


def read_ooxml(order: ReadOrder) -> Outcome:
    """Write the cells of a spreadsheet in Office Open XML; see `write_sheets`."""
    try:
        return write_sheets(_ooxml, order)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of calamine; no module exports the class
            raise
        if "null" in str(error):  # no memory for an object of Python
            raise MemoryError from error
        return {"error": f"it is damaged ({error})"}
