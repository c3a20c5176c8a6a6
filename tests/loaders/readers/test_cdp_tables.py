"""CDP's open data on cities: answers to questionnaires, and tables of actions.

The fixtures follow the columns that CDP published on its open data portal, and are invented: no
sample of these tables is at hand. The answers have the columns of `2018` to `2021 Full Cities
Dataset`, and of 2022 and 2023, which name the account and the country in other words.
"""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import Severity
from urbansdg.loaders import LoadOptions, load
from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.ontology.iris import Iris
from urbansdg.store import GraphStore

_IRIS = Iris("http://localhost:8000")
_CHICAGO = "4887398"
_2020 = (
    "Questionnaire,Year Reported to CDP,Account Number,Organization,Country,CDP Region,"
    "Parent Section,Section,Question Number,Question Name,Column Number,Column Name,Row Number,"
    "Row Name,Response Answer,Comments,File Name,Last update"
)
_2022 = (
    "Questionnaire Name,Organization Number,Organization Name,City,Country/Area,CDP Region,"
    "Parent Section,Section,Question Number,Question Name,Column Number,Column Name,Row Number,"
    "Row Name,Response Answer,Comments,Last update"
)
_ADAPTATION = (
    "Year Reported to CDP,Account Number,Organization,City,Country,CDP Region,Access,"
    "Climate Hazard,Adaptation Action,Action Title,Status of Action,"
    "Action Description And Implementation Progress,Co-Benefit Area,Finance status,"
    "Total Cost Of Project,Primary Source Fund,Web Link"
)
_EMISSIONS = (
    "Reporting Year,Account No,Organisation,City Name,Country,Emissions Reduction Activity,"
    "Action Title,Implementation Status,Start Year of Action,End Year of Action,"
    "Total Cost (EUR),SDG Targets"
)


def _answers(
    answers: dict[str, str], year: int = 2020, row: int = 1, city: str = "City of Chicago"
) -> list[dict[str, str]]:
    """Return the rows of the answers about one action, by the name of their column."""
    about = {
        "Questionnaire": f"Cities {year}",
        "Questionnaire Name": f"Cities {year}",
        "Year Reported to CDP": str(year),
        "Account Number": f"3203-{city}",
        "Organization Number": f"3203-{city}",
        "Organization": city,
        "Organization Name": city,
        "City": city.removeprefix("City of "),
        "Country": "United States of America",
        "Country/Area": "United States of America",
        "Question Number": "5.4",
        "Question Name": "Describe your most impactful mitigation actions",
        "Row Number": str(row),
    }
    return [
        about | {"Column Number": str(at), "Column Name": column, "Response Answer": answer}
        for at, (column, answer) in enumerate(answers.items(), start=1)
    ]


def _currency(text: str) -> dict[str, str]:
    row = _answers({"": text})[0]
    asks = "Please select the currency used for all financial information disclosed."
    return row | {"Question Number": "0.4", "Question Name": asks, "Row Number": "0"}


def _write(path: Path, header: str, rows: Sequence[dict[str, str]]) -> Path:
    text = StringIO()
    writer = csv.DictWriter(text, header.split(","), extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), "utf-8")
    return path


def _row(header: str, *cells: str) -> dict[str, str]:
    return dict(zip(header.split(","), cells, strict=False))


def _read(path: Path, tmp_path: Path, city: str | None = None) -> Draft:
    folder = tmp_path / "context"
    folder.mkdir(exist_ok=True)
    reader = reader_of(path)
    assert reader.name == "cdp-tables"
    return reader.read(path, None, ReadContext(folder, _IRIS, city=city))


def _objects(draft: Draft, predicate: str) -> list[str]:
    quads = (quad for file in draft.files for quad in ox.parse(path=str(file)))
    return sorted(
        str(getattr(quad.object, "value", ""))
        for quad in quads
        if quad.predicate.value.endswith(predicate)
    )


_RETROFIT = {
    "Mitigation action": "Buildings > Energy efficiency/ retrofit measures",
    "Action title": "Retrofit Chicago",
    "Implementation status": "Implementation",
    "Start year of action": "2012",
    "End year of action": "2025",
    "Action description and implementation progress": "A voluntary programme.",
    "Total cost of the project (currency)": "1500000",
    "Primary fund source": "Local",
    "Web link to action website": "See https://chicago.example/retrofit.",
}


@pytest.mark.parametrize(("header", "year"), [(_2020, 2020), (_2022, 2022)], ids=["2020", "2022"])
def test_the_answers_about_an_action_become_a_policy(
    tmp_path: Path, header: str, year: int
) -> None:
    """The answers of one row of the questionnaire are a policy with its period and budget."""
    rows = [_currency("USD US Dollar") | {"Questionnaire Name": "x"}, *_answers(_RETROFIT, year)]
    rows[0] |= {"Questionnaire Name": f"Cities {year}", "Year Reported to CDP": str(year)}
    draft = _read(_write(tmp_path / "full.csv", header, rows), tmp_path)
    assert draft.problems == ()
    assert _objects(draft, "terms/title") == ["Retrofit Chicago"]
    assert _objects(draft, "#leadCity") == [_IRIS.city(_CHICAGO)]
    assert _objects(draft, "terms/abstract") == ["A voluntary programme."]
    assert [iri.partition("#")[2] for iri in _objects(draft, "#status")] == ["in-progress"]
    assert [iri.partition("#")[2] for iri in _objects(draft, "#theme")] == ["energy"]
    assert _objects(draft, "#amount") == ["1500000"]
    assert _objects(draft, "#currency") == ["USD"]
    assert _objects(draft, "#year") == [str(year)]
    assert (_objects(draft, "#startYear"), _objects(draft, "#endYear")) == (["2012"], ["2025"])
    assert "https://chicago.example/retrofit" in _objects(draft, "terms/source")


def test_a_faulty_address_of_an_action_is_left_out(tmp_path: Path) -> None:
    """An action with a faulty address has the page of the data as its source."""
    rows = _answers(_RETROFIT | {"Web link to action website": "https://chicago.example/100%"})
    draft = _read(_write(tmp_path / "full.csv", _2020, [_currency("USD"), *rows]), tmp_path)
    assert draft.problems == ()
    assert set(_objects(draft, "terms/source")) == {"https://data.cdp.net/"}


def test_other_questions_give_no_policy(tmp_path: Path) -> None:
    """Answers about hazards and emissions are not actions."""
    rows = _answers({"Climate hazards": "Flood", "Did this hazard occur?": "Yes"})
    draft = _read(_write(tmp_path / "full.csv", _2020, rows), tmp_path)
    assert (draft.rows, draft.problems) == (0, ())


def test_a_table_of_adaptation_actions_has_a_policy_in_each_row(tmp_path: Path) -> None:
    """A row of a flat table is a policy; a cost without a currency is reported and left out."""
    cells = ("2020", "3203", "City of Chicago", "Chicago", "USA", "North America", "public")
    trees = ("Heat", "Tree planting", "Our Roots", "Implementation complete", "75,000 trees.")
    rows = [_row(_ADAPTATION, *cells, *trees, "Health", "Secured", "46000000", "Local", "")]
    draft = _read(_write(tmp_path / "actions.csv", _ADAPTATION, rows), tmp_path)
    assert _objects(draft, "terms/title") == ["Our Roots"]
    assert [iri.partition("#")[2] for iri in _objects(draft, "#status")] == ["completed"]
    (problem,) = draft.problems
    assert (problem.code, problem.place.row) == ("no-currency", 2)
    assert problem.place.column == "Total Cost Of Project"
    assert _objects(draft, "#amount") == []


def test_a_heading_names_the_currency_and_a_column_the_targets(tmp_path: Path) -> None:
    """A currency in the heading of the costs and a column of SDG targets are read."""
    cells = ("2019", "1", "Seoul Metropolitan Government", "Seoul", "Republic of Korea", "Buses")
    action = ("Electric buses", "Operation", "2019", "", "2000", "11.2; 13.2")
    path = _write(tmp_path / "a.csv", _EMISSIONS, [_row(_EMISSIONS, *cells, *action)])
    draft = _read(path, tmp_path)
    assert draft.problems == ()
    assert _objects(draft, "#currency") == ["EUR"]
    assert [iri.rpartition("/")[2] for iri in _objects(draft, "#addressesTarget")] == [
        *("11.2", "13.2"),
    ]


def test_the_latest_year_of_a_city_is_read(tmp_path: Path) -> None:
    """An action that a city disclosed in two years is one policy, of the latest year."""
    older = _answers(_RETROFIT | {"Total cost of the project (currency)": ""}, 2019)
    newer = _answers(_RETROFIT | {"Action title": "Retrofit Chicago 2"}, 2021)
    path = _write(tmp_path / "full.csv", _2020, [*older, *newer, _currency("USD US Dollar")])
    draft = _read(path, tmp_path)
    assert _objects(draft, "terms/title") == ["Retrofit Chicago 2"]
    assert [problem.code for problem in draft.problems if problem.severity is Severity.INFO] == [
        "earlier-disclosure"
    ]


def test_two_actions_of_one_title_are_left_out(tmp_path: Path) -> None:
    """Two actions of one city and year with one title are a problem that names both rows."""
    answers = {"Action title": "Trees", "Implementation status": "Operation"}
    rows = [*_answers(answers), *_answers(answers, row=2), *_answers({"Action title": "x"}, row=3)]
    draft = _read(_write(tmp_path / "full.csv", _2020, rows), tmp_path)
    (problem,) = draft.problems
    assert [place.row for place in (problem.place, *problem.related)] == [2, 4]
    assert _objects(draft, "terms/title") == ["x"]


def test_an_unknown_city_is_one_problem_and_never_the_option(tmp_path: Path) -> None:
    """All actions of a city that the graph lacks are one problem; `--city` does not take them."""
    rows = [
        row
        for number in range(1, 4)
        for row in _answers({"Action title": f"A{number}"}, row=number, city="City of Atlantis")
    ]
    draft = _read(_write(tmp_path / "full.csv", _2020, rows), tmp_path, city=_CHICAGO)
    assert [problem.code for problem in draft.problems] == ["unknown-city"]
    assert (draft.rows, _objects(draft, "#leadCity")) == (0, [])


def test_a_row_without_a_city_is_of_the_option(tmp_path: Path) -> None:
    """`--city` fills the empty cells of the city and the organisation."""
    cells = ("2020", "3203", "", "", "", "", "", "", "", "Our Roots")
    path = _write(tmp_path / "a.csv", _ADAPTATION, [_row(_ADAPTATION, *cells)])
    assert _objects(_read(path, tmp_path, _CHICAGO), "#leadCity") == [_IRIS.city(_CHICAGO)]


def test_disclosed_actions_are_published(graph: Path, tmp_path: Path) -> None:
    """The policies of a table of answers pass the gate, and are found with their budgets."""
    rows = [_currency("USD US Dollar"), *_answers(_RETROFIT)]
    store = GraphStore.open(graph)
    path = _write(tmp_path / "full.csv", _2020, rows)
    load([path], store, "tester", options=LoadOptions())
    query = """PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
        ASK { GRAPH <http://localhost:8000/graph/full> {
            ?policy a usdg:Policy ; usdg:budget/usdg:amount 1500000.0 } }"""
    assert store.read(store.current()).query(query)
