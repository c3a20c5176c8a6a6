"""A table that no reader takes is one message with the two closest readers and their columns."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.pipeline.reader_registry import reader_of


def _message(path: Path) -> str:
    with pytest.raises(SourceUnreadable) as error:
        reader_of(path)
    (problem,) = error.value.problems
    assert "RML" in problem.remedy
    return problem.message


def _table(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    if path.suffix == ".xlsx":
        book = Workbook()
        sheet = book.worksheets[0]
        for row in rows:
            sheet.append(list(row))
        book.save(path)
    else:
        path.write_text("".join(f"{','.join(row)}\n" for row in rows), "utf-8")
    return path


@pytest.mark.parametrize("name", ["air.csv", "air.xlsx"])
def test_the_two_closest_readers_are_named_with_their_missing_columns(
    tmp_path: Path, name: str
) -> None:
    """A table of values without an indicator is close to the long table and to observations."""
    rows = [("City", "Year", "Value", "Station"), ("Seoul", "2020", "4", "A")]
    message = _message(_table(tmp_path / name, rows))
    assert message == (
        f"No reader takes the table {name}. The closest: long-table, which also needs 'indicator';"
        " tables (observations.csv), which also needs 'dataset', 'indicator', 'unit'."
    )


def test_a_sheet_below_a_letterhead_is_recognised(tmp_path: Path) -> None:
    """The titles of a sheet may be below a letterhead; the sheet needs its name."""
    rows = [("Report",), ("Policy", "Amount", "Remarks"), ("Trees", "4", "x")]
    message = _message(_table(tmp_path / "book.xlsx", rows))
    assert "workbook (sheet Budgets), which needs that name" in message


def test_a_table_of_nothing_known_is_compared_with_the_usual_ones(tmp_path: Path) -> None:
    """A table without a known title is compared with values and with policies."""
    message = _message(_table(tmp_path / "x.csv", [("Foo", "Bar"), ("1", "2")]))
    assert "long-table, which also needs 'city', 'indicator', 'year', 'value'" in message
    assert "workbook (sheet Policies), which also needs 'Title'" in message


def test_a_table_with_a_city_and_a_country_is_not_a_workbook(tmp_path: Path) -> None:
    """Two titles of a sheet among ten others do not make a table that sheet."""
    titles = ("City", "Country", *(f"Column {number}" for number in range(10)))
    message = _message(_table(tmp_path / "x.csv", [titles, ("Seoul", "Korea")]))
    assert "workbook (sheet City), which knows too few of the other columns" in message


def test_a_long_table_in_a_folder_of_its_own_is_described(tmp_path: Path) -> None:
    """The only table of a folder is described as the table itself."""
    _table(tmp_path / "x.csv", [("City", "Year"), ("Seoul", "2020")])
    assert "long-table, which also needs 'indicator', 'value'" in _message(tmp_path)


def test_a_file_that_is_not_a_table_is_an_unknown_kind(tmp_path: Path) -> None:
    """A picture has no titles, so the message names the kinds of sources."""
    (tmp_path / "x.png").write_bytes(b"\x89PNG")
    with pytest.raises(SourceUnreadable, match="Unknown kind of source"):
        reader_of(tmp_path / "x.png")
