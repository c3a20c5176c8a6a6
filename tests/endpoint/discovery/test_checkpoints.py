"""Checkpoints: what is derived from changes equals what is made from a whole version."""

import asyncio
import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urbansdg.endpoint.editions import edition
from urbansdg.endpoint.editions.changed_counts import recount
from urbansdg.endpoint.editions.data_quality import measure, remeasure
from urbansdg.endpoint.editions.dump_files import file_named, read_dump, write_dump
from urbansdg.endpoint.editions.dump_names import ALL, CHANGES
from urbansdg.endpoint.editions.edition import Edition, build, read_edition
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.editions.void_counts import CountScope, count
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import Change, Edit, GraphStore, Step, Version, canonical_dump
from urbansdg.store.publication import accept

pytestmark = pytest.mark.long  # each test waits for the counts of versions

_BASE = "http://localhost:8000"
_SCOPE = CountScope(f"{_BASE}/id/", (f"{PREFIXES['usdg']}Policy", f"{PREFIXES['usdg']}City"))


_LOCAL = {"id": f"{_BASE}/id/", "wikidata": "http://www.wikidata.org/entity/"}


def _node(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode((PREFIXES | _LOCAL)[prefix] + local)


_THINGS = ["id:a", "id:b", "id:c", "sdg:1.1", "usdg:x"]
_SUBJECTS = st.sampled_from([_node(name) for name in _THINGS])
_PREDICATES = st.sampled_from(
    [
        _node(name)
        for name in (
            *("rdf:type", "rdf:type", "usdg:leadCity", "usdg:claim", "usdg:evidence"),
            *("usdg:obstacle", "usdg:answeredBy", "usdg:budget", "dcterms:source", "schema:sameAs"),
            *("usdg:objective", "usdg:concept", "skos:exactMatch"),
        )
    ]
)
_OBJECTS = st.sampled_from(
    [
        *(_node(name) for name in _THINGS),
        *(_node(name) for name in ("usdg:Policy", "usdg:City", "sdg:2", "wikidata:Q1")),
        *(ox.Literal("one"), ox.Literal("<a> <b>"), ox.Literal("1", language="en")),
        *(ox.Literal(1), ox.BlankNode("b")),
    ]
)
_GRAPHS = st.sampled_from([ox.NamedNode("urn:g"), ox.NamedNode("urn:h")])
_QUADS = st.sets(st.builds(ox.Quad, _SUBJECTS, _PREDICATES, _OBJECTS, _GRAPHS), max_size=25)


def _state(quads: set[ox.Quad]) -> ox.Store:
    store = ox.Store()
    store.extend(quads)
    return store


@settings(max_examples=settings().max_examples * 2)
@given(_QUADS, _QUADS, st.sets(st.integers(0, 24)))
def test_counts_by_changes_are_counts_from_scratch(
    before: set[ox.Quad], added: set[ox.Quad], removed: set[int]
) -> None:
    """Counts and measurements that follow a change are those of the state after it.

    Types change, several graphs state one triple, and objects are shared.
    """
    after = {quad for place, quad in enumerate(before) if place not in removed} | added
    old, new = _state(before), _state(after)
    subjects = {
        quad.subject.value for quad in before ^ after if not isinstance(quad.subject, ox.Triple)
    }
    known = count(canonical_dump.ordered_lines(old), _SCOPE)
    whole = count(canonical_dump.ordered_lines(new), _SCOPE)
    assert recount(known, old, new, subjects, _SCOPE) == whole
    assert list(remeasure(measure(old), old, new, subjects)) == list(measure(new))


@given(_QUADS)
def test_a_whole_count_is_what_sparql_counts(quads: set[ox.Quad]) -> None:
    """The counts from the lines of a dump are those of queries over distinct triples."""
    state = _state(quads)
    counts = count(canonical_dump.ordered_lines(state), _SCOPE)
    triples = "{ SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }"

    def number(expression: str, condition: str = "") -> int:
        rows = state.query(f"SELECT ({expression} AS ?n) {{ {triples} {condition} }}")
        assert isinstance(rows, ox.QuerySolutions)
        return int(next(rows)["n"].value)

    assert counts.triples == number("COUNT(*)")
    assert counts.subjects == number("COUNT(DISTINCT ?s)")
    assert counts.objects == number("COUNT(DISTINCT ?o)")
    assert counts.properties == number("COUNT(DISTINCT ?p)")
    for part in counts.property_partition:
        only = f"FILTER(?p = <{part.iri}>)"
        assert part.triples == number("COUNT(*)", only)
        assert part.subjects == number("COUNT(DISTINCT ?s)", only)
        assert part.objects == number("COUNT(DISTINCT ?o)", only)
    for linkset in counts.linksets:
        links = linkset.links
        only = (
            f'FILTER(?p = <{links.iri}> && isIRI(?s) && STRSTARTS(STR(?s), "{linkset.source}")'
            f' && isIRI(?o) && STRSTARTS(STR(?o), "{linkset.target}"))'
        )
        assert links.triples == number("COUNT(*)", only)
        assert links.subjects == number("COUNT(DISTINCT ?s)", only)
        assert links.objects == number("COUNT(DISTINCT ?o)", only)


def _update(store: GraphStore, text: str) -> Version:
    """Publish an update."""
    return store.publish(
        Change("tests", edit=Edit((Step("update", text=text),), lambda _: None)), accept
    ).version


@pytest.fixture
def grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GraphStore:
    """Return a graph of several versions, in which small changes are worth following."""
    monkeypatch.setattr(edition, "TRIPLES_PER_SUBJECT", 0)
    return GraphStore.create(tmp_path / "graph", _BASE)


_UPDATES = (
    "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 'one', 1.50, 007 . <urn:b> <urn:p> 'b\\n\"' } }",
    "INSERT DATA { GRAPH <urn:h> { <urn:a> <urn:p> 'one' . <urn:c> <urn:q> <urn:a>, 'é\\t' } }",
    "DELETE DATA { GRAPH <urn:g> { <urn:a> <urn:p> 'one', 1.5 } }",
    "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 'one' } <urn:d> <urn:p> 'default' }",
    "DELETE WHERE { GRAPH <urn:h> { ?s ?p ?o } }",
)


def test_a_dump_of_patches_is_that_of_the_version(grown: GraphStore, tmp_path: Path) -> None:
    """The dump from a checkpoint and patches has the bytes of the dump from the version."""
    for text in _UPDATES:
        version = _update(grown, text)
        build(grown, version, tmp_path)
        built = read_edition(tmp_path, version)
        assert built is not None
        assert built.checkpoint == 1
        file = file_named(version, f"{_BASE}/graph/", ALL)
        assert file is not None
        write_dump(grown, version, tmp_path, file)
        dump = read_dump(tmp_path, version, ALL)
        assert dump is not None
        whole = b"".join(canonical_dump.ordered_lines(grown.read(version)))
        assert gzip.decompress(dump[1].read_bytes()) == whole


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [_half, _flipped, bytes.upper])
def test_a_dump_is_made_from_the_version_where_that_of_the_checkpoint_is_damaged(
    grown: GraphStore, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """A damaged dump of a checkpoint neither stops the dumps after it nor gets into them."""
    first, second = (_update(grown, text) for text in _UPDATES[:2])
    for version in (first, second):
        build(grown, version, tmp_path)
    before = read_dump(tmp_path, first, ALL)
    assert before is not None
    before[1].write_bytes(damage(before[1].read_bytes()))
    file = file_named(second, f"{_BASE}/graph/", ALL)
    assert file is not None
    write_dump(grown, second, tmp_path, file)
    dump = read_dump(tmp_path, second, ALL)
    assert dump is not None
    whole = b"".join(canonical_dump.ordered_lines(grown.read(second)))
    assert gzip.decompress(dump[1].read_bytes()) == whole


def test_a_dump_that_was_cut_off_is_not_served(grown: GraphStore, tmp_path: Path) -> None:
    """A dump that is shorter than recorded counts as not made, at a checkpoint and after it."""
    first, second = (_update(grown, text) for text in _UPDATES[:2])
    for version in (first, second):
        build(grown, version, tmp_path)
        file = file_named(version, f"{_BASE}/graph/", ALL)
        assert file is not None
        if read_dump(tmp_path, version, ALL) is None:
            write_dump(grown, version, tmp_path, file)
        dump = read_dump(tmp_path, version, ALL)
        assert dump is not None
        dump[1].write_bytes(_half(dump[1].read_bytes()))
        assert read_dump(tmp_path, version, ALL) is None
        write_dump(grown, version, tmp_path, file)
        dump = read_dump(tmp_path, version, ALL)
        assert dump is not None
        whole = b"".join(canonical_dump.ordered_lines(grown.read(version)))
        assert gzip.decompress(dump[1].read_bytes()) == whole


def test_patches_lead_from_each_version_to_the_next(grown: GraphStore, tmp_path: Path) -> None:
    """Whoever applies the published patches to a dump has the lines of the next one."""
    lines = set[str]()
    for text in _UPDATES:
        version = _update(grown, text)
        file = file_named(version, f"{_BASE}/graph/", CHANGES)
        assert file is not None
        write_dump(grown, version, tmp_path, file)
        dump = read_dump(tmp_path, version, CHANGES)
        assert dump is not None
        patch = gzip.decompress(dump[1].read_bytes()).decode().splitlines()
        assert patch[0] == f"H id <{_BASE}/id/version/{version.number}> ."
        gone = {line[2:] for line in patch if line.startswith("D ")}
        new = {line[2:] for line in patch if line.startswith("A ")}
        assert gone <= lines
        assert not new & lines
        lines = (lines - gone) | new
        whole = b"".join(canonical_dump.ordered_lines(grown.read(version))).decode()
        assert lines == set(whole.split("\n")[:-1])


@pytest.mark.long
@pytest.mark.parametrize("how", ["dump", "version", "trail", "lines", "versions"])
def test_a_version_without_a_way_from_a_checkpoint_is_one(
    grown: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Where a part of the way is gone, or it is too long, the version is a checkpoint itself."""
    for text in _UPDATES[:2]:
        build(grown, _update(grown, text), tmp_path)
    last = _update(grown, _UPDATES[2])
    match how:
        case "dump":
            (tmp_path / "editions" / "1" / ALL).unlink()
        case "version":
            shutil.rmtree(grown.directory / "versions" / "2")
        case "trail":
            (last.path.parent / "trail.json").unlink()
        case "lines":
            monkeypatch.setattr(edition, "PATCHED_LINES", 20)
        case _:
            monkeypatch.setattr(edition, "PATCHED_VERSIONS", 1)
    build(grown, last, tmp_path)
    built = read_edition(tmp_path, last)
    assert built is not None
    assert built.checkpoint == last.number


def test_the_checkpoint_of_kept_editions_stays(
    grown: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old editions are removed, except the checkpoint that the others are made from."""
    monkeypatch.setattr(edition, "EDITIONS_KEPT", 2)
    for text in _UPDATES:
        build(grown, _update(grown, text), tmp_path)
    assert {path.name for path in (tmp_path / "editions").iterdir()} == {"1", "4", "5"}


def test_an_edition_reads_only_what_differs(
    grown: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a small change no version is read as a whole."""
    build(grown, _update(grown, _UPDATES[0]), tmp_path)
    version = _update(grown, _UPDATES[1])

    def refuse(_: object) -> None:
        raise AssertionError("the version was read as a whole")

    monkeypatch.setattr(canonical_dump, "ordered_lines", refuse)
    monkeypatch.setattr(edition, "measure", refuse)
    build(grown, version, tmp_path)
    built = read_edition(tmp_path, version)
    assert built is not None
    assert built.statistics is not None


def test_a_version_is_described_before_it_is_counted(grown: GraphStore) -> None:
    """The description of a version is there at once: its graphs and dumps, later its counts."""
    version = _update(grown, _UPDATES[0])

    async def descriptions() -> tuple[Edition, Edition]:
        editions = Editions(grown)
        first = await editions.description(version.number, 0)
        counted = await editions.edition(version.number)
        assert await editions.description(version.number, 60) == counted
        await editions.close()
        return first, counted

    first, counted = asyncio.run(descriptions())
    assert first.statistics is None
    assert counted.statistics is not None
    assert first.graphs == counted.graphs
    assert [file.name for file in first.files] == [file.name for file in counted.files]
