"""Answers as workbooks, read back with another library."""

import io
from datetime import datetime
from typing import Any

import openpyxl
import pyoxigraph as ox
import pytest

from urbansdg.endpoint.workers.formats import result_workbook
from urbansdg.endpoint.workers.formats.result_workbook import SheetFull, cell_of, write_workbook
from urbansdg.ontology.namespaces import XSD

_DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "http://x.org"]


def _written(query: str) -> bytes:
    results = ox.Store().query(query)
    assert not isinstance(results, ox.QueryTriples)
    file = io.BytesIO()
    write_workbook(results, file)
    return file.getvalue()


def _cells(query: str) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(_written(query))).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows()]


def _typed(text: str, name: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD[name]))


@pytest.mark.parametrize("text", _DANGEROUS)
def test_a_text_is_never_a_formula_or_a_link(text: str) -> None:
    """A text that a spreadsheet could take for a formula or a link is a text."""
    (_, (cell,)) = _cells(f"SELECT ?t {{ VALUES ?t {{ {ox.Literal(text)} }} }}")
    assert cell.value == text
    assert cell.data_type == "s"
    assert cell.hyperlink is None


def test_numbers_days_and_truth_values_are_cells_of_their_kind() -> None:
    """What a cell can have exactly is a cell of its kind; unbound variables are empty."""
    values = 'UNDEF 1.5 "2026-11-30"^^xsd:date true "서울"@ko'
    query = (
        f"PREFIX xsd: <{XSD}> SELECT ?a ?b ?c ?d ?e {{ VALUES (?a ?b ?c ?d ?e) {{ ({values}) }} }}"
    )
    head, row = _cells(query)
    assert [cell.value for cell in head] == ["a", "b", "c", "d", "e"]
    assert [cell.value for cell in row] == [None, 1.5, datetime(2026, 11, 30), True, "서울"]  # noqa: DTZ001  # as Excel has it


@pytest.mark.parametrize(
    "term",
    [
        _typed("12345678901234567890", "integer"),
        _typed("NaN", "double"),
        _typed("INF", "double"),
        _typed("1e400", "double"),
        _typed("abc", "integer"),
        _typed("1899-01-01", "date"),
        _typed("2026-02-30", "date"),
        _typed("maybe", "boolean"),
    ],
)
def test_what_a_cell_cannot_have_exactly_is_a_text(term: ox.Literal) -> None:
    """A number of many digits, an old day and an invalid value stay as they are written."""
    assert cell_of(term) == term.value


def test_a_long_text_is_cut_to_what_a_cell_can_have() -> None:
    """A text is cut to the longest of a cell, without half of a character at its end."""
    cell = cell_of(ox.Literal("😀" * 20_000))
    assert isinstance(cell, str)
    assert len(cell.encode("utf-16-le")) // 2 <= 32_767
    assert cell.endswith("😀…")


def test_characters_that_xml_cannot_have_do_not_break_the_file() -> None:
    """Control characters, and what is not a character, leave a file that can be opened."""
    text = str(ox.Literal("a\x01\x1f\x7f\ufffe\uffff_x0041_b"))
    (_, (cell,)) = _cells(f"SELECT ?t {{ BIND({text} AS ?t) }}")
    assert str(cell.value).startswith("a")
    assert str(cell.value).endswith("b")


def test_the_same_answer_is_the_same_file() -> None:
    """The bytes depend on the answer alone, so that caches and validators hold."""
    query = "SELECT ?t { VALUES ?t { 1 2 } }"
    assert _written(query) == _written(query)


def test_the_answer_to_ask_is_one_cell() -> None:
    """ASK is true or false in the first cell."""
    assert _cells("ASK {}")[0][0].value is True


def test_rows_beyond_the_sheet_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer with more rows than a sheet is refused, not cut."""
    monkeypatch.setattr(result_workbook, "MOST_ROWS", 2)
    with pytest.raises(SheetFull):
        _written("SELECT ?t { VALUES ?t { 1 2 3 } }")


def test_cut_cells_are_listed_on_a_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook with cut texts has a sheet with their cells, columns, rows and lengths."""
    monkeypatch.setattr(result_workbook, "_MOST_CUT", 2)
    texts = ["a", "b" * 32_768, "\U0001f600" * 20_000, "c" * 32_767, "d" * 40_000]
    values = " ".join(f'("x" {ox.Literal(text)})' for text in texts)
    book = openpyxl.load_workbook(
        io.BytesIO(_written(f"SELECT * {{ VALUES (?k ?t) {{ {values} }} }}"))
    )
    assert book.sheetnames == ["Results", "Cut cells"]
    rows = [[cell.value for cell in row] for row in book["Cut cells"].iter_rows(min_row=2)]
    assert rows == [
        ["cell", "column", "row", "characters of the whole text"],
        ["B3", "t", 3, 32_768],
        ["B4", "t", 4, 20_000],
        ["... and 1 more", None, None, None],
    ]
    assert book["Results"]["B3"].value == "b" * 32_766 + "…"


def test_a_workbook_without_cut_texts_has_one_sheet() -> None:
    """Nothing is added where no text is cut."""
    book = openpyxl.load_workbook(io.BytesIO(_written("SELECT ?t { VALUES ?t { 'a' } }")))
    assert book.sheetnames == ["Results"]
