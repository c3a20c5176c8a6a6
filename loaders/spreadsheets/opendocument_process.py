"""The child process that reads OpenDocument spreadsheets: .ods (ODF 1.2, part 1).

One pass over the XML, because calamine gives neither currencies nor merged cells nor errors of this
format.
"""

import re
from collections.abc import Iterator
from typing import Final, Protocol
from zipfile import ZipFile

from urbansdg.loaders.spreadsheets.sheet_output import (
    Outcome,
    PasswordProtected,
    ReadOrder,
    WrittenCell,
    WrittenSheet,
    XmlAttributes,
    cell_of,
    local_name,
    parse_xml,
    write_sheets,
)


def _opendocument(order: ReadOrder) -> Iterator[WrittenSheet]:
    with ZipFile(order["file"]) as archive:
        if b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
            raise PasswordProtected("it is protected by a password")
        styles = _OdsStyles()
        if part := _part(archive, "styles.xml"):
            _parse_odf(part, styles)
        content = archive.read("content.xml")
    _parse_odf(content, styles)
    document = _OdsContent(order, styles)
    _parse_odf(content, document)
    yield from document.sheets


class _Handlers(Protocol):
    """What handles the elements of a part."""

    def start(self, name: str, attributes: XmlAttributes) -> None: ...
    def text(self, text: str) -> None: ...
    def end(self, name: str) -> None: ...


class _OdfNames(dict[str, str]):
    """The names of elements and attributes with the usual prefixes, whatever a file has."""

    def __missing__(self, name: str) -> str:
        namespace, _, local = name.rpartition(" ")
        words = namespace.rstrip("0123456789.:").rpartition(":")[2].rpartition("/")[2]
        prefix = {"datastyle": "number"}.get(words, words)
        self[name] = f"{prefix}:{local}" if prefix else local
        return self[name]


def _parse_odf(content: bytes, handlers: _Handlers) -> None:
    """Parse a part of OpenDocument, with the usual prefixes."""
    names = _OdfNames()

    def start(name: str, attributes: XmlAttributes) -> None:
        handlers.start(names[name], {names[key]: text for key, text in attributes.items()})

    def end(name: str) -> None:
        handlers.end(names[name])

    parse_xml(content, start, " ", EndElementHandler=end, CharacterDataHandler=handlers.text)


def _part(archive: ZipFile, name: str) -> bytes:
    return archive.read(name) if name in archive.namelist() else b""


class _OdsStyles:
    """The styles of a document: the hidden tables, and the currencies of cells (ODF 1.2, 16)."""

    def __init__(self) -> None:
        self.hidden = set[str]()
        self._data_styles: dict[str, str] = {}
        self._formats: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._style = self._data_style = ""
        self._is_text = False

    def money(self, style: str) -> str:
        """Return the currency of a cell style, or ""."""
        for _ in range(9):  # styles inherit, and a hostile file might in a circle
            if style in self._formats:
                return self._data_styles.get(self._formats[style], "")
            style = self._parents.get(style, "")
        return ""

    def start(self, name: str, attributes: XmlAttributes) -> None:
        match local_name(name):
            case "style":
                self._style = attributes.get("style:name", "")
                self._parents[self._style] = attributes.get("style:parent-style-name", "")
                if "style:data-style-name" in attributes:
                    self._formats[self._style] = attributes["style:data-style-name"]
            case "table-properties":
                if attributes.get("table:display") == "false":
                    self.hidden.add(self._style)
            case "currency-style" | "number-style":
                self._data_style = attributes.get("style:name", "")
            case "currency-symbol" | "text":
                self._is_text = name.startswith("number:") and bool(self._data_style)

    def text(self, text: str) -> None:
        if self._is_text and text.strip() and not self._data_styles.get(self._data_style):
            self._data_styles[self._data_style] = text.strip()

    def end(self, name: str) -> None:
        self._is_text = False
        if local_name(name) in {"currency-style", "number-style"}:
            self._data_style = ""


_NUMBERS: Final = {"float", "currency", "percentage"}
_BOOLEANS: Final = {"of:=TRUE()": True, "of:=FALSE()": False}
"""LibreOffice writes a Boolean of a file in another format as a number with this formula."""

_DURATION: Final = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


class _OdsContent:
    """The tables of a document (ODF 1.2, 9). Repeated rows and cells are written once each."""

    def __init__(self, limits: ReadOrder, styles: _OdsStyles) -> None:
        self.sheets: list[WrittenSheet] = []
        self._limits, self._styles = limits, styles
        self._sheet: WrittenSheet | None = None
        self._row = self._column = 0
        self._rows = 1
        self._cells: dict[int, WrittenCell] = {}
        self._merged: list[tuple[tuple[int, int], int]] = []
        self._columns: list[tuple[int, str]] = []
        self._row_style = ""
        self._is_hidden = False
        self._attributes: XmlAttributes | None = None
        self._texts: list[str] = []
        self._link = ""
        self._depth = 0  # of tables and notes inside a cell, which are not its text
        self._is_paragraph = False

    def start(self, name: str, attributes: XmlAttributes) -> None:
        """Handle the start of an element."""
        if self._attributes is not None:
            self._start_in_cell(local_name(name), attributes)
            return
        match name:
            case "table:table":
                self._start_table(attributes)
            case "table:table-source" if self._sheet in self.sheets:  # a copy of another file
                self.sheets.remove(self._sheet)
            case "table:table-column":
                count = int(attributes.get("table:number-columns-repeated", "1"))
                style = attributes.get("table:default-cell-style-name", "")
                self._columns.append((count, style))
            case "table:table-row":
                self._row += 1
                self._rows = int(attributes.get("table:number-rows-repeated", "1"))
                self._column, self._cells = 0, {}
                self._row_style = attributes.get("table:default-cell-style-name", "")
                self._is_hidden = attributes.get("table:visibility", "visible") != "visible"
            case "table:table-cell" | "table:covered-table-cell":
                self._attributes = attributes
                self._texts, self._link, self._depth = [], "", 0

    def text(self, text: str) -> None:
        """Handle text."""
        if self._is_paragraph and not self._depth:
            self._texts[-1] += text

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        match name:
            case "table:table-cell" | "table:covered-table-cell" if not self._depth:
                self._end_cell()
            case "table:table-row" if self._attributes is None:
                self._end_row()
            case "table:table" if self._attributes is None:
                self._end_table()
            case "text:p" | "text:h":
                self._is_paragraph = False
            case "office:annotation" | "draw:frame" if self._attributes is not None:
                self._depth -= 1

    def _start_table(self, attributes: XmlAttributes) -> None:
        self._sheet = WrittenSheet(attributes.get("table:name", ""), self._limits)
        self._row, self._columns, self._merged = 0, [], []
        if attributes.get("table:style-name") not in self._styles.hidden:
            self.sheets.append(self._sheet)

    def _start_in_cell(self, local: str, attributes: XmlAttributes) -> None:
        if local in {"annotation", "frame"}:
            self._depth += 1
        elif self._depth:
            return
        elif local in {"p", "h"}:
            self._texts.append("")
            self._is_paragraph = True
        elif local == "a":
            self._link = self._link or attributes.get("xlink:href", "")
        elif self._texts and local in {"s", "tab", "line-break"}:
            count = min(int(attributes.get("text:c", "1")), 1000)
            self._texts[-1] += {"s": " " * count, "tab": "\t", "line-break": "\n"}[local]

    def _end_cell(self) -> None:
        attributes, self._attributes = self._attributes or {}, None
        count = int(attributes.get("table:number-columns-repeated", "1"))
        cell = self._cell_of(attributes)
        if cell is not None:
            most = self._limits["columns"] + 1  # one column too many is enough to be refused
            for column in range(self._column + 1, self._column + min(count, most) + 1):
                self._cells[column] = cell
            below = int(attributes.get("table:number-rows-spanned", "1")) - 1
            if below > 0:
                self._merged.append(((self._row, self._column + 1), self._row + below))
        self._column += count

    def _cell_of(self, attributes: XmlAttributes) -> WrittenCell | None:
        """Return the cell of an element (ODF 1.2, 19.385: the attribute office:value-type)."""
        displayed = "\n".join(self._texts).strip()
        kind = attributes.get("office:value-type", "")
        formula = attributes.get("table:formula")
        cell: WrittenCell | None
        if attributes.get("calcext:value-type") == "error":
            cell = (displayed or "#N/A", "error", "", "")
        elif formula in _BOOLEANS:
            cell = cell_of(_BOOLEANS[formula], "", self._link)
        elif kind in _NUMBERS:
            money = attributes.get("office:currency") or self._currency(attributes)
            cell = cell_of(float(attributes["office:value"]), money, self._link)
        elif kind == "date":
            cell = (attributes["office:date-value"][:10], "date", "", self._link)
        elif kind == "time":
            match = _DURATION.fullmatch(attributes["office:time-value"])
            text = f"{int(match[1])}:{match[2]}:{match[3]}" if match else displayed
            cell = (text, "time", "", self._link)
        elif kind == "boolean":
            cell = cell_of(attributes["office:boolean-value"], "", self._link)
        elif formula is not None and not kind and not self._texts:
            cell = ("", "formula", "", "")
        else:
            cell = cell_of(displayed or attributes.get("office:string-value", ""), "", self._link)
        return cell

    def _currency(self, attributes: XmlAttributes) -> str:
        style = attributes.get("table:style-name") or self._row_style
        if not style:
            last = 0
            for count, name in self._columns:
                last += count
                if self._column < last:
                    style = name
                    break
        return self._styles.money(style)

    def _end_row(self) -> None:
        if self._cells and self._sheet is not None:
            for number in range(self._row, self._row + min(self._rows, self._limits["rows"] + 1)):
                self._sheet.put(number, dict(self._cells))
            self._sheet.hidden += self._rows if self._is_hidden else 0
        self._row += self._rows - 1

    def _end_table(self) -> None:
        if self._sheet is not None:
            for first, last in self._merged:
                self._sheet.merge(first, last)
        self._sheet = None


def read_opendocument(order: ReadOrder) -> Outcome:
    """Write the cells of an OpenDocument spreadsheet; see `write_sheets`."""
    return write_sheets(_opendocument, order)
