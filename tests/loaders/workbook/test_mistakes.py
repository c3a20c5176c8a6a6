"""Forty mistakes, each in its cell."""

from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from urbansdg.errors import InvalidData, Problem
from urbansdg.loaders import initialise, load
from urbansdg.loaders.workbook.annotated_copy import address, annotate
from urbansdg.loaders.workbook.workbook_layout import WorkbookLayout
from urbansdg.store import GraphStore

from .conftest import Cell, Write

Mistake = tuple[str, dict[str, Cell], str | None]
_SOURCE = "https://x.example"
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_VALID: dict[str, list[dict[str, Cell]]] = {
    "city": [{"name": "Seoul", "country": "Republic of Korea"}],
    "policies": [{"title": "Night", "slug": "night", "targets": "11.2", "source": _SOURCE}],
}


def _policy(number: int, wrong: str | None, **cells: Cell) -> Mistake:
    whole = {"title": f"P{number}", "slug": f"p{number}", "targets": "11.2", "source": _SOURCE}
    return "policies", whole | cells, wrong


def _part(sheet: str, wrong: str | None, **cells: Cell) -> Mistake:
    return sheet, {"policy": "night"} | cells, wrong


def _opinion(wrong: str, **cells: Cell) -> Mistake:
    whole: dict[str, Cell] = {"motivation": "Assesses", "role": "Resident", "state": "Published"}
    return _part("opinions", wrong, **whole | {"text": wrong, "date": "2024-01-01"} | cells)


_OFFICE: dict[str, Cell] = {"name": "Office", "source": f"{_SOURCE}/offices"}

MISTAKES: list[Mistake] = [
    _policy(2, "targets", targets="11.99"),
    _policy(3, "targets", targets="11,2"),
    _policy(4, "theme", theme="Transprot"),
    _policy(5, "status", status="almost"),
    _policy(6, "source", source="www.x.example"),
    _policy(7, "planned_start", planned_start="31.02.2024"),
    _policy(8, "actual_start", actual_start="03/04/2024"),
    _policy(9, "planned_start", planned_start="2024", planned_end="2020"),
    _policy(10, None, source=None),
    _policy(11, "partners", partners="Atlantis"),
    _policy(12, "partners", partners="Seoul"),
    _policy(13, "title", title=None),
    _part("budgets", "amount", amount="lots of money"),
    _part("budgets", "amount", amount="1-2 million EUR"),
    _part("budgets", "amount", amount="1,234 million EUR"),
    _part("budgets", "amount", amount="$5m"),
    _part("budgets", "amount", amount="5 million"),
    _part("budgets", "amount", amount="5 EUR", currency="KRW"),
    _part("budgets", "amount", amount="-5 EUR", year=2020),
    _part("budgets", "year", amount="5 EUR", year="FY 24/25"),
    _part("budgets", "policy", policy="nihgt", amount="5 EUR"),
    _part("budgets", "currency", amount=5, currency="florins"),
    _part("staff", "posts", role="A", posts="a few"),
    _part("staff", "people", role="B", people=2.5),
    _part("staff", "posts", role="C", posts=-3),
    _part("stakeholders", "role", organisation="Acme", role="boss"),
    _part("stakeholders", "role", organisation="Acme"),
    _part("obstacles", "description", kind="Legal"),
    _part("targets", "target", target="18.1"),
    _part("targets", "strength", target="11.3", strength="very"),
    _part("phases", "start", title="Trial", start="soon"),
    _part("outcomes", "before_value", description="a", indicator="b", unit="c", before=2020,
          before_value="high"),
    _part("outcomes", "unit", description="d", indicator="e", before=2020, before_value=5),
    ("media", {"policies": "night", "kind": "picture", "address": f"{_SOURCE}/1"}, "kind"),
    ("media", {"policies": "night", "kind": "Video", "address": f"{_SOURCE}/2",
               "duration": "long", "licence": _LICENCE}, "duration"),
    ("contacts", {**_OFFICE, "mailbox": "office at seoul"}, "mailbox"),
    ("contacts", {**_OFFICE, "page": "seoul.example"}, "page"),
    ("contacts", {"name": "Office", "mailbox": "office@seoul.example"}, "source"),
    ("cooperation", {"title": "Visit", "kind": "Offer", "theme": "Transport",
                     "opened": "2026-05-01", "until": "2024-01-01"}, "opened"),
    _opinion("rating", rating=9),
    _opinion("date", date="2024-13-01"),
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> GraphStore:
    """Return a graph with the bundled data."""
    store = GraphStore.create(tmp_path_factory.mktemp("graph") / "var", "http://localhost:8000")
    initialise(store, "test")
    return store


def _planted(write: Write, layout: WorkbookLayout) -> tuple[Path, set[tuple[str, str]]]:
    """Write the workbook; return it with the cells that are wrong, a whole row by its first."""
    rows = {form.name: list(_VALID.get(form.name, ())) for form in layout.forms}
    cells = set()
    for sheet, row, wrong in MISTAKES:
        rows[sheet].append(row)
        form = layout.form(sheet)
        names = [column.name for column in form.columns]
        letter = get_column_letter(names.index(wrong) + 1) if wrong else "A"
        cells.add((form.titles["en"], f"{letter}{len(rows[sheet]) + 1}"))
    return write(rows), cells


def _problems(path: Path, store: GraphStore) -> tuple[Problem, ...]:
    with pytest.raises(InvalidData) as refused:
        load([path], store, "test")
    return refused.value.problems


def test_each_mistake_gives_its_cell(
    write: Write, layout: WorkbookLayout, store: GraphStore
) -> None:
    """Every mistake of a workbook is told at once, in its cell, and no other cell is named."""
    path, cells = _planted(write, layout)
    assert len(cells) == 41
    before = store.current_number()
    problems = _problems(path, store)
    assert {(problem.place.sheet, address(problem)) for problem in problems} == cells
    assert len(problems) == len(cells)
    assert all(problem.message and problem.remedy for problem in problems)
    assert store.current_number() == before


def test_the_marked_copy_shows_them(
    write: Write, layout: WorkbookLayout, store: GraphStore, tmp_path: Path
) -> None:
    """The marked copy colours each of these cells, says why in a comment, and lists them all."""
    path, cells = _planted(write, layout)
    before = path.read_bytes()
    problems = _problems(path, store)
    annotate(path, problems, tmp_path / "marked.xlsx")
    book = load_workbook(tmp_path / "marked.xlsx")
    marked = {
        (sheet.title, cell.coordinate)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment is not None
    }
    assert marked == cells
    assert book.worksheets[0].max_row == len(cells) + 1
    assert "'lots of money'" in (book["Budgets"]["B2"].comment.text or "")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Metro Water, Green Fund", "Metro Water; Green Fund"),
        ("Metro Water / Green Fund / Port", "Metro Water; Green Fund; Port"),
        ("Metro Water and Sewer", None),
    ],
)
def test_a_name_that_may_be_several_is_loaded_as_one_with_a_warning(
    write: Write, store: GraphStore, name: str, options: str | None
) -> None:
    """A new organisation with a comma or slash in its name gives a warning with its parts."""
    rows = _VALID | {"stakeholders": [{"policy": "night", "organisation": name, "role": "Funder"}]}
    initialise(store, "urn:test")
    loaded = load([write(rows)], store, "urn:test")
    warnings = [problem for problem in loaded.problems if problem.code == "perhaps-several"]
    assert [problem.severity.value for problem in warnings] == ["warning"] * (options is not None)
    assert all(problem.remedy.endswith(options or "") for problem in warnings)
    assert any(name in str(quad.object) for quad in store.read(store.current()))
