"""Whatever a writer dies of, the current version is whole and the next change works."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import StoreBusy
from urbansdg.store import Change, Gate, GraphStore, Published
from urbansdg.store.publication import STEPS

MakeChange = Callable[..., Change]
Triple = Callable[[int, object], str]


@contextmanager
def _stopped(store: GraphStore, step: str, file: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a writer up to a step, and kill it at the end."""
    command = [sys.executable, str(Path(__file__).parent / "crashing_writer.py")]
    with subprocess.Popen(
        [*command, str(store.directory), step, str(file)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "here\n"
        try:
            yield writer
        finally:
            writer.send_signal(signal.SIGKILL)


@pytest.mark.long
@pytest.mark.parametrize("step", STEPS)
def test_a_writer_killed_at_any_step_leaves_a_whole_graph(
    graph_store: GraphStore,
    make_change: MakeChange,
    let_through: Gate,
    triple: Triple,
    tmp_path: Path,
    step: str,
) -> None:
    """A writer killed at any step leaves the old version whole, or the new one, and no other."""
    graph_store.publish(make_change(triple(1, "old")), let_through)
    new = tmp_path / "new.nt"
    new.write_text(triple(1, "new"), "utf-8")
    with _stopped(graph_store, step, new):
        pass
    survivor = GraphStore.open(graph_store.directory)
    quads = survivor.read(survivor.current()).quads_for_pattern(
        ox.NamedNode("http://e/1"), None, None, None
    )
    expected = "new" if step == "promoted" else "old"
    assert [quad.object for quad in quads] == [ox.Literal(expected)]
    after = survivor.publish(make_change(triple(1, "after")), let_through)
    assert isinstance(after, Published)
    assert [version.number for version in survivor.versions()] == list(
        range(after.version.number + 1)
    )


def test_a_dead_writer_leaves_no_fork_behind_the_next(
    graph_store: GraphStore,
    make_change: MakeChange,
    let_through: Gate,
    triple: Triple,
    tmp_path: Path,
) -> None:
    """What a dead writer left is removed by the next one."""
    new = tmp_path / "new.nt"
    new.write_text(triple(1, "new"), "utf-8")
    with _stopped(graph_store, "applied", new):
        pass
    assert list((graph_store.directory / "forks").iterdir())
    graph_store.publish(make_change(triple(1, "after")), let_through)
    assert not list((graph_store.directory / "forks").iterdir())


def test_a_second_writer_is_told_who_holds_the_lock(
    graph_store: GraphStore,
    make_change: MakeChange,
    let_through: Gate,
    triple: Triple,
    tmp_path: Path,
) -> None:
    """A second writer is refused with the process id of the first, and works once that is dead."""
    new = tmp_path / "new.nt"
    new.write_text(triple(1, "new"), "utf-8")
    with (
        _stopped(graph_store, "applied", new) as writer,
        pytest.raises(StoreBusy, match=f"process {writer.pid} "),
    ):
        graph_store.publish(make_change(triple(2, "second")), let_through)
    assert isinstance(graph_store.publish(make_change(triple(2, "second")), let_through), Published)
