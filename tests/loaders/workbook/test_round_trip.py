"""From the graph to a workbook and back."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from urbansdg.errors import Place
from urbansdg.loaders import initialise
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.gazetteer.city_gazetteer import Gazetteer, cities_of_store
from urbansdg.loaders.parse.clean_text import TextCleaner
from urbansdg.loaders.parse.name_keys import LANGUAGES
from urbansdg.loaders.readers.policies.city_workbook import READER
from urbansdg.loaders.workbook.export_rows import export_city
from urbansdg.loaders.workbook.template_workbook import (
    SheetValues,
    Template,
    write_folder,
    write_workbook,
)
from urbansdg.loaders.workbook.workbook_layout import WorkbookLayout, read_layout
from urbansdg.ontology.iris import Iris
from urbansdg.ontology.namespaces import USDGSH
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.shapes.model.shape_texts import shape_texts
from urbansdg.store import GraphStore

from .conftest import Read, Write, triples

pytestmark = pytest.mark.long  # workbooks of all cities are written and read

_IRIS = Iris("http://localhost:8000")
_LAYOUT = read_layout()
_CITY = "example-haneul"
_MOST_LANGUAGES = [
    language if language in {"en", "ko"} else pytest.param(language, marks=pytest.mark.long)
    for language in LANGUAGES
]


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> RdfDataset:
    """Return the bundled data and the example."""
    store = GraphStore.create(tmp_path_factory.mktemp("graph") / "var", _IRIS.base)
    initialise(store, "test", example=True)
    return store.read(store.current())


def _read(path: Path, folder: Path, graph: RdfDataset | None = None) -> ox.Store:
    """Return what a workbook says, which is to be read without a problem.

    The cities that it may name are those of the graph, or the bundled ones.
    """
    context = ReadContext(folder, _IRIS)
    if graph is not None:
        known = Gazetteer(cities_of_store(graph, _IRIS))
        context = replace(context, known=lambda: known)
    draft = READER.read(path, None, context)
    assert not draft.problems
    state = ox.Store()
    for file in draft.files:
        state.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
    return state


def _names(bundled: RdfDataset) -> Iterator[ox.Quad]:
    """Return what the bundled data call organisations, which a workbook only refers to."""
    label = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    for quad in bundled.quads_for_pattern(None, label, None, None):
        if "/id/organisation/" in str(quad.subject):
            yield ox.Quad(quad.subject, quad.predicate, quad.object)


@pytest.mark.parametrize("language", _MOST_LANGUAGES)
@pytest.mark.parametrize(
    "city", ["example-haneul", pytest.param("example-bada", marks=pytest.mark.long)]
)
def test_a_city_is_read_back_from_its_workbook(
    bundled: RdfDataset, tmp_path: Path, city: str, language: str
) -> None:
    """What the graph has of a city, written as a workbook and read, is the same again."""
    before = export_city(bundled, _IRIS, city, _LAYOUT, language)
    write_workbook(Template(language, _LAYOUT, before), tmp_path / "city.xlsx")
    state = _read(tmp_path / "city.xlsx", tmp_path, bundled)
    state.extend(_names(bundled))
    assert export_city(state, _IRIS, city, _LAYOUT, language) == before
    assert len(before["policies"]) >= 1


def test_a_workbook_has_the_position_of_the_preferred_source(bundled: RdfDataset) -> None:
    """Where a gazetteer gives a city another position and name, its workbook has its own."""
    store = ox.Store()
    store.extend(bundled.quads_for_pattern(None, None, None, None))
    before = export_city(store, _IRIS, "example-haneul", _LAYOUT, "en")["city"]
    store.load(
        f"""@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> .
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <{_IRIS.city("example-haneul")}> geo:lat 1.5 ; skos:prefLabel "A place"@en .""",
        format=ox.RdfFormat.TURTLE,
        to_graph=ox.NamedNode(_IRIS.graph("natural-earth")),
    )
    assert export_city(store, _IRIS, "example-haneul", _LAYOUT, "en")["city"] == before


@pytest.mark.parametrize("language", _MOST_LANGUAGES)
def test_replies_and_opinions_on_a_part_are_read_back(
    bundled: RdfDataset, tmp_path: Path, language: str
) -> None:
    """An opinion on a part of a policy and a reply to an opinion point there again."""
    before = export_city(bundled, _IRIS, _CITY, _LAYOUT, language)
    write_workbook(Template(language, _LAYOUT, before), tmp_path / "city.xlsx")
    state = _read(tmp_path / "city.xlsx", tmp_path, bundled)
    target = ox.NamedNode("http://www.w3.org/ns/oa#hasTarget")
    statements = {str(quad.triple) for quad in state.quads_for_pattern(None, target, None, None)}
    assert statements == {
        str(quad.triple)
        for quad in bundled.quads_for_pattern(None, target, None, None)
        if re.search("example-haneul|/opinion/example-2", str(quad.object))
    }
    assert [row["part"] for row in before["opinions"] if row.get("part")] == ["obstacle/no-drivers"]
    assert [row["answers"] for row in before["opinions"] if "answers" in row] == ["example-2"]


_PROSE = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="|;"),
    min_size=1,
    max_size=12,
).map(lambda text: TextCleaner("").clean(f"x{text} x", Place()))
_SLUG = st.from_regex(r"[a-z]{3,8}", fullmatch=True)
_DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
_AMOUNT = st.decimals(min_value=1, max_value=10**11, places=3, allow_nan=False)


@st.composite
def _filled(draw: st.DrawFn) -> SheetValues:
    """Draw what a city tells, in the columns of the workbook."""
    slugs = draw(st.lists(_SLUG, min_size=1, max_size=3, unique=True))
    policies = [
        {
            "title": draw(_PROSE),
            "slug": slug,
            "summary": draw(_PROSE),
            "theme": " | ".join(draw(st.sets(st.sampled_from(["water", "health", "waste"])))),
            "status": draw(st.sampled_from(["", "adopted", "completed"])),
            "planned_start": draw(_DAYS).isoformat(),
            "source": f"https://x.example/{slug}",
        }
        for slug in slugs
    ]
    budgets = [
        {
            "policy": draw(st.sampled_from(slugs)),
            "amount": f"{draw(_AMOUNT)}0",
            "currency": draw(st.sampled_from(["EUR", "KRW"])),
            "key": f"b-{number}",
        }
        for number in range(draw(st.integers(0, 3)))
    ]
    city = {"key": _CITY, "name": "Haneul", "country": "KOR", "language": "en"}
    return {"city": [city], "policies": policies, "budgets": budgets}


@settings(max_examples=settings().max_examples // 4)
@given(_filled())
def test_whatever_a_city_tells_is_reported_again(rows: SheetValues) -> None:
    """What is written as CSV, read and written again says the same as before, text for text."""
    with tempfile.TemporaryDirectory() as folder:
        once = _again(rows, Path(folder) / "once")
        assert [row["title"] for row in once["policies"]] == [
            row["title"] for row in sorted(rows["policies"], key=lambda row: row["slug"])
        ]
        assert len(once["budgets"]) == len(rows["budgets"])
        assert _again(once, Path(folder) / "twice") == once


def _again(rows: SheetValues, folder: Path) -> SheetValues:
    write_folder(Template("en", _LAYOUT, rows), folder)
    context = folder / "context"
    context.mkdir()
    return export_city(_read(folder, context), _IRIS, _CITY, _LAYOUT, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_offers_lists_and_explains(tmp_path: Path, language: str) -> None:
    """The template has a sheet a subject, a note and a list where one is to be chosen from."""
    write_workbook(Template(language), tmp_path / "blank.xlsx")
    book = load_workbook(tmp_path / "blank.xlsx")
    titles = [form.titles[language] for form in _LAYOUT.forms]
    assert [sheet.title for sheet in book.worksheets] == [*titles, "lists"]
    assert book["lists"].sheet_state == "hidden"
    for form in _LAYOUT.forms:
        sheet = book[form.titles[language]]
        notes = [cell.comment.text for cell in sheet[1][1:] if cell.comment]
        assert len(notes) == len(form.offered)
        assert sheet["A3"].value == "e.g."
    offered = {rule.formula1 for rule in book[titles[1]].data_validations.dataValidation}
    assert offered == {
        "=list_theme",
        "=list_policy_type",
        "=list_status",
        "=list_instrument",
        "=list_population_group",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_column_explains_its_field(tmp_path: Path, language: str) -> None:
    """The comment on a column that fills a property shape begins with the help of that shape."""
    write_workbook(Template(language), tmp_path / "blank.xlsx")
    book = load_workbook(tmp_path / "blank.xlsx")
    texts = shape_texts(language)
    for (name, column), shape in _LAYOUT.fields.items():
        form = _LAYOUT.form(name)
        at = form.offered.index(form.column(column)) + 2
        comment = book[form.titles[language]].cell(1, at).comment
        assert comment is not None
        assert comment.text.startswith(texts[USDGSH[shape]].description), (name, column)


@pytest.mark.long
def test_the_example_of_the_template_is_valid(tmp_path: Path) -> None:
    """The example row of each sheet, made a row of data, is read without a problem."""
    for language in LANGUAGES:
        path = tmp_path / f"{language}.xlsx"
        write_workbook(Template(language), path)
        book = load_workbook(path)
        for sheet in book.worksheets[:-1]:
            sheet["A3"].value = None
        book.worksheets[0]["B3"].value = "Seoul"
        book.save(path)
        context = tmp_path / language
        context.mkdir()
        _read(path, context)


def test_the_layout_has_every_text(layout: WorkbookLayout) -> None:
    """Each column has a title in each language, no two in a sheet the same, and a note."""
    for form in layout.forms:
        for language in LANGUAGES:
            titles = [column.titles[language] for column in form.columns]
            assert all(titles)
            assert len(set(titles)) == len(titles), (form.name, language)
        assert {column.kind for column in form.columns} <= layout.notes.keys()


def test_a_text_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    """A text that begins like a formula is written so that no spreadsheet calculates it."""
    rows: SheetValues = {"policies": [{"title": "=1+1", "slug": "+x", "summary": "@cmd"}]}
    write_workbook(Template("en", _LAYOUT, rows), tmp_path / "city.xlsx")
    sheet = load_workbook(tmp_path / "city.xlsx")["Policies"]
    assert sheet["B3"].data_type == "s"
    assert sheet["B3"].value == "=1+1"
    write_folder(Template("en", _LAYOUT, rows), tmp_path / "city")
    assert ",'=1+1,'+x," in (tmp_path / "city" / "02 Policies.csv").read_text("utf-8-sig")


def test_a_retired_column_is_read_and_no_longer_offered(write: Write, read: Read) -> None:
    """The kind of an amount in an older workbook is read; a new workbook has no such column."""
    budget = {"policy": "night", "amount": "5 EUR", "kind": "Annual"}
    policy = {"title": "Night", "slug": "night", "source": "https://x.example"}
    city = {"name": "Seoul", "country": "Republic of Korea"}
    rows = {"city": [city], "policies": [policy], "budgets": [budget]}
    facts = triples(read(write(rows)))
    assert any("#budgetKind>" in fact and "budget-kind#annual>" in fact for fact in facts)
    assert "kind" not in {column.name for column in _LAYOUT.form("budgets").offered}


def test_a_goal_in_a_workbook_is_a_claim_of_the_city(write: Write, read: Read) -> None:
    """A goal in either sheet becomes a claim on the goal, with its claimant and its document."""
    policy = {"title": "Night", "slug": "night", "goals": "8", "source": "https://x.example"}
    claim = {"policy": "night", "target": "3", "source": "https://x.example/review"}
    city = {"name": "Seoul", "country": "Republic of Korea"}
    facts = triples(read(write({"city": [city], "policies": [policy], "targets": [claim]})))
    for goal in ("8", "3"):
        assert any(f"claim/{goal}>" in fact and "GoalClaim>" in fact for fact in facts)
        assert any(f"claim/{goal}>" in fact and "claimant>" in fact for fact in facts)
        assert any("addressesGoal>" in fact and f"sdg/{goal}>" in fact for fact in facts)
    assert any("claim/3>" in fact and "<https://x.example/review>" in fact for fact in facts)
