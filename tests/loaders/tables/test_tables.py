"""Tables in CSV, from their cells to RDF terms."""

import csv
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.errors import Place, Problem, SourceUnreadable
from urbansdg.loaders.parse.cell_values import (
    TermConverter,
    day,
    decimal,
    iri_converter,
    language_tagged,
    link,
    plain,
    prose,
    whole,
    year,
)
from urbansdg.loaders.parse.facts import Cell, Facts, Record
from urbansdg.loaders.tables import field_mapping
from urbansdg.loaders.tables.csv_table import Span, header, read_table
from urbansdg.loaders.tables.field_mapping import Field, column_facts, table_results
from urbansdg.ontology.iris import sdg

_FORM = header("key name note", "key name")
_XSD = "http://www.w3.org/2001/XMLSchema#"


def _written(folder: Path, content: bytes) -> Path:
    file = folder / "things.csv"
    file.write_bytes(content)
    return file


def test_a_record_is_known_by_the_row_of_a_spreadsheet(tmp_path: Path) -> None:
    """Rows are numbered as a spreadsheet numbers them; blank ones are passed over."""
    file = _written(tmp_path, b'key,name,note\r\na,Anna,\r\n,,\r\nb,"Bert, the\nsecond",x\r\n')
    records = [row for row in read_table(file, _FORM) if isinstance(row, Record)]
    assert [record.cells for record in records] == [
        {"key": "a", "name": "Anna"},
        {"key": "b", "name": "Bert, the\nsecond", "note": "x"},
    ]
    assert [record.place.row for record in records] == [2, 5]


def test_a_byte_order_mark_and_other_orders_of_columns_do_not_matter(tmp_path: Path) -> None:
    """A byte order mark and another order of the columns change nothing."""
    file = _written(tmp_path, "\ufeffname,key\nÅsa,a\n".encode())
    assert [row.cells for row in read_table(file, _FORM) if isinstance(row, Record)] == [
        {"key": "a", "name": "Åsa"}
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the column key, name"),
        (b"key\na\n", "lacks the column name"),
        (b"key,name,colour\n", "unknown column colour"),
        (b"key,name,name\n", "duplicate column: name"),
        (b"key,name\n\xff\xfe,x\n", "not valid UTF-8"),
        (b'key,name\n"a,b\n', "not valid CSV"),
        (b"key,name\na," + b"x" * 200_000 + b"\n", "not valid CSV"),
    ],
)
def test_what_is_no_table_of_this_kind_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """A file that is not a table of the expected kind is refused with the reason."""
    with pytest.raises(SourceUnreadable, match=message):
        list(read_table(_written(tmp_path, content), _FORM))


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("a,", "empty-cell", "name"),
        (",x", "empty-cell", "key"),
        ("a,b,c,d", "too-many-cells", None),
    ],
)
def test_a_row_that_cannot_be_read_is_a_problem_with_its_place(
    tmp_path: Path, line: str, code: str, column: str | None
) -> None:
    """A row that cannot be read is a problem with its row and column, and the rest is read."""
    file = _written(tmp_path, f"key,name,note\n{line}\nb,Bert,\n".encode())
    rows = list(read_table(file, _FORM))
    problems = [row for row in rows if isinstance(row, Problem)]
    assert [(problem.code, problem.place) for problem in problems] == [
        (code, Place("things.csv", row=2, column=column))
    ]
    assert isinstance(rows[-1], Record)


_CUT = (
    "\ufeffkey,name,note\n"
    'a,Anna,\r\n,,\n\nb,"Bert, the\nsecond",5" pipe\nc,"C ""x"",\n\n",\r'
    'Å,서울,"q"\n,none,\nd,e,f,g\nz,Z'
)


def test_a_table_gives_the_same_in_parts(tmp_path: Path) -> None:
    """Wherever a table is cut, its parts have each row once, whole and with its number."""
    file = _written(tmp_path, _CUT.encode())
    whole_table = list(read_table(file, _FORM))
    assert len(whole_table) == 7
    for cut in range(len(_CUT.encode()) + 2):
        before, after = Span(0, cut), Span(cut)
        parts = [row for span in (before, after) for row in read_table(file, _FORM, span=span)]
        assert parts == whole_table


def test_what_a_cell_gives_is_remembered_but_not_its_problem(tmp_path: Path) -> None:
    """Of rows with the same cell each has its own facts, or a problem at its own place."""
    file = _written(tmp_path, b"key,name,note\na,1 | 2,x\nb,1 | 2,x\nc,1 | B,x\nd,1 | B,x\n")
    numbers = Field("name", "usdg:amount", iri_converter(sdg, "[0-9]"))
    fields = (numbers, Field("note", "usdg:year", year))
    results = list(
        table_results(
            read_table(file, _FORM), lambda row: column_facts(row, row.text("key"), fields)
        )
    )
    amounts = [line for row in results if isinstance(row, Facts) for line in row.lines]
    assert [line.split(" ")[0] for line in amounts] == ["<a>", "<a>", "<b>", "<b>", "<c>", "<d>"]
    problems = [(row.code, row.place.row) for row in results if isinstance(row, Problem)]
    wrong = [(code, row) for row in (2, 3, 4, 5) for code in ("bad-key", "bad-year")]
    assert problems == [pair for pair in wrong if pair[0] == "bad-year" or pair[1] > 3]


def test_a_language_that_is_none_is_a_problem_of_its_cell() -> None:
    """A text whose language is no tag of a language is a problem where that stands."""
    title = Field("title", "dcterms:title", prose, "language")
    record = Record(Place("policies.csv", row=3), {"title": "Rails", "language": "in Klingon"})
    (problem,) = column_facts(record, "http://localhost:8000/id/policy/a", (title,))
    assert isinstance(problem, Problem)
    assert problem.place == Place("policies.csv", row=3, column="language")
    assert (problem.code, problem.value) == ("bad-language", "in Klingon")


def test_so_many_cells_are_remembered_and_no_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many cells a column has, and however long, what is remembered of them stays small."""
    monkeypatch.setattr(field_mapping, "MOST_KNOWN", 10)
    column = Field("name", "usdg:amount", iri_converter(sdg))
    for text in (*map(str, range(35)), "9" * 1_000):
        (rest,) = column.convert(Record(Place()), text)
        assert f"/{text}>" in str(rest)
        assert len(column.known) <= 10
    assert max(map(len, column.known)) == 2


@given(
    text=st.text(st.characters(codec="utf-8")),
    language=st.sampled_from(["en", "Zh-hant"]),
)
def test_a_text_is_written_as_n_triples_has_it(text: str, language: str) -> None:
    """A text is escaped as N-Triples wants it, and its language is in small letters."""
    assert prose.written(text, language) == str(ox.Literal(text, language=language))
    assert plain.written(text, language) == str(ox.Literal(text))


def test_every_character_is_written_as_n_triples_has_it() -> None:
    """No character at all is written otherwise than N-Triples has it."""
    for number in (*range(0xD800), *range(0xE000, sys.maxunicode + 1)):
        text = chr(number)
        if not text.isprintable() or text in '"\\':
            continue
        assert str(ox.Literal(text)) == f'"{text}"'


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30
).filter(lambda text: text == text.strip() and text)


@given(rows=st.lists(st.tuples(_TEXT, _TEXT, _TEXT), max_size=8))
def test_what_a_spreadsheet_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    """What is written as CSV is read back as it was."""
    file = tmp_path_factory.mktemp("csv") / "things.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("key", "name", "note"), *rows])
    read = [row for row in read_table(file, _FORM) if isinstance(row, Record)]
    assert [tuple(record.cells.values()) for record in read] == rows


@pytest.mark.parametrize(
    ("make", "text", "values"),
    [
        (decimal, "37.50", [("37.50", "decimal")]),
        (whole, "9668465", [("9668465", "integer")]),
        (year, "2016", [("2016", "gYear")]),
        (day, "2016", [("2016", "gYear")]),
        (day, "2016-02", [("2016-02", "gYearMonth")]),
        (day, "2016-02-29", [("2016-02-29", "date")]),
    ],
)
def test_a_value_keeps_its_spelling(
    make: TermConverter, text: str, values: list[tuple[str, str]]
) -> None:
    """A number, year or date becomes a typed literal that is spelled as the cell is."""
    literals = list(make(Cell(text, Place())))
    assert literals == [
        ox.Literal(value, datatype=ox.NamedNode(_XSD + kind)) for value, kind in values
    ]


@pytest.mark.parametrize(
    ("make", "text", "code"),
    [
        (decimal, "37,5", "bad-number"),
        (decimal, "1e9", "bad-number"),
        (decimal, "NaN", "bad-number"),
        (decimal, "٣", "bad-number"),
        (whole, "-1", "bad-number"),
        (whole, "1 000", "bad-number"),
        (year, "16", "bad-year"),
        (day, "2015-02-29", "bad-date"),
        (day, "2016-13", "bad-date"),
        (day, "0000", "bad-date"),
        (day, "29.02.2016", "bad-date"),
        (link, "www.seoul.go.kr", "bad-link"),
        (link, "javascript:alert(1)", "bad-link"),
        (link, "https://a b", "bad-link"),
        (language_tagged, "São Paulo", "no-language"),
        (iri_converter(str, r"[a-z]+"), "A B", "bad-key"),
    ],
)
def test_a_value_that_cannot_be_understood_is_a_problem(
    make: TermConverter, text: str, code: str
) -> None:
    """A value that cannot be understood is a problem with the value, and never a guess."""
    (problem,) = make(Cell(text, Place("t.csv", row=3, column="c")))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.value, problem.place.row) == (code, text, 3)
    assert problem.remedy


def test_a_cell_may_list_several_values() -> None:
    """Several values stand in one cell with a bar between them."""
    literals = list(language_tagged(Cell("pt:São Paulo | tr:İstanbul", Place())))
    assert literals == [
        ox.Literal("São Paulo", language="pt"),
        ox.Literal("İstanbul", language="tr"),
    ]
