"""`urbansdg init` on a graph with data of an earlier ontology."""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.support.command import Command
from urbansdg.cli.exit_codes import Exit
from urbansdg.loaders import initialise
from urbansdg.ontology.migrations import migration_updates
from urbansdg.store import Change, Checked, GraphStore, Published, Replacement, Source
from urbansdg.store.changes.migration import is_pending
from urbansdg.store.publication import STEPS

_CITY = "http://localhost:8000/graph/haneul"
_SOURCE = Source("haneul.ttl", "0" * 64, "turtle", "1")


@pytest.fixture(scope="module")
def old_city(bundled: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a graph with a city that ontology 0.3.0 describes, in a data directory."""
    folder = tmp_path_factory.mktemp("old")
    file = folder / "haneul.nt"
    quads = ox.parse(path=str(root / "tests" / "ontology" / "data-of-0.3.0.trig"))
    ox.serialize((quad.triple for quad in quads), str(file), format=ox.RdfFormat.N_TRIPLES)
    shutil.copytree(bundled, folder / "graph")
    store = GraphStore.open(folder / "graph")
    change = Change("tester", (Replacement(_CITY, (file,), _SOURCE),))
    store.publish(change, lambda _fork, _touched: Checked(conforms=True))
    return folder / "graph"


@pytest.fixture
def store(old_city: Path, tmp_path: Path) -> GraphStore:
    """Return a copy of that graph."""
    shutil.copytree(old_city, tmp_path / "graph")
    return GraphStore.open(tmp_path / "graph")


@pytest.mark.long
def test_init_brings_a_graph_up_to_date_in_one_version(
    store: GraphStore, urbansdg: Command
) -> None:
    """One version has the migrated graph, and the message names it; a second init does nothing."""
    before = store.current()
    done = urbansdg("init", "--data-dir", store.directory)
    after = store.current()
    assert (done.returncode, after.number) == (Exit.DONE, before.number + 1)
    assert done.stdout.endswith("Migrated to the current ontology: haneul.\n")
    assert not is_pending(migration_updates(), store.read(after))
    assert after.graphs[_CITY].source == _SOURCE.recorded()
    again = urbansdg("init", "--data-dir", store.directory)
    assert again.stdout.startswith("Nothing to change: ")
    assert store.current_number() == after.number


@pytest.mark.long
def test_invalid_data_do_not_block_a_migration(store: GraphStore) -> None:
    """Data that breaks a rule is migrated with the rest, and reported."""
    policy = "http://localhost:8000/id/policy/example-haneul-night-buses"
    title = ox.NamedNode("http://purl.org/dc/terms/title")
    untitled = ox.Store()
    untitled.extend(store.read(store.current()).quads_for_pattern(None, None, None, None))
    for quad in list(untitled.quads_for_pattern(ox.NamedNode(policy), title, None)):
        untitled.remove(quad)
    file = store.directory.parent / "untitled.nt"
    graph = untitled.quads_for_pattern(None, None, None, ox.NamedNode(_CITY))
    ox.serialize((quad.triple for quad in graph), str(file), format=ox.RdfFormat.N_TRIPLES)
    change = Change("tester", (Replacement(_CITY, (file,), replace(_SOURCE, sha256="1" * 64)),))
    store.publish(change, lambda _fork, _touched: Checked(conforms=True))
    loaded = initialise(store, "tester")
    assert isinstance(loaded.outcome, Published)
    assert loaded.outcome.migrated == {_CITY}
    assert policy in {problem.place.focus for problem in loaded.problems}


@pytest.mark.long
@pytest.mark.parametrize("step", STEPS)
def test_a_migration_that_is_killed_half_way_is_completed_by_the_next(
    store: GraphStore, step: str, urbansdg: Command
) -> None:
    """Killed at any step, the version is the old one or the migrated one; init completes it."""
    script = Path(__file__).parent / "interrupted_init.py"
    command = (sys.executable, str(script), str(store.directory), step)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "here\n"
        before = store.read(store.current())
        assert is_pending(migration_updates(), before) == (step != "promoted")
        writer.send_signal(signal.SIGKILL)
    done = urbansdg("init", "--data-dir", store.directory)
    assert done.returncode == Exit.DONE
    assert store.current_number() == 3
    assert not is_pending(migration_updates(), store.read(store.current()))


@pytest.mark.long
def test_deprecated_terms_are_accepted_with_a_warning(
    root: Path, graph: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """Data of ontology 0.3.0 load; each deprecated term that a thing uses is a warning."""
    file = tmp_path / "haneul.ttl"
    quads = ox.parse(path=str(root / "tests" / "ontology" / "data-of-0.3.0.trig"))
    # Persons, consents and unpublished opinions are refused: they have to leave, not to migrate.
    left_out = ("/contact/", "/consent", "/id/opinion/")
    remaining = [
        quad.triple for quad in quads if not any(part in str(quad.triple) for part in left_out)
    ]
    ox.serialize(remaining, str(file), format=ox.RdfFormat.TURTLE)
    urbansdg("init", "--data-dir", graph)  # removes the example, which describes the same policies
    done = urbansdg("load", file, "--data-dir", graph, "--format", "json", "--all-problems")
    assert done.returncode == Exit.DONE, done.stdout
    problems = json.loads(done.stdout)["problems"]
    warned = [problem for problem in problems if problem["code"] == "rule.deprecated-term"]
    assert {problem["severity"] for problem in warned} == {"warning"}
    budgets = {str(t.subject) for t in remaining if t.predicate.value.endswith("#budgetKind")}
    places = [problem["place"] for problem in warned]
    at_kinds = {f"<{at['focus']}>" for at in places if at["path"] == "usdg:budgetKind"}
    assert at_kinds == budgets
