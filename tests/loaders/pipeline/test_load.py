"""Readers of published sources, on small ones of our own."""

import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import Place, Problem, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.gazetteer.city_gazetteer import City, Gazetteer
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.loaders.tables.data_cube_series import decimal
from urbansdg.ontology.iris import Iris

_IRIS = Iris("http://localhost:8000")
_CITIES = (
    City("1835848", "Seoul", frozenset({"seoul", "서울"}), "KOR", "KR-11", 9_000_000, "Q8684"),
    City("1", "Springfield", frozenset({"springfield"}), "USA", "US-IL", 100_000, "Q1"),
    City("2", "Springfield", frozenset({"springfield"}), "USA", "US-MA", 150_000, "Q2"),
)


def _read(path: Path, tmp_path: Path, city: str | None = None) -> Draft:
    folder = tmp_path / "context"
    folder.mkdir(exist_ok=True)
    context = ReadContext(folder, _IRIS, city=city, known=lambda: Gazetteer(_CITIES))
    return reader_of(path).read(path, None, context)


def _triples(draft: Draft) -> list[str]:
    return [str(quad.triple) for file in draft.files for quad in ox.parse(path=str(file))]


def _values(draft: Draft) -> list[str]:
    return sorted(
        triple.split('"')[1] for triple in _triples(draft) if "measure#obsValue" in triple
    )


def _site(tmp_path: Path) -> Path:
    """Write an Open SDG site with one indicator, a placeholder and the demonstration."""
    site = tmp_path / "site"
    (site / "data").mkdir(parents=True)
    (site / "meta").mkdir()
    tables = {
        "indicator_1-2-1": "Year,Age,Units,Value\n2015,,%,12.5\n2015,Under 18,%,14\n2016,,%,\n"
        "2017,,%,n/a\n2013-2014,,%,11\nsoon,,%,9\n2015,,%,13\n",
        "indicator_1-3-1": "Year,Group,Value\n2015,A,1\n2015,B,3\n2015,,2\n",
        "indicator_1-4-1": "Year,Planet,Fruit,Value\n2010,Mars,Apple,15\n",
        "notes": "a,b\n1,2\n",
    }
    for name, text in tables.items():
        (site / "data" / f"{name}.csv").write_text(text, "utf-8")
    meta = "---\ngraph_title: People in poverty\nsource_url_1: https://x.example/1\n---\n"
    (site / "meta" / "1-2-1.md").write_text(meta, "utf-8")
    return site


def test_an_open_sdg_site_is_read_except_its_template(tmp_path: Path) -> None:
    """Values of a site become observations; placeholders and the demonstration are reported."""
    draft = _read(_site(tmp_path), tmp_path, "1835848")
    assert draft.whole
    assert _values(draft) == ["11", "14"]
    assert sorted(problem.code for problem in draft.problems) == [
        *("bad-year", "demonstration", "no-series", "no-value", "no-value", "placeholder"),
        "value-twice",
    ]
    triples = "\n".join(_triples(draft))
    assert '"People in poverty"@en' in triples
    assert 'dimension#age> "Y_LT18"' in triples
    assert "broadMatch> <http://metadata.un.org/sdg/C010201>" in triples
    assert 'refPeriod> "2013/2014"' in triples


def test_an_open_sdg_site_needs_its_city(tmp_path: Path) -> None:
    """A site does not say which city it is of, so that one has to be named."""
    with pytest.raises(SourceUnreadable, match="does not name the city"):
        _read(_site(tmp_path), tmp_path)


def test_metadata_that_cannot_be_read_cost_only_the_title(tmp_path: Path) -> None:
    """YAML that bites its tail, or is none, leaves the values as they are."""
    site = _site(tmp_path)
    (site / "meta" / "1-2-1.md").write_text("---\na: &a [*a, *a]\nb: [\n---\n", "utf-8")
    assert _values(_read(site, tmp_path, "1835848")) == ["11", "14"]


@pytest.mark.parametrize(
    "text",
    [
        "City,Indicator,Year,Value,Unit\nSeoul,11.6.2,2019,24.8,ug\n",
        "도시;지표;연도;값;단위\n서울;11.6.2;2019;24,8;ug\n",
        "DATAFLOW,REF_AREA,SERIES,SEX,TIME_PERIOD,OBS_VALUE,UNIT\nX,Seoul,11.6.2,_T,2019,24.8,ug",
        "STRUCTURE,REF_AREA: A,SERIES: S,TIME_PERIOD,OBS_VALUE,UNIT\nX,Seoul,11.6.2,2019,24.8,ug",
    ],
)
def test_a_long_table_is_known_by_its_titles(tmp_path: Path, text: str) -> None:
    """A long table of any language and mark, and SDMX-CSV of 1.0 and 2.0, say the same."""
    file = tmp_path / "air.csv"
    file.write_text(text, "utf-8")
    draft = _read(file, tmp_path)
    assert not draft.problems
    assert _values(draft) == ["24.8"]
    triples = "\n".join(_triples(draft))
    assert "refArea> <http://localhost:8000/id/city/1835848>" in triples
    assert "broadMatch> <http://metadata.un.org/sdg/C110602>" in triples


def test_dimensions_break_a_series_down(tmp_path: Path) -> None:
    """Two values that differ in a dimension are two observations, and neither is lost."""
    file = tmp_path / "sdmx.csv"
    file.write_text(
        "SERIES,REF_AREA,SEX,TIME_PERIOD,OBS_VALUE\nX,Seoul,F,2019,1\nX,Seoul,M,2019,2\n", "utf-8"
    )
    draft = _read(file, tmp_path)
    assert not draft.problems
    assert _values(draft) == ["1", "2"]


def test_a_row_whose_city_is_not_certain_is_left_out(tmp_path: Path) -> None:
    """A row of an ambiguous city is left out with its candidates, and the others are read."""
    file = tmp_path / "t.csv"
    file.write_text("city,indicator,year,value\nSpringfield,x,2020,1\nSeoul,x,2020,2\n", "utf-8")
    draft = _read(file, tmp_path)
    (problem,) = draft.problems
    assert (problem.code, problem.place.row) == ("ambiguous-city", 2)
    assert _values(draft) == ["2"]


def test_what_a_name_means_is_part_of_the_source(tmp_path: Path) -> None:
    """The same bytes are another source when a name in them has come to mean another city."""
    file = tmp_path / "t.csv"
    file.write_text("city,indicator,year,value\nSpringfield,x,2020,1\n", "utf-8")
    folder = tmp_path / "context"
    folder.mkdir()
    sources = set()
    for key in "12":
        chosen = Gazetteer(_CITIES, {("springfield", ""): key})
        context = ReadContext(folder, _IRIS, known=lambda chosen=chosen: chosen)  # type: ignore[misc]
        sources.add(reader_of(file).read(file, None, context).source.context)
    assert len(sources) == 2
    assert None not in sources


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.20", "1.2"), ("1.234", "1.234"), ("1e3", "1000"), ("24,8", "24.8"), ("1,234", None)],
)
def test_a_number_of_a_data_file_has_a_point(text: str, number: str | None) -> None:
    """In a data file a point stands before a fraction; a comma that could be two things is none."""
    assert decimal(text) == number


def _solution(**tags: list[str]) -> str:
    solution = {"title": "Streams of Seoul", "tags": {"consent": ["https://x.example/1"]} | tags}
    sections = {
        "Description of the solution": "The city\u201a\u00c4\u00f4s <b>streams</b>.\\nOpen."
    }
    return json.dumps(solution | {"sections": sections})


def test_a_solution_of_the_undp_is_repaired_and_placed(tmp_path: Path) -> None:
    """Tags and mojibake are removed; the only city of the country in the text is reported."""
    file = tmp_path / "s.jsonl"
    named = _solution(country=["South Korea"], sdgs=["11. Sustanable citys", "6. Clean water"])
    file.write_text(f"{named}\n{_solution(country=['Chile'])}\n", "utf-8")
    draft = _read(file, tmp_path)
    assert [problem.code for problem in draft.problems] == ["city-from-text", "no-city"]
    triples = "\n".join(_triples(draft))
    assert '"The city\'s streams .\\nOpen."@en' in triples
    assert "addressesGoal> <http://metadata.un.org/sdg/11>" in triples
    assert "addressesGoal> <http://metadata.un.org/sdg/6>" in triples


def test_a_disclosure_gives_policies_and_budgets(tmp_path: Path) -> None:
    """Projects become policies, amounts budgets; what is unusable is reported."""
    disclosure = {
        "disclosureYear": 2025,
        "name": "City of Seoul",
        "countryName": "Republic of Korea",
        "governmentActions": {
            "goals": [{"title": "Less heat"}],
            "actions": [{"title": "Trees", "totalCostUsd": 0}],
            "projects": [
                {"title": "Roofs", "totalAmount": 4.5e6, "status": "IMPLEMENTATION", "x": None},
                {"title": "Wells", "totalAmount": None, "financeModel": None},
            ],
        },
    }
    file = tmp_path / "1.json"
    file.write_text(json.dumps(disclosure), "utf-8")
    draft = _read(file, tmp_path)
    assert draft.whole
    assert sorted(problem.code for problem in draft.problems) == ["no-amount", "no-target"]
    triples = "\n".join(_triples(draft))
    assert triples.count("#Policy>") == 3
    assert 'ontology#amount> "4500000"' in triples


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"disclosureYear": ' + "[" * 100_000, "nested too deeply"),
        ('{"disclosureYear": NaN}', "NaN is not a JSON number"),
        ('{"disclosureYear": 1, "disclosureYear": 2}', "occurs twice"),
        ('{"disclosureYear": 1,\n "name": }', "not valid JSON"),
    ],
)
def test_a_hostile_document_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """JSON that is nested too deeply, has a name twice or is invalid is refused with the reason."""
    file = tmp_path / "1.json"
    file.write_text(text, "utf-8")
    with pytest.raises(SourceUnreadable, match=why):
        _read(file, tmp_path)


def test_codes_of_ports_are_taken_where_they_are_certain(tmp_path: Path) -> None:
    """A city gets the one code of its item; several codes, or another country, are reported."""
    folder = tmp_path / "matches"
    folder.mkdir()
    rows = ["LOCODE,wikidata_id,distance", "KRSEL,Q8684,1", "USSPI,Q1,", "USSPX,Q1,", "CASPR,Q2,"]
    (folder / "match1.csv").write_text("\n".join(rows), "utf-8")
    draft = _read(folder, tmp_path)
    assert sorted(problem.code for problem in draft.problems) == ["several-codes", "wrong-country"]
    assert _triples(draft) == []  # Seoul's code is in the bundled tables


def test_what_has_no_title_of_its_own_is_left_out(tmp_path: Path) -> None:
    """A project without a title, or with that of another, is told with its place and left out."""
    projects = [{"title": title} for title in ("Roofs", "roofs!", "...", None)]
    disclosure = {
        "disclosureYear": 2025,
        "name": "City of Seoul",
        "countryName": "Republic of Korea",
        "governmentActions": {"projects": projects},
    }
    file = tmp_path / "1.json"
    file.write_text(json.dumps(disclosure), "utf-8")
    draft = _read(file, tmp_path)
    at = "/governmentActions/projects"
    assert [(problem.code, problem.place.path) for problem in draft.problems] == [
        ("no-title", f"{at}/2/title"),
        ("no-title", f"{at}/3/title"),
        ("duplicate-thing", f"{at}/0"),
    ]
    assert draft.problems[-1].related == (Place("1.json", path=f"{at}/1"),)
    assert "#Policy>" not in "\n".join(_triples(draft))
    solution = json.loads(_solution(country=["South Korea"])) | {"title": "..."}
    (tmp_path / "s.jsonl").write_text(json.dumps(solution), "utf-8")
    left = _read(tmp_path / "s.jsonl", tmp_path).problems
    assert [(problem.code, problem.place.line) for problem in left] == [("no-solution", 1)]


def test_a_broken_rule_is_reported_with_the_place_in_the_document(tmp_path: Path) -> None:
    """What the shapes say of something in a document names where it stands: a JSON pointer."""
    disclosure = {
        "disclosureYear": 2025,
        "name": "City of Seoul",
        "countryName": "Republic of Korea",
        "governmentActions": {"projects": [{"title": "Roofs", "totalAmount": 5000}]},
    }
    file = tmp_path / "1.json"
    file.write_text(json.dumps(disclosure), "utf-8")
    draft = _read(file, tmp_path)
    iri = "http://localhost:8000/id/policy/1835848-cdp-roofs"
    focused = Problem("shape.X", "No.", "Fix it.", Place(focus=iri, path="dcterms:abstract"))
    (located,) = draft.places.located([focused])
    assert located.place.path == "/governmentActions/projects/0"
    assert (located.place.file, located.place.focus) == ("1.json", iri)
