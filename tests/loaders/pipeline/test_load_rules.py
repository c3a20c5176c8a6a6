"""Rules for a load as a whole: nothing accepted, much removed, one thing in two sources."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urbansdg.errors import InvalidData
from urbansdg.loaders import LoadOptions, load
from urbansdg.loaders.readers.policies.city_workbook import READER as WORKBOOK
from urbansdg.loaders.workbook.workbook_layout import read_layout
from urbansdg.store import GraphStore

_BASE = "http://localhost:8000"
_HEADER = "city,indicator,year,value\n"
_SEOUL = "1835848"


def _values(*years: int, city: str = "Seoul") -> str:
    return _HEADER + "".join(f"{city},11.6.2,{year},{year}\n" for year in years)


def _write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def _state(store: GraphStore, folder: Path) -> tuple[int, dict[str, bytes]]:
    """Return the version, and the bytes of the records and dumps of the data directory."""
    current = store.current()
    quads = sorted(map(str, store.read(current)))
    records = {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*.json")
        if file.is_file()
    }
    return current.number, records | {"quads": "\n".join(quads).encode()}


def _codes(error: InvalidData) -> list[str]:
    return sorted({problem.code for problem in error.problems})


@pytest.fixture
def store(graph: Path) -> GraphStore:
    """Return a store with the bundled data, for one test to change."""
    return GraphStore.open(graph)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("header.csv", _HEADER),
        ("strange.csv", _values(2020, 2021, city="Atlantis")),
        ("empty.ttl", "@prefix a: <urn:a> .\n"),
        ("empty.nt", ""),
        ("empty.jsonld", "{}"),
        ("empty.rdf", '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'),
        ("budgets.csv", "Policy,Amount\n"),
        ("solutions.jsonl", '{"title": "x", "sections": {}, "tags": {}}\n'),
        ("disclosure.json", '{"disclosureYear": 2025, "name": "Seoul"}'),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True], ids=["load", "validate"])
def test_a_source_of_which_nothing_is_accepted_changes_nothing(
    store: GraphStore, graph: Path, tmp_path: Path, name: str, text: str, *, dry_run: bool
) -> None:
    """A source without an accepted row or triple is refused, whatever its reader."""
    before = _state(store, graph)
    with pytest.raises(InvalidData) as error:
        load([_write(tmp_path / name, text)], store, "tester", dry_run=dry_run)
    assert "nothing-accepted" in _codes(error.value) or name == "budgets.csv"
    assert _state(store, graph) == before


def test_one_source_without_rows_keeps_the_other_out(
    store: GraphStore, graph: Path, tmp_path: Path
) -> None:
    """Of two sources, one without an accepted row keeps both out: all or nothing."""
    before = _state(store, graph)
    whole, none = _write(tmp_path / "a.csv", _values(2020)), _write(tmp_path / "b.csv", _HEADER)
    with pytest.raises(InvalidData, match="nothing was loaded"):
        load([whole, none], store, "tester")
    assert _state(store, graph) == before


@pytest.mark.parametrize("dry_run", [False, True], ids=["load", "validate"])
def test_a_source_that_lost_most_of_its_rows_needs_replace(
    store: GraphStore, graph: Path, tmp_path: Path, *, dry_run: bool
) -> None:
    """A file with a third of its rows is refused with the remedy `--replace`, which loads it."""
    file = _write(tmp_path / "air.csv", _values(*range(2000, 2020)))
    load([file], store, "tester")
    before = _state(store, graph)
    _write(file, _values(2000, 2001, 2002))
    with pytest.raises(InvalidData) as error:
        load([file], store, "tester", dry_run=dry_run)
    (problem,) = error.value.problems
    assert (problem.code, "--replace" in problem.remedy) == ("much-removed", True)
    assert _state(store, graph) == before
    may = LoadOptions(replace=True)
    load([file], store, "tester", dry_run=dry_run, options=may)
    assert (store.current().number > before[0]) is not dry_run


def test_a_source_that_lost_some_rows_is_loaded(store: GraphStore, tmp_path: Path) -> None:
    """A file with two thirds of its rows replaces the whole one."""
    file = _write(tmp_path / "air.csv", _values(*range(2000, 2018)))
    load([file], store, "tester")
    number = store.current().number
    load([_write(file, _values(*range(2000, 2012)))], store, "tester")
    assert store.current().number == number + 1


def test_another_edition_of_a_table_is_the_same_source(store: GraphStore, tmp_path: Path) -> None:
    """A table under another name, read into the same graph by the same reader, is compared."""
    years = range(2000, 2020)
    load([_write(tmp_path / "a.csv", _values(*years))], store, "tester", graph="air")
    with pytest.raises(InvalidData, match="nothing was loaded"):
        load([_write(tmp_path / "b.csv", _values(2000))], store, "tester", graph="air")


def test_another_file_of_rdf_is_another_source(store: GraphStore, tmp_path: Path) -> None:
    """A file of RDF with another name replaces the graph, however small it is."""
    lines = "".join(f"<urn:a> <urn:p{number}> <urn:b> .\n" for number in range(20))
    load([_write(tmp_path / "a.nt", lines)], store, "tester", graph="g")
    load([_write(tmp_path / "b.nt", "<urn:a> <urn:p> <urn:b> .\n")], store, "tester", graph="g")
    assert store.current().graphs[f"{_BASE}/graph/g"].triples == 1


def test_the_rest_of_a_quarantine_obeys_the_same_rule(
    store: GraphStore, graph: Path, tmp_path: Path
) -> None:
    """A quarantine that would leave less than half of a graph is refused."""
    folder = tmp_path / "tables"
    folder.mkdir()
    head = "key,city,title,source\n"
    rows = [f"{_SEOUL}-{n},{_SEOUL},Policy {n},https://x.example/{n}\n" for n in range(10)]
    table = _write(folder / "policies.csv", head + "".join(rows))
    load([folder], store, "tester")
    before = _state(store, graph)
    broken = [row.replace("https://", "www ") for row in rows[:8]]
    _write(table, head + "".join(broken + rows[8:]))
    with pytest.raises(InvalidData) as error:
        load([folder], store, "tester", quarantine=tmp_path / "rejected")
    assert "much-removed" in _codes(error.value)
    assert _state(store, graph) == before


def test_two_sources_with_one_policy_name_both_files(
    store: GraphStore, graph: Path, tmp_path: Path
) -> None:
    """One title in two workbooks of a load is a problem that names both files."""
    before = _state(store, graph)
    form = read_layout().form("policies")
    titles = {column.name: column.titles["en"] for column in form.columns}
    head = ",".join(titles[name] for name in ("title", "targets", "source"))
    files = [
        _write(tmp_path / name, f"{head}\nTrees,11.2,https://x.example\n")
        for name in ("a.csv", "b.csv")
    ]
    assert WORKBOOK.reads(files[0])
    with pytest.raises(InvalidData) as error:
        load(files, store, "tester", options=LoadOptions(city=_SEOUL))
    (problem,) = [one for one in error.value.problems if one.code == "duplicate-thing"]
    assert {problem.place.file, problem.related[0].file} == {"a.csv", "b.csv"}
    assert _state(store, graph) == before


@pytest.mark.parametrize("name", ["Atlantis", "Seoull", "999999999", "Q99999999999"])
def test_an_unknown_city_option_is_one_problem_about_the_option(
    store: GraphStore, graph: Path, tmp_path: Path, name: str
) -> None:
    """`--city` with a name or an id that the graph lacks is one problem, not one for each value."""
    before = _state(store, graph)
    site = tmp_path / "site"
    (site / "data").mkdir(parents=True)
    rows = "".join(f"{year},1\n" for year in range(2000, 2020))
    _write(site / "data" / "indicator_11-1-1.csv", f"Year,Value\n{rows}")
    with pytest.raises(InvalidData) as error:
        load([site], store, "tester", options=LoadOptions(city=name))
    (problem,) = error.value.problems
    assert (problem.code, problem.value) == ("unknown-city", name)
    assert "--city" in problem.message
    assert ("Seoul" in problem.remedy) is (name == "Seoull")
    assert _state(store, graph) == before


@pytest.mark.parametrize("name", ["Seoul", "seoul", "서울", _SEOUL])
def test_the_city_option_takes_a_name(store: GraphStore, tmp_path: Path, name: str) -> None:
    """`--city` names the city by its key or by a name in any language."""
    site = tmp_path / "site"
    (site / "data").mkdir(parents=True)
    _write(site / "data" / "indicator_11-1-1.csv", "Year,Value\n2020,4\n")
    load([site], store, "tester", options=LoadOptions(city=name))
    city = f"<{_BASE}/id/city/{_SEOUL}>"
    quads = [
        str(quad) for quad in store.read(store.current()) if f"{_BASE}/graph/site" in str(quad)
    ]
    assert any("refArea" in quad and city in quad for quad in quads)


@pytest.mark.long
@settings(max_examples=settings().max_examples // 10, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_a_graph_never_shrinks_below_half_in_silence(sizes: list[int]) -> None:
    """After any loads of one file, each change left half of the graph or was refused."""
    with tempfile.TemporaryDirectory() as folder:
        store = GraphStore.create(Path(folder) / "graph", _BASE)
        file, count = Path(folder) / "a.nt", 0
        for size in sizes:
            _write(file, "".join(f"<urn:a> <urn:p{n}> <urn:b> .\n" for n in range(size)))
            before = _state(store, Path(folder) / "graph")
            try:
                load([file], store, "tester")
            except InvalidData:
                assert size == 0 or size < count / 2
                assert _state(store, Path(folder) / "graph") == before
            else:
                assert size >= count / 2
                count = size
