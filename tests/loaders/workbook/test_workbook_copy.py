"""The copy of a workbook that problems are marked in."""

from datetime import datetime
from pathlib import Path

from openpyxl import load_workbook

from tests.support.workbook_files import strict
from urbansdg.loaders.workbook.annotated_copy import annotate
from urbansdg.loaders.workbook.workbook_copy import open_copy

from .conftest import Read, Write

_ROWS = {
    "city": [{"name": "Seoul", "country": "KOR"}],
    "budgets": [{"policy": "'=cmd", "amount": 1500.5, "year": 2024}],
}


def test_the_copy_of_a_format_that_openpyxl_does_not_read_has_its_cells(
    write: Write, tmp_path: Path
) -> None:
    """Numbers, dates and texts are those of the cells, and a text is never a formula."""
    path = write(_ROWS)
    book = load_workbook(path)
    sheet = book["Budgets"]
    sheet["A2"].value, sheet["A2"].data_type = "=cmd", "s"
    sheet["B2"].number_format = '#,##0.0 "EUR"'
    sheet["C2"].value = datetime(2024, 5, 1)  # noqa: DTZ001  # spreadsheets have no time zones
    book.save(path)
    copy = open_copy(strict(path, tmp_path))["Budgets"]
    assert (copy["A2"].value, copy["A2"].data_type) == ("=cmd", "s")
    assert (copy["B2"].value, copy["B2"].number_format) == (1500.5, 'General "EUR"')
    assert str(copy["C2"].value) == "2024-05-01"


def test_a_sheet_in_csv_is_marked_in_a_workbook(tmp_path: Path, read: Read) -> None:
    """The marked copy of a folder of CSV is a workbook with a sheet for each file."""
    folder = tmp_path / "seoul"
    folder.mkdir()
    (folder / "1 City.csv").write_text("City,Country\nSeoul,KOR\n", "utf-8")
    (folder / "3 Budgets.csv").write_text("Policy,Amount\nn,a lot\n", "utf-8")
    annotate(folder, read(folder).problems, tmp_path / "marked.xlsx")
    book = load_workbook(tmp_path / "marked.xlsx")
    assert book.sheetnames[1:] == ["1 City", "3 Budgets"]
    comment = book["3 Budgets"]["B2"].comment
    assert comment is not None
    assert "'a lot'" in comment.text
