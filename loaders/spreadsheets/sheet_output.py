"""What the child processes that read spreadsheets have in common: sheets, limits, values, XML.

`ooxml_process`, `opendocument_process` and `excel97_process` each read one family of formats into
sheets and write them by `write_sheets`. These modules import little, because a child starts with
every load of a spreadsheet. No macro, formula, external link or query of a file is run or followed.
"""

import gc
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, TypedDict
from xml.parsers import expat

from urbansdg.loaders.parse.quantities import plain_number

WrittenCell = str | tuple[str, str, str, str]
"""A text, or the text of a cell with its nature, its currency and its link."""

Outcome = dict[str, str]
"""Empty, or the text of an `error`."""

XmlAttributes = dict[str, str]


class ReadOrder(TypedDict):
    """The spreadsheet to read, the file to write, and the limits.

    `rows` and `columns` are the most of a sheet, `cells` and `characters` the most of a workbook.
    """

    file: str
    out: str
    rows: int
    columns: int
    cells: int
    characters: int


_TOO_MANY: Final = "it has more than {:,} cells, or too much text"


class OverLimit(Exception):
    """The spreadsheet is over a limit; the text says which."""


class PasswordProtected(Exception):
    """The spreadsheet is encrypted."""


@dataclass(slots=True)
class WrittenSheet:
    """The filled cells of a sheet, by row and column from 1."""

    title: str
    limits: ReadOrder
    rows: dict[int, dict[int, WrittenCell]] = field(default_factory=dict)
    hidden: int = 0
    """The number of hidden rows that have cells."""

    count: int = 0
    """The number of cells so far; one that is merged counts in each of its rows."""

    def put(self, row: int, cells: dict[int, WrittenCell]) -> None:
        """Add filled cells to a row; raises `OverLimit`."""
        self.count += len(cells)
        if self.count > self.limits["cells"]:
            raise OverLimit(_TOO_MANY.format(self.limits["cells"]))
        here = self.rows.get(row)
        if here is not None:
            here.update(cells)
            return
        widest = max(cells)
        if widest > self.limits["columns"]:
            most = self.limits["columns"]
            raise OverLimit(f"the sheet {self.title} has {widest} columns, but the limit is {most}")
        if len(self.rows) >= self.limits["rows"]:
            most = self.limits["rows"]
            raise OverLimit(f"the sheet {self.title} has more than {most:,} rows")
        self.rows[row] = cells

    def merge(self, first: tuple[int, int], last_row: int) -> None:
        """Repeat a merged cell in each of its rows."""
        row, column = first
        cell = self.rows.get(row, {}).get(column)
        if cell is not None and last_row - row < self.limits["rows"]:
            for below in range(row + 1, last_row + 1):
                self.put(below, {column: cell})


def write_sheets(read: Callable[[ReadOrder], Iterator[WrittenSheet]], order: ReadOrder) -> Outcome:
    """Write the cells of the spreadsheet `file` to the file `out`; return an `error`, or nothing.

    Each visible sheet gives a line of JSON, `{"sheet": title, "hidden": rows}`, and a line for each
    row with cells: `[number, {column: text or [text, nature, money, link]}]`. A merged cell has its
    value in each of its rows; a formula gives the value that was saved with it.
    """
    gc.disable()  # all cells stay until the process ends
    try:
        _write(read(order), order)
    except MemoryError:
        raise
    except (OverLimit, PasswordProtected) as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001  # the libraries raise what their parts raise
        return {"error": f"it is damaged or not a spreadsheet ({_cause(error)})"}
    return {}


def _cause(error: Exception) -> str:
    words = " ".join(str(error).strip("'\"").split())[:200]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _write(sheets: Iterator[WrittenSheet], limits: ReadOrder) -> None:
    cells = characters = 0
    with Path(limits["out"]).open("w", encoding="utf-8") as lines:
        for sheet in sheets:
            lines.write(json.dumps({"sheet": sheet.title, "hidden": sheet.hidden}) + "\n")
            for number in sorted(sheet.rows):
                row = sheet.rows[number]
                cells += len(row)
                line = json.dumps((number, row), ensure_ascii=False)
                characters += len(line)
                if cells > limits["cells"] or characters > limits["characters"]:
                    raise OverLimit(_TOO_MANY.format(limits["cells"]))
                lines.write(line + "\n")


# Values


def cell_of(value: object, money: str = "", link: str = "") -> WrittenCell | None:
    """Return the cell of a value, or None if it is empty."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        return (text, "text", "", link) if link else text
    text, nature = _text_and_nature(value)
    return text, nature, money if nature == "number" else "", link


def _text_and_nature(value: object) -> tuple[str, str]:
    match value:
        case bool():
            return str(value).lower(), "text"
        case int() | float():
            return _number(value), "number"
        case datetime():
            return value.date().isoformat(), "date"
        case date():
            return value.isoformat(), "date"
        case time():
            return f"{value.hour}:{value:%M:%S}", "time"
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}", "time"
        case _:
            raise TypeError(type(value).__name__)


def _number(value: float) -> str:
    """Return the digits of a number as a spreadsheet shows them: at most fifteen."""
    return plain_number(Decimal(f"{value:.15g}"))


_MONEY: Final = re.compile(r'\[\$([^\]-]+)(?:-[^\]]*)?\]|"([^"]+)"|([€£¥₩₹$])')


def currency_of(number_format: str) -> str:
    """Return the symbol or code of the currency in a number format (ECMA-376, 18.8.31)."""
    match = _MONEY.search(number_format)
    return next((part.strip() for part in match.groups() if part), "") if match else ""


def parse_xml(
    content: bytes,
    start: Callable[[str, XmlAttributes], None],
    separator: str | None = None,
    **more: object,
) -> None:
    """Parse XML; `more` are other handlers of expat. Entities are refused.

    With a `separator`, names begin with their namespace and not with a prefix.
    """
    parser = expat.ParserCreate(namespace_separator=separator)
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EntityDeclHandler = _refuse_entity
    for name, handler in more.items():
        setattr(parser, name, handler)
    parser.Parse(content, True)  # noqa: FBT003  # it takes no keywords


def _refuse_entity(*_declaration: object) -> None:
    raise ValueError("it declares XML entities")


def local_name(name: str) -> str:
    """Return a name without its prefix, which files choose as they like."""
    return name.rpartition(":")[2]
