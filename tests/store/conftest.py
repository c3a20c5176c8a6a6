"""What the store's tests share: small changes, and a gate that lets everything through."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from urbansdg.errors import Problem
from urbansdg.store import Change, Checked, Gate, GraphStore, Replacement, Source
from urbansdg.store.publication import accept

BASE = "http://localhost:8000"
MakeChange = Callable[..., Change]
Triple = Callable[[int, object], str]


@pytest.fixture
def let_through() -> Gate:
    """Return a gate that lets every change through."""
    return accept


@pytest.fixture
def refuse() -> Gate:
    """Return a gate that lets nothing through."""
    problem = Problem("bad", "It is bad.", "Make it good.")
    return lambda _, __: Checked(conforms=False, problems=(problem,))


@pytest.fixture
def graph_store(tmp_path: Path) -> GraphStore:
    """Return an empty graph in a directory of its own."""
    return GraphStore.create(tmp_path / "graph", BASE)


@pytest.fixture
def make_change(tmp_path: Path) -> MakeChange:
    """Return a function that makes a change of lines of N-Triples to a graph."""

    def make(text: str, graph: str = "things", agent: str = "tester") -> Change:
        digest = hashlib.sha256(text.encode()).hexdigest()
        file = tmp_path / f"{digest}.nt"
        file.write_text(text, "utf-8")
        source = Source(f"{graph}.nt", digest, "test", "1")
        return Change(agent, (Replacement(f"{BASE}/graph/{graph}", (file,), source),))

    return make


@pytest.fixture
def triple() -> Triple:
    """Return the writer of a line of N-Triples that says something of a numbered thing."""
    return lambda subject, value: f'<http://e/{subject}> <http://e/says> "{value}" .\n'
