"""Invalid data is separated, and can be fixed and loaded again."""

import csv
import importlib
import json
import shutil
from pathlib import Path

import pytest

from urbansdg.errors import InvalidData
from urbansdg.loaders import load
from urbansdg.ontology.iris import Iris
from urbansdg.store import GraphStore, Published

_IRIS = Iris("http://localhost:8000")
_POLICIES = 12


@pytest.fixture
def source(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of tables without faults."""
    monkeypatch.syspath_prepend(str(root))
    write_tables = importlib.import_module("benchmarks.synthetic_tables").write_tables
    write_tables(tmp_path / "invented", _POLICIES)
    return tmp_path / "invented"


def _key(source: Path) -> str:
    """Return the key of a policy of which no other is adapted."""
    file = source / "transfers.csv"
    origins = {row["origin"] for row in _rows(file)}
    return next(row["key"] for row in _rows(source / "policies.csv") if row["key"] not in origins)


def _put(table: Path, key: str, column: str, value: str) -> str:
    """Write a cell of the row that has the key, and return what stood there."""
    rows = _rows(table)
    row = next(row for row in rows if key in row.values())
    before, row[column] = row[column], value
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return before


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _subjects(store: GraphStore, graph: str) -> set[str]:
    quads = store.read(store.current())
    return {
        str(getattr(quad.subject, "value", ""))
        for quad in quads
        if getattr(quad.graph_name, "value", "") == store.iris.graph(graph)
    }


@pytest.mark.long
@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("budgets.csv", "amount", "a lot"),  # the cell cannot be understood
        ("budgets.csv", "currency", "XXQ"),  # the shapes refuse it
        ("policies.csv", "title", ""),  # the row cannot be read at all
    ],
)
def test_a_policy_is_rejected_with_its_parts_and_loaded_again_when_fixed(
    source: Path, graph: Path, tmp_path: Path, table: str, column: str, value: str
) -> None:
    """A policy is rejected with its parts; once fixed, the same rows load from the quarantine."""
    store, quarantine, key = GraphStore.open(graph), tmp_path / "quarantine", _key(source)
    before = _put(source / table, key, column, value)
    with pytest.raises(InvalidData):
        load([source], store, "tester")
    loaded = load([source], store, "tester", quarantine=quarantine)
    assert isinstance(loaded.outcome, Published)
    assert loaded.rejected > 1
    subjects = _subjects(store, "invented")
    assert (
        sum("/id/policy/" in subject and subject.count("/") == 5 for subject in subjects)
        == _POLICIES - 1
    )
    assert not any(key in subject for subject in subjects)
    report = json.loads((quarantine / "report.json").read_text("utf-8"))
    assert report["problems"][0]["place"]["file"] == table
    header = (source / "policies.csv").read_text("utf-8").splitlines()[0]
    assert (quarantine / "invented" / "policies.csv").read_text("utf-8").splitlines()[0] == header

    _put(quarantine / "invented" / table, key, column, before)
    load([quarantine / "invented"], store, "tester", graph="fixed")
    assert any(key in subject for subject in _subjects(store, "fixed"))


@pytest.mark.long
def test_rows_are_kept_or_rejected_and_never_lost(
    source: Path, graph: Path, tmp_path: Path
) -> None:
    """What is kept and what is rejected are together what the source said."""
    good = GraphStore.open(shutil.copytree(graph, tmp_path / "good"))
    load([source], good, "tester", graph="all")
    store, quarantine = GraphStore.open(graph), tmp_path / "quarantine"
    before = _put(source / "policies.csv", _key(source), "theme", "no-theme")
    load([source], store, "tester", graph="kept", quarantine=quarantine)
    _put(quarantine / "invented" / "policies.csv", "no-theme", "theme", before)
    load([quarantine / "invented"], store, "tester", graph="rest")
    assert _subjects(store, "kept") | _subjects(store, "rest") == _subjects(good, "all")


def test_what_refers_to_a_rejected_thing_is_rejected_too(graph: Path, tmp_path: Path) -> None:
    """In RDF, what refers to something rejected goes with it, and the rest is loaded."""
    store, file, quarantine = GraphStore.open(graph), tmp_path / "some.ttl", tmp_path / "quarantine"
    policy = "http://localhost:8000/id/policy/{0}"
    text = """<{iri}> a usdg:Policy ; dcterms:title "{0}"@en ; dcterms:source <https://a.example/> ;
        usdg:leadCity <{city}> ; usdg:addressesGoal <http://metadata.un.org/sdg/6> {more} .\n"""
    city, missing = _IRIS.city("1835848"), _IRIS.city("no-such-city")
    transfer = f"{policy.format('b')}/transfer/a"
    adapted = (
        f"; usdg:adaptedFrom <{policy.format('a')}> ; usdg:transfer <{transfer}> . <{transfer}>"
        f" a usdg:Transfer ; usdg:origin <{policy.format('a')}>"
    )
    parts = [
        text.format("a", iri=policy.format("a"), city=missing, more=""),
        text.format("b", iri=policy.format("b"), city=city, more=adapted),
        text.format("c", iri=policy.format("c"), city=city, more=""),
    ]
    prefixes = (
        "@prefix usdg: <https://w3id.org/urbansdg/ontology#> .\n"
        "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
    )
    file.write_text(prefixes + "".join(parts), "utf-8")
    loaded = load([file], store, "tester", quarantine=quarantine)
    assert loaded.rejected == 14
    assert _subjects(store, "some") == {policy.format("c")}
    fixed = (quarantine / "some.nt").read_text("utf-8").replace(missing, city)
    (quarantine / "some.nt").write_text(fixed, "utf-8")
    load([quarantine / "some.nt"], store, "tester", graph="fixed")
    assert _subjects(store, "fixed") == {policy.format("a"), policy.format("b"), transfer}


def test_where_nothing_is_valid_nothing_is_loaded(graph: Path, tmp_path: Path) -> None:
    """A source of which nothing is valid is refused, and nothing is written."""
    store, file = GraphStore.open(graph), tmp_path / "bad.ttl"
    file.write_text(
        "<http://localhost:8000/id/policy/x> a <https://w3id.org/urbansdg/ontology#Policy> .",
        "utf-8",
    )
    before = store.current_number()
    with pytest.raises(InvalidData):
        load([file], store, "tester", quarantine=tmp_path / "quarantine")
    assert store.current_number() == before
    assert not (tmp_path / "quarantine").exists()
