"""Files as people save them."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.readers.policies.city_workbook import READER
from urbansdg.loaders.workbook.template_workbook import Template, write_folder

from .conftest import Read, Write, triples

_CITY = [{"name": "Seoul", "country": "KOR"}]
_POLICY = {
    "title": "Night buses",
    "slug": "night",
    "targets": "11.2",
    "source": "https://x.example",
}
_ROWS = {"city": _CITY, "policies": [_POLICY], "budgets": [{"policy": "night", "amount": "5 EUR"}]}


def _budgets(path: Path) -> tuple[Workbook, Path]:
    return load_workbook(path), path


def test_order_of_columns_and_blank_rows_do_not_count(write: Write, read: Read) -> None:
    """Columns in another order, blank rows and a letterhead above the titles change nothing."""
    plain = triples(read(write(_ROWS)))
    book, path = _budgets(write(_ROWS))
    sheet = book["Budgets"]
    sheet.move_range("A1:B2", cols=9)
    sheet.insert_rows(1, 3)
    sheet["A1"] = "City of Seoul, Department of Finance"
    sheet.insert_rows(5, 2)
    book.save(path)
    assert triples(read(path)) == plain


def test_a_merged_cell_holds_for_all_its_rows(write: Write, read: Read) -> None:
    """A cell merged over several rows says the same in each of them."""
    two = [{"policy": "night", "amount": f"{n} EUR", "year": 2020 + n} for n in (1, 2)]
    plain = triples(read(write(_ROWS | {"budgets": two})))
    book, path = _budgets(write(_ROWS | {"budgets": two}))
    book["Budgets"].merge_cells("A2:A3")
    book.save(path)
    assert triples(read(path)) == plain


@pytest.mark.parametrize(
    ("number_format", "currency"),
    [
        ("#,##0 [$€-407]", "EUR"),
        ("[$₩-412]#,##0", "KRW"),
        ("€#,##0.00;[Red]-€#,##0.00", "EUR"),
        ('#,##0 "SEK"', "SEK"),
        ("[$CHF] #,##0", "CHF"),
    ],
)
def test_a_number_has_the_currency_that_it_is_shown_with(
    write: Write, read: Read, number_format: str, currency: str
) -> None:
    """A number that the spreadsheet shows with a currency is an amount in it."""
    book, path = _budgets(write(_ROWS | {"budgets": [{"policy": "night", "amount": 1500.125}]}))
    book["Budgets"]["B2"].number_format = number_format
    book.save(path)
    draft = read(path)
    assert not draft.problems
    lines = "\n".join(triples(draft))
    assert f'currency> "{currency}"' in lines
    assert 'ontology#amount> "1500.125"' in lines


def test_dollars_that_a_number_is_shown_with_are_asked_for(write: Write, read: Read) -> None:
    """A number shown with a sign that several currencies share is asked for."""
    book, path = _budgets(write(_ROWS | {"budgets": [{"policy": "night", "amount": 1500}]}))
    book["Budgets"]["B2"].number_format = '"$"#,##0'
    book.save(path)
    (problem,) = read(path).problems
    assert problem.code == "ambiguous-value"
    assert "1500 USD or 1500 CAD" in problem.message


def test_a_formula_whose_value_is_missing_is_reported(write: Write, read: Read) -> None:
    """A formula that was never calculated is a problem of its cell; nothing is calculated here."""
    book, path = _budgets(write(_ROWS))
    book["Budgets"]["B2"] = "=2*3"
    book.save(path)
    (problem,) = read(path).problems
    assert problem.code == "formula-without-value"
    assert str(problem.place) == "city.xlsx, sheet Budgets, row 2, column B (Amount)"


def test_hidden_sheets_and_unknown_ones_are_left_out(write: Write, read: Read) -> None:
    """A hidden sheet is not read; one that is not known is a warning, and its rows are not read."""
    book, path = _budgets(write(_ROWS))
    book.create_sheet("Notes").append(["to do", "call the minister"])
    book.create_sheet("Secret").append(["x", "y"])
    book["Secret"].sheet_state = "hidden"
    book.save(path)
    draft = read(path)
    assert [problem.code for problem in draft.problems] == ["unknown-sheet"]
    assert draft.whole


def test_an_unknown_column_is_reported_and_left_out(write: Write, read: Read) -> None:
    """A column that is not known is a warning with the titles that it may be meant for."""
    book, path = _budgets(write(_ROWS))
    book["Budgets"]["D1"] = "Kind of amounts"
    book.save(path)
    (problem,) = read(path).problems
    assert problem.code == "unknown-column"
    assert "Kind of amount" in problem.remedy


def test_all_unknown_columns_of_a_sheet_are_one_message(write: Write, read: Read) -> None:
    """Four columns of a city's own are one warning, which names them and the places of all."""
    book, path = _budgets(write(_ROWS))
    own = ("Remarks", "Priority", "CO2 saved", "Checked by")
    for at, title in enumerate(own, start=20):
        book["Budgets"].cell(1, at).value = title
    book.save(path)
    (problem,) = read(path).problems
    assert problem.code == "unknown-column"
    assert all(f"'{title}'" in problem.message for title in own)
    assert len(problem.related) == len(own) - 1
    assert "similar" not in problem.remedy


def test_a_column_of_an_older_template_is_reported_as_such(write: Write, read: Read) -> None:
    """Titles that the template of contacts had once are one warning about an older template."""
    office = {"contacts": [{"name": "Office", "source": "https://x.example/o"}]}
    path = write(_ROWS | office)
    book = load_workbook(path)
    for at, title in enumerate(("Consent given", "Purpose of the consent"), start=20):
        book["Contacts"].cell(1, at).value = title
    book.save(path)
    (problem,) = [one for one in read(path).problems if one.code == "unknown-column"]
    assert problem.remedy.startswith("These columns belong to an older template")


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", ";")],
)
def test_csv_is_read_as_it_is_saved(
    tmp_path: Path, read: Read, encoding: str, delimiter: str
) -> None:
    """A CSV may be in UTF-8, UTF-16 or an older encoding, with commas, semicolons or tabs."""
    rows = {
        "1 Ville.csv": [["Ville", "Pays"], ["Séoul", "République de Corée"]],
        "2 Politiques.csv": [
            ["Titre", "Nom court", "Résumé", "Cibles ODD", "Sources"],
            [
                "Bus de nuit à l\u2019été",
                "nuit",
                "Café, thé, près d\u2019ici",
                "11.2",
                "https://x.example",
            ],
        ],
    }
    folder = tmp_path / "classeur"
    folder.mkdir()
    for name, table in rows.items():
        lines = [delimiter.join(f'"{cell}"' for cell in row) for row in table]
        (folder / name).write_bytes("\r\n".join(lines).encode(encoding))
    draft = read(folder)
    assert draft.whole, draft.problems
    title = '"Bus de nuit à l\u2019été"@fr'
    assert any(title in triple for triple in triples(draft))
    codes = {problem.code for problem in draft.problems}
    assert codes == ({"guessed-encoding"} if encoding == "cp1252" else set())


def test_the_template_as_csv_is_read_back(tmp_path: Path, read: Read) -> None:
    """The folder that `urbansdg template` writes is known, and has no rows but its example."""
    folder = tmp_path / "blank"
    write_folder(Template("ko"), folder)
    assert READER.reads(folder)
    assert [problem.code for problem in read(folder).problems] == ["no-city"]


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/workbook.xml", "w", force_zip64=True) as part:
            for _ in range(600):
                part.write(b" " * (1 << 20))


def _wide(path: Path) -> None:
    book = Workbook()
    book.worksheets[0].title = "Budgets"
    book.worksheets[0].append([f"c{n}" for n in range(1000)])
    book.save(path)


def _laughs(path: Path) -> None:
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">' for n in range(12)
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", f"<!DOCTYPE x [{entities}]><x>&l11;</x>")


def _lying(path: Path) -> None:
    """Write a part that unpacks to more than the directory of the archive says."""
    _bomb(path)
    data = path.read_bytes()
    size = (600 << 20).to_bytes(4, "little")
    path.write_bytes(data.replace(size, (1000).to_bytes(4, "little")))


def _outside(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../xl/workbook.xml", "<x/>")


def _garbage(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 and then nothing of the kind")


@pytest.mark.parametrize("hostile", [_bomb, _lying, _wide, _laughs, _outside, _garbage])
def test_a_hostile_workbook_is_refused(
    tmp_path: Path, read: Read, hostile: Callable[[Path], None]
) -> None:
    """Bombs, a thousand columns, paths outside and garbage are refused in one sentence."""
    path = tmp_path / "Budgets.xlsx"
    hostile(path)
    with pytest.raises(SourceUnreadable) as refused:
        read(path)
    assert refused.value.reason.message.startswith("Budgets.xlsx cannot be read: ")


def test_an_unknown_sheet_is_reported_in_the_language_of_the_others(
    write: Write, read: Read
) -> None:
    """The note about a sheet without known titles is in the language of the workbook."""
    path = write(_ROWS, "fr")
    book = load_workbook(path)
    book.create_sheet("Divers").append(["pour mémoire", "appeler le ministre"])
    book.save(path)
    (problem,) = read(path).problems
    assert (problem.code, problem.language) == ("unknown-sheet", "fr")
    assert problem.message.startswith("La feuille « Divers »")


def test_cities_with_commas_are_a_list_although_one_is_unknown(write: Write, read: Read) -> None:
    """Two partner cities, of which the graph has one, are separated before the other is sought."""
    path = write(_ROWS | {"policies": [_POLICY | {"partners": "Atlantis, London"}]})
    (problem,) = [one for one in read(path).problems if one.code == "unknown-city"]
    assert "Atlantis; London" in problem.remedy
