"""Large sources are read in parts, and give what they would give as a whole."""

import importlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import SourceUnreadable
from urbansdg.loaders import load
from urbansdg.loaders.drafts import rdf_drafts, table_drafts
from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.tables.table_partitions import partition_tables
from urbansdg.ontology.iris import Iris
from urbansdg.store import GraphStore, Source

_IRIS = Iris("http://localhost:8000")
_SOURCE = Source("things", "0" * 64, "test", "1")


def _workshop(folder: Path) -> ReadContext:
    folder.mkdir()
    return ReadContext(folder, _IRIS)


def _lines_of(draft: Draft) -> list[str]:
    return sorted(line for file in draft.files for line in file.read_text("utf-8").splitlines())


def _drafted(file: Path, folder: Path) -> Draft:
    return rdf_drafts.rdf_draft((file,), "things", _SOURCE, _workshop(folder), merge=True)


def test_a_file_of_lines_gives_the_same_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of N-Quads that is parsed in pieces gives the triples that it gives as a whole."""
    file = tmp_path / "things.nq"
    lines = (
        f'<http://e/{number}> <http://e/p> "é {number}" <http://e/g> .' for number in range(99)
    )
    file.write_text("\n".join(lines), "utf-8")
    whole = _lines_of(_drafted(file, tmp_path / "whole"))
    monkeypatch.setattr(rdf_drafts, "_LARGE", 1)
    pieces = _drafted(file, tmp_path / "pieces")
    assert len(pieces.files) > 1
    assert _lines_of(pieces) == whole
    assert len(whole) == 99


def test_an_error_in_a_piece_has_its_line_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever piece an error is in, its line is that of the file."""
    monkeypatch.setattr(rdf_drafts, "_LARGE", 1)
    file = tmp_path / "things.nt"
    lines = [f'<http://e/{number}> <http://e/p> "x" .' for number in range(99)]
    lines[90] = "<http://e/90> <http://e/p> wrong ."
    file.write_text("\n".join(lines), "utf-8")
    with pytest.raises(SourceUnreadable) as refused:
        _drafted(file, tmp_path / "work")
    assert refused.value.reason.place.line == 91


def test_a_blank_node_stays_one_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blank node of a large file is one node, wherever in the file it is named."""
    monkeypatch.setattr(rdf_drafts, "_LARGE", 1)
    file = tmp_path / "things.nt"
    others = "".join(f"<http://e/{number}> <http://e/p> <http://e/q> .\n" for number in range(99))
    file.write_text(
        f"_:x <http://e/p> 'one' .\n{others}<http://e/r> <http://e/p> _:x .\n".replace("'", '"')
    )
    store = ox.Store()
    for file_of_draft in _drafted(file, tmp_path / "work").files:
        store.bulk_load(path=str(file_of_draft), format=ox.RdfFormat.N_TRIPLES)
    assert len(store) == 101
    assert store.query("ASK { <http://e/r> <http://e/p> ?x . ?x <http://e/p> 'one' }")


@pytest.mark.long
def test_large_tables_give_the_same_side_by_side(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables that are read in several processes give the facts and places that one gives."""
    folder = root / "data" / "example"
    one = table_drafts.read_tables(
        folder, table_drafts.CITYS_OWN, "things", _workshop(tmp_path / "one")
    )
    monkeypatch.setattr(table_drafts, "LARGE", 1)
    divided = table_drafts.read_tables(
        folder, table_drafts.CITYS_OWN, "things", _workshop(tmp_path / "many")
    )
    assert len(divided.files) > len(one.files) == 1
    assert _lines_of(divided) == _lines_of(one)
    assert (divided.graph, divided.source, divided.problems) == (
        one.graph,
        one.source,
        one.problems,
    )
    focus = _IRIS.thing("policy", "example-haneul-night-buses")
    lines_by_file = [list(file.find({focus})) for file in divided.places.files]
    assert [line for some in lines_by_file for line in some] == list(
        one.places.files[0].find({focus})
    )


def test_one_large_table_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that is most of a folder is read in parts, each fact with its row; none is lost."""
    folder = _folder(tmp_path, {"organisations.csv": [f"o-{row},O {row}" for row in range(300)]})
    one = table_drafts.read_tables(
        folder, table_drafts.CITYS_OWN, "things", _workshop(tmp_path / "one")
    )
    monkeypatch.setattr(table_drafts, "LARGE", 1)
    remaining: list[int] = []
    context = replace(
        _workshop(tmp_path / "many"),
        tell=lambda _, done, total: remaining.append(done - (total or 0)),
    )
    divided = table_drafts.read_tables(folder, table_drafts.CITYS_OWN, "things", context)
    assert len(divided.files) > 1
    assert b"".join(file.read_bytes() for file in divided.files) == one.files[0].read_bytes()
    placed = [place for file in divided.places.files for place in file.lines()]
    assert placed == list(one.places.files[0].lines())
    assert remaining == sorted(remaining)
    assert remaining[-1] == 0


def test_the_first_table_that_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several unreadable tables, the first is reported, in whatever order they are read."""
    monkeypatch.setattr(table_drafts, "LARGE", 1)
    rows = [f"o-{row},O {row}" for row in range(50)]
    folder = _folder(tmp_path, {"organisations.csv": [*rows, 'x,"'], "networks.csv": ['x,"']})
    with pytest.raises(SourceUnreadable) as refused:
        table_drafts.read_tables(
            folder, table_drafts.CITYS_OWN, "things", _workshop(tmp_path / "work")
        )
    assert refused.value.reason.place.file == "networks.csv"


def _folder(parent: Path, rows: dict[str, list[str]]) -> Path:
    folder = parent / "tables"
    folder.mkdir()
    for name, lines in rows.items():
        (folder / name).write_text("\n".join(["key,name", *lines, ""]), "utf-8")
    return folder


@pytest.mark.parametrize("processes", [1, 2, 64])
def test_shares_of_tables_are_much_alike(tmp_path: Path, processes: int) -> None:
    """Each byte of each table is in one share, and no share is far more work than another needs."""
    sizes = {"a.csv": 40_000, "b.csv": 300, "c.csv": 0, "d.csv": 9_000}
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(b"x\n" * (size // 2))
    divided = partition_tables([tmp_path / name for name in sizes], processes)
    for name, size in sizes.items():
        spans = [share.span for share in divided if share.table == name]
        assert sum(share.size for share in divided if share.table == name) == size
        assert [span.first for span in spans[1:]] == [span.last for span in spans[:-1]]
        assert (spans[0].first, spans[-1].last) == (0, sys.maxsize)
    assert [share.table for share in divided] == sorted(share.table for share in divided)
    assert len({share.name for share in divided}) == len(divided)
    most = max(share.work for share in divided)
    assert most <= sum(share.work for share in divided) / min(processes, 6)


@pytest.mark.long
def test_a_load_of_large_tables_is_that_of_small_ones(
    root: Path, bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables that are large enough for several processes are loaded as any others are."""
    folder = shutil.copytree(root / "data" / "example", tmp_path / "example")
    versions = []
    for name, least in (("one", table_drafts.LARGE), ("many", 1)):
        store = GraphStore.open(Path(shutil.copytree(bundled, tmp_path / name)))
        monkeypatch.setattr(table_drafts, "LARGE", least)
        load([folder], store, "tests", graph="things")
        version = store.current()
        graph = ox.NamedNode(store.iris.graph("things"))
        versions.append(set(store.read(version).quads_for_pattern(None, None, None, graph)))
    assert versions[0] == versions[1]
    assert len(versions[0]) > 100


def test_the_generator_gives_the_same_every_time(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The invented policies are the same every time, in tables and as N-Quads."""
    monkeypatch.syspath_prepend(str(root))
    generate = importlib.import_module("benchmarks.synthetic_tables")
    contents = []
    for name in ("one", "two"):
        generate.write_tables(tmp_path / name, 30)
        quads = generate.write_nquads(tmp_path / name, tmp_path / f"{name}.nq", _IRIS)
        assert quads > 30 * 30
        files = sorted((tmp_path / name).iterdir())
        contents.append(
            [*(file.read_bytes() for file in files), (tmp_path / f"{name}.nq").read_bytes()]
        )
    assert contents[0] == contents[1]
