"""Two rows that would become one thing are reported with both places, for every kind of source."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from openpyxl import Workbook, load_workbook

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders import load
from urbansdg.loaders.drafts.draft import Draft, ReadContext, write_draft
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.loaders.tables.policies import organisation, policy
from urbansdg.loaders.workbook.annotated_copy import annotate
from urbansdg.loaders.workbook.workbook_layout import read_layout
from urbansdg.ontology.iris import Iris
from urbansdg.store import GraphStore, Source

_IRIS = Iris("http://localhost:8000")
_SEOUL = "1835848"
_CODES = {"duplicate-thing", "value-twice"}


@pytest.fixture
def context(tmp_path: Path) -> ReadContext:
    """Return the context of a load."""
    folder = tmp_path / "context"
    folder.mkdir()
    return ReadContext(folder, _IRIS)


def _lines(draft: Draft) -> set[str]:
    return {str(quad.triple) for file in draft.files for quad in ox.parse(path=str(file))}


def _duplicates(draft: Draft) -> list[Problem]:
    return [problem for problem in draft.problems if problem.code in _CODES]


def _rows(problem: Problem) -> list[int | None]:
    return [place.row for place in (problem.place, *problem.related)]


def _book(path: Path, *sheets: tuple[str, list[dict[str, str]]]) -> Path:
    """Write a workbook of a city and these sheets; a sheet's name may end with a blank and 2."""
    book = Workbook()
    book.remove(book.worksheets[0])
    city = ("city", [{"name": "Seoul", "country": "Republic of Korea"}])
    for name, rows in (city, *sheets):
        form = read_layout().form(name.removesuffix(" 2"))
        sheet = book.create_sheet(form.titles["en"] + name.removeprefix(form.name))
        sheet.append([column.titles["en"] for column in form.columns])
        for row in rows:
            sheet.append([row.get(column.name) for column in form.columns])
    book.save(path)
    return path


def _policy(title: str, **cells: str) -> dict[str, str]:
    return {"title": title, "targets": "11.2", "source": "https://x.example", **cells}


def _read(path: Path, context: ReadContext) -> Draft:
    return reader_of(path).read(path, None, context)


def test_policies_with_one_title_name_both_rows(tmp_path: Path, context: ReadContext) -> None:
    """Two rows of a workbook with one title, in any case, are a violation that names both."""
    rows = [_policy("Trees", summary="a"), _policy("Parks"), _policy("TREES!", summary="b")]
    draft = _read(_book(tmp_path / "city.xlsx", ("policies", rows)), context)
    (problem,) = _duplicates(draft)
    assert not draft.whole
    assert _rows(problem) == [2, 4]
    assert problem.message == (
        "Rows 2 and 4 describe the same policy, 'Trees' or 'TREES!'; neither can be loaded."
    )


def test_a_part_of_such_a_policy_is_not_a_problem_of_its_own(
    tmp_path: Path, context: ReadContext
) -> None:
    """Two rows with one title and with periods are one problem: the periods follow from it."""
    rows = [_policy("Trees", planned_start=year) for year in ("2024", "2025")]
    draft = _read(_book(tmp_path / "city.xlsx", ("policies", rows)), context)
    assert len(_duplicates(draft)) == 1


def test_policies_on_two_sheets_name_both_sheets(tmp_path: Path, context: ReadContext) -> None:
    """One title on two sheets of policies is a violation that names the sheets."""
    path = _book(
        tmp_path / "city.xlsx",
        ("policies", [_policy("Trees")]),
        ("policies 2", [_policy("Trees")]),
    )
    (problem,) = _duplicates(_read(path, context))
    assert problem.message.startswith(
        "Row 2 of sheet Policies of city.xlsx and row 2 of sheet Policies 2 of city.xlsx describe"
    )


def test_parts_with_one_identifier_name_both_rows(tmp_path: Path, context: ReadContext) -> None:
    """Two budgets with one identifier are a violation; two without are two budgets."""
    budget = {"policy": "Trees", "amount": "1 million EUR", "year": "2024"}
    path = _book(
        tmp_path / "city.xlsx",
        ("policies", [_policy("Trees")]),
        ("budgets", [budget, budget | {"key": "total"}, budget | {"key": "total"}]),
    )
    (problem,) = _duplicates(_read(path, context))
    assert _rows(problem) == [3, 4]
    rows = [budget, budget]
    unnamed = _book(tmp_path / "b.xlsx", ("policies", [_policy("Trees")]), ("budgets", rows))
    assert not _duplicates(_read(unnamed, context))


def test_a_title_of_two_policies_is_not_a_reference(tmp_path: Path, context: ReadContext) -> None:
    """A budget that names a title which two policies have is ambiguous, and never one of them."""
    policies = [_policy("Trees", slug="north"), _policy("Trees", slug="south")]
    budgets = [{"policy": "Trees", "amount": "1 EUR"}, {"policy": "south", "amount": "2 EUR"}]
    path = _book(tmp_path / "city.xlsx", ("policies", policies), ("budgets", budgets))
    draft = _read(path, context)
    assert [problem.code for problem in draft.problems] == ["ambiguous-policy"]
    assert draft.problems[0].place.row == 2  # the first budget


def test_both_cells_of_a_marked_copy_are_marked(tmp_path: Path, context: ReadContext) -> None:
    """The annotated copy has a comment in each row of a thing that two rows describe."""
    path = _book(tmp_path / "city.xlsx", ("policies", [_policy("Trees"), _policy("Trees")]))
    annotate(path, _read(path, context).problems, tmp_path / "marked.xlsx")
    sheet = load_workbook(tmp_path / "marked.xlsx")["Policies"]
    assert sheet["A2"].comment is not None
    assert sheet["A3"].comment is not None


def test_a_key_of_two_rows_of_a_table_names_both(tmp_path: Path, context: ReadContext) -> None:
    """Two rows of a table with one key, in one file or beside each other, are a violation."""
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "policies.csv").write_text(
        f"key,city,title\nx-a,{_SEOUL},A\nx-b,{_SEOUL},B\nx-a,{_SEOUL},C\n", "utf-8"
    )
    (folder / "organisations.csv").write_text("key,name\no,One\no,Two\n", "utf-8")
    draft = _read(folder, context)
    assert [_rows(problem) for problem in _duplicates(draft)] == [[2, 3], [2, 4]]
    assert not draft.whole


def test_values_with_one_key_are_left_out(tmp_path: Path, context: ReadContext) -> None:
    """Two rows of a long table with one place, indicator and year are left out; others load."""
    file = tmp_path / "air.csv"
    file.write_text(
        "city,indicator,year,value\nSeoul,11.6.2,2019,1\nSeoul,11.6.2,2020,2\n"
        "Seoul,11.6.2,2019,3\n",
        "utf-8",
    )
    draft = _read(file, context)
    (problem,) = _duplicates(draft)
    assert (problem.severity, _rows(problem)) == (Severity.WARNING, [2, 4])
    assert [line.split('"')[1] for line in _lines(draft) if "obsValue" in line] == ["2"]
    assert any("CityIndicator" in line for line in _lines(draft)), "which the third row needs"
    assert draft.rows == 1


def test_actions_with_one_title_are_left_out(tmp_path: Path, context: ReadContext) -> None:
    """Two actions of a disclosure with one title are left out, and both are named."""
    actions = [{"title": title, "description": title} for title in ("Trees", "Parks", "trees")]
    document = {"disclosureYear": 2025, "name": "Seoul", "countryName": "Republic of Korea"}
    file = tmp_path / "disclosure.json"
    file.write_text(json.dumps(document | {"governmentActions": {"actions": actions}}), "utf-8")
    draft = _read(file, context)
    (problem,) = _duplicates(draft)
    places = [problem.place, *problem.related]
    assert [place.path for place in places] == [
        "/governmentActions/actions/0",
        "/governmentActions/actions/2",
    ]
    titles = [line.split('"')[1] for line in _lines(draft) if "terms/title>" in line]
    assert titles == ["Parks"]


def test_a_reader_of_the_future_gets_the_rule_from_the_draft_writer(context: ReadContext) -> None:
    """Any stream of facts is checked; what rows only mention may be in all of them."""

    def results() -> Iterator[ReadResult]:
        for row, key in enumerate(("a", "b", "a"), start=2):
            record = Record(Place("x", row=row), {"key": "office", "name": "Office"})
            yield from organisation(record, _IRIS)
            cells = {"key": key, "city": _SEOUL, "title": key}
            yield from policy(Record(Place("x", row=row), cells), _IRIS)

    source = Source("x", "", "test", "1")
    strict = write_draft("g", results(), source, context, None)
    assert [_rows(problem) for problem in strict.problems] == [[2, 4]]
    lenient = write_draft("g", results(), source, context, None, rows_are_independent=True)
    subjects = {line.split(">")[0].rpartition("/")[2] for line in _lines(lenient)}
    assert lenient.whole
    assert subjects == {"b", "office"}


def test_two_rows_of_one_country_are_left_out(tmp_path: Path, context: ReadContext) -> None:
    """Two rows of the table of country codes with one code are left out, and name each other."""
    file = tmp_path / "country-codes.csv"
    titles = "ISO3166-1-Alpha-3,Geoname ID,wikidata_id"
    file.write_text(f"{titles}\nKOR,1835841,Q884\nFRA,3017382,Q142\nKOR,1,Q1\n", "utf-8")
    draft = _read(file, context)
    assert [(problem.place.row, problem.value) for problem in _duplicates(draft)] == [
        (2, "KOR"),
        (4, "KOR"),
    ]
    assert all("/FRA>" in line for line in _lines(draft))


def test_both_rows_are_rejected_by_a_quarantine(graph: Path, tmp_path: Path) -> None:
    """With a quarantine, both rows of one key are rejected, and the others are loaded."""
    folder = tmp_path / "tables"
    folder.mkdir()
    keys = ("a", "b", "a", "c")
    rows = [f"{_SEOUL}-{key},{_SEOUL},Policy {at},https://x.example" for at, key in enumerate(keys)]
    (folder / "policies.csv").write_text("\n".join(["key,city,title,source", *rows, ""]), "utf-8")
    store = GraphStore.open(graph)
    loaded = load([folder], store, "tester", quarantine=tmp_path / "rejected")
    assert loaded.rejected == 2
    rejected = (tmp_path / "rejected" / "tables" / "policies.csv").read_text("utf-8")
    assert [line.split(",")[2] for line in rejected.splitlines()[1:]] == ["Policy 0", "Policy 2"]
    titles = store.read(store.current()).query(
        "SELECT ?title { GRAPH <http://localhost:8000/graph/tables> {"
        " ?policy <http://purl.org/dc/terms/title> ?title } } ORDER BY ?title"
    )
    assert isinstance(titles, ox.QuerySolutions)
    assert [row["title"].value for row in titles] == ["Policy 1", "Policy 3"]
