"""Versions: immutable, numbered, described in the graph itself."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.errors import (
    BaseUriMismatch,
    InvalidData,
    StoreExists,
    StoreMissing,
    StoreNotWritable,
    VersionDamaged,
    VersionNotFound,
)
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.store import (
    Change,
    Gate,
    GraphCount,
    GraphStore,
    MergedStore,
    Published,
    Touched,
    Unchanged,
    Version,
)
from urbansdg.store.access_tokens import Tokens
from urbansdg.store.publication import BULK
from urbansdg.store.retention import prune
from urbansdg.store.versions.tags import Tags
from urbansdg.store.versions.version import read_version, write_version

MakeChange = Callable[..., Change]
Triple = Callable[[int, object], str]
_THINGS = "http://localhost:8000/graph/things"


def _values(store: RdfDataset) -> set[str]:
    graph = ox.NamedNode(_THINGS)
    objects = (quad.object for quad in store.quads_for_pattern(None, None, None, graph))
    return {term.value for term in objects if isinstance(term, ox.Literal)}


def test_a_new_graph_is_empty_and_its_version_is_0(graph_store: GraphStore) -> None:
    """A graph begins as version 0, without a triple."""
    version = graph_store.current()
    assert (version.number, version.triples, version.graphs) == (0, 0, {})


@pytest.mark.long
def test_versions_chain_while_a_reader_stays_on_the_first(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """A reader of an old version sees it unchanged whatever is published after it."""
    first = graph_store.publish(make_change(triple(1, 0)), let_through)
    reader = graph_store.read(first.version)
    for number in range(1, 41):
        ended = graph_store.publish(make_change(triple(1, number)), let_through)
        assert isinstance(ended, Published)
        assert (ended.added, ended.removed) == (1, 1)
    assert _values(reader) == {"0"}
    assert [_values(graph_store.read(version)) for version in graph_store.versions()[1:]] == [
        {str(number)} for number in range(41)
    ]


def test_the_same_source_twice_changes_nothing(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """A source that is loaded already makes no new version."""
    graph_store.publish(make_change(triple(1, "x")), let_through)
    again = graph_store.publish(make_change(triple(1, "x")), let_through)
    assert isinstance(again, Unchanged)
    assert again.version.number == 1


def test_other_bytes_that_say_the_same_change_nothing(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """A source whose triples are all there already makes no new version."""
    one, two = triple(1, "x"), triple(2, "y")
    graph_store.publish(make_change(one + two), let_through)
    assert isinstance(graph_store.publish(make_change(two + one), let_through), Unchanged)


def test_a_change_that_does_not_validate_leaves_nothing(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, refuse: Gate
) -> None:
    """A change that the gate refuses raises its problems and leaves no version and no fork."""
    with pytest.raises(InvalidData) as caught:
        graph_store.publish(make_change(triple(1, "x")), refuse)
    assert [problem.code for problem in caught.value.problems] == ["bad"]
    assert graph_store.current_number() == 0
    assert not list((graph_store.directory / "forks").iterdir())


def test_the_gate_sees_the_change_and_what_it_touches(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """The gate is given the fork with the change, the graphs and the subjects it touches."""
    graph_store.publish(make_change(triple(1, "x") + triple(2, "y")), let_through)
    seen: list[tuple[set[str], Touched]] = []

    def look(fork: MergedStore, touched: Touched) -> object:
        seen.append((_values(fork), touched))
        return let_through(fork, touched)

    graph_store.publish(make_change(triple(1, "x") + triple(2, "z")), look)  # type: ignore[arg-type]  # the verdict is passed on
    assert seen == [({"x", "z"}, Touched(frozenset({_THINGS}), frozenset({"http://e/2"})))]


def test_a_graph_can_be_removed(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """A change may remove a graph, and other graphs stay as they are."""
    graph_store.publish(make_change(triple(1, "x")), let_through)
    graph_store.publish(make_change(triple(2, "y"), "others"), let_through)
    graph_store.publish(Change("tester", removals=(_THINGS,)), let_through)
    graphs = graph_store.current().graphs
    assert _THINGS not in graphs
    assert graphs["http://localhost:8000/graph/others"].triples == 1


def test_a_version_is_described_in_the_graph(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """The graph describes each version: who made it, from which bytes, and what it changed."""
    ended = graph_store.publish(make_change(triple(1, "x"), agent="Ada"), let_through)
    rows = graph_store.read(ended.version).query(
        """PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX spdx: <http://spdx.org/rdf/terms#>
        PREFIX usdg: <https://w3id.org/urbansdg/ontology#> PREFIX foaf: <http://xmlns.com/foaf/0.1/>
        SELECT ?who ?added ?graph ?sum {
          ?version usdg:triplesAdded ?added ; prov:wasGeneratedBy ?activity .
          ?activity prov:wasAssociatedWith/foaf:name ?who ; prov:used ?source .
          ?source usdg:loadedInto ?graph ; spdx:checksum/spdx:checksumValue ?sum }""",
        use_default_graph_as_union=True,
    )
    assert isinstance(rows, ox.QuerySolutions)
    ((who, added, graph, digest),) = [[term.value for term in row] for row in rows]
    assert (who, added, graph) == ("Ada", "1", _THINGS)
    assert digest == ended.version.graphs[_THINGS].source["sha256"]


def test_a_graph_is_not_made_where_one_is(graph_store: GraphStore) -> None:
    """A graph is never made over another."""
    with pytest.raises(StoreExists):
        GraphStore.create(graph_store.directory, "http://localhost:8000")


def test_a_graph_is_not_made_among_other_files(tmp_path: Path) -> None:
    """A graph is not made in a directory that holds something else, which stays."""
    (tmp_path / "thesis.odt").write_text("years of work", "utf-8")
    with pytest.raises(StoreExists, match=r"thesis\.odt"):
        GraphStore.create(tmp_path, "http://localhost:8000")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


def test_a_creation_that_was_cut_off_is_taken_up(graph_store: GraphStore) -> None:
    """A graph whose creation was cut off can be created again."""
    (graph_store.directory / "store.json").unlink()
    with pytest.raises(StoreMissing):
        GraphStore.open(graph_store.directory)
    GraphStore.create(graph_store.directory, "http://localhost:8000")
    assert GraphStore.open(graph_store.directory).current_number() == 0


def test_another_base_is_refused(graph_store: GraphStore) -> None:
    """A graph is opened under the base URI that it was created for, and no other."""
    with pytest.raises(BaseUriMismatch, match="http://localhost:8000, not for https://other"):
        GraphStore.open(graph_store.directory, "https://other.example")


@pytest.mark.parametrize("place", ["a-file/graph", "a-file"])
def test_a_place_that_cannot_be_a_directory_is_named(tmp_path: Path, place: str) -> None:
    """A place where no directory can be made is an error that names it."""
    (tmp_path / "a-file").write_text("", "utf-8")
    with pytest.raises(StoreNotWritable, match="a-file"):
        GraphStore.create(tmp_path / place, "http://localhost:8000")


def test_a_directory_that_cannot_be_written_is_named() -> None:
    """A directory that the system does not let us make is an error that names it."""
    with pytest.raises(StoreNotWritable, match="/proc/nowhere"):
        GraphStore.create(Path("/proc/nowhere"), "http://localhost:8000")


@pytest.mark.parametrize(
    "write",
    [
        lambda store: Tags(store.directory).put("a", 0),
        lambda store: Tokens(store.directory).create("a"),
        lambda store: Tokens(store.directory).revoke("a"),
        lambda store: prune(store, 1),
    ],
    ids=["tag", "token", "revoke", "prune"],
)
def test_a_lock_that_cannot_be_written_is_named(
    graph_store: GraphStore, write: Callable[[GraphStore], object]
) -> None:
    """Each command that writes names the directory where the system refuses its lock."""
    lock = graph_store.directory / "lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    with pytest.raises(StoreNotWritable, match=graph_store.directory.name):
        write(graph_store)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_directory_is_named(tmp_path: Path) -> None:
    """A directory without the right to write is an error that names it."""
    tmp_path.chmod(0o500)
    with pytest.raises(StoreNotWritable, match=tmp_path.name):
        GraphStore.create(tmp_path / "graph", "http://localhost:8000")


def test_an_unknown_version_is_named(graph_store: GraphStore) -> None:
    """A version that is not kept is an error that names it."""
    with pytest.raises(VersionNotFound, match="version 7"):
        graph_store.version(7)


@pytest.mark.parametrize("text", ["", "x", '{"number": 0}', "[]"])
def test_a_damaged_record_is_an_error(graph_store: GraphStore, text: str) -> None:
    """A record of a version that cannot be read is an error, not a traceback."""
    (graph_store.current().path.parent / "version.json").write_text(text, "utf-8")
    with pytest.raises(VersionDamaged):
        GraphStore.open(graph_store.directory).current()


@pytest.mark.parametrize(
    "text",
    ["", "x", "{}", '{"format": 1, "base": null}', '{"format": 3, "base": "http://x"}', "[]"],
)
def test_a_damaged_store_record_is_an_error(graph_store: GraphStore, text: str) -> None:
    """A record of the graph that cannot be read is an error, not a traceback."""
    (graph_store.directory / "store.json").write_text(text, "utf-8")
    with pytest.raises(VersionDamaged):
        GraphStore.open(graph_store.directory)


_TEXT = st.text(max_size=20)
_COUNT = st.integers(min_value=0, max_value=2**53)
_GRAPH = st.builds(GraphCount, _COUNT, st.dictionaries(_TEXT, st.none() | _TEXT, max_size=3))


@given(
    version=st.builds(
        Version,
        number=_COUNT,
        path=st.none(),
        created=st.datetimes(timezones=st.just(UTC)),
        agent=_TEXT,
        triples=_COUNT,
        graphs=st.dictionaries(_TEXT, _GRAPH, max_size=3),
        previous=st.none() | _COUNT,
        added=_COUNT,
        removed=_COUNT,
    )
)
def test_what_is_recorded_of_a_version_comes_back(
    tmp_path_factory: pytest.TempPathFactory, version: Version
) -> None:
    """What is recorded of a version comes back as it was."""
    folder = tmp_path_factory.mktemp("version")
    write_version(version, folder)
    assert read_version(folder) == replace(version, path=folder / "graph")


@pytest.mark.parametrize("parsed", [True, False])
def test_what_is_loaded_in_bulk_is_judged_while_it_is_optimised(
    graph_store: GraphStore,
    make_change: MakeChange,
    triple: Triple,
    refuse: Gate,
    let_through: Gate,
    parsed: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """Of a large load that is refused nothing is left; one that is not is optimised and whole."""
    lines = [triple(10**6 + number, "x" * 1_000) for number in range(1 + BULK // 1_000)]
    change = make_change("".join(lines))
    (step,) = change.replacements
    halves = tuple(step.files[0].with_name(f"{number}.nt") for number in range(2))
    for number, half in enumerate(halves):
        half.write_text("".join(lines[number::2]), "utf-8")
    change = replace(change, replacements=(replace(step, files=halves, parsed=parsed),))
    with pytest.raises(InvalidData):
        graph_store.publish(change, refuse)
    assert not list((graph_store.directory / "forks").iterdir())
    published = graph_store.publish(change, let_through)
    assert isinstance(published, Published)
    assert published.added == len(lines)
    large = _large_tables(published.version.path)
    ox.Store(str(published.version.path)).optimize()
    assert _large_tables(published.version.path) == large


def _large_tables(version: Path) -> int:
    return sum(file.stat().st_size > 1 << 16 for file in version.glob("*.sst"))
