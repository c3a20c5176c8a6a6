"""What an engine says of its version: where others spoilt it, it is an error and no version."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pyoxigraph as ox
import pytest

from urbansdg.errors import EngineUnavailable, StoreExists, StoreMissing
from urbansdg.store import RemoteStore

Command = Callable[..., subprocess.CompletedProcess[str]]
_VALUE = "http://www.w3.org/ns/prov#value"
_KEY = "http://purl.org/dc/terms/identifier"
_CLAIM: dict[str, Any] = {
    "id": "1",
    "place": "there",
    "pid": 1,
    "graphs": ["urn:g"],
    "since": "2020-01-01T00:00:00+00:00",
}


class Installed(Protocol):
    """An engine at work."""

    variables: dict[str, str]


Opened = Callable[[Installed, Path], RemoteStore]


class _StoredState:
    """The state in an engine, as its record and all else, to be spoilt."""

    def __init__(self, store: RemoteStore) -> None:
        self.store = store
        self.graph = f"{store.iris.graph('versions')}/state"
        query = f"SELECT ?p ?o {{ GRAPH <{self.graph}> {{ <{self.graph}> ?p ?o }} }}"
        rows = store.engine.select(query, (self.graph,))
        values = {row["p"].value: row["o"].value for row in rows}
        self.record, self.key = json.loads(values[_VALUE]), values[_KEY]

    def tell(
        self, *records: object, keys: tuple[str, ...], claims: tuple[object, ...] = ()
    ) -> None:
        """Have the engine say this, and nothing else."""
        graph = self.graph
        self.store.engine.update(f"DELETE WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
        own = [(_VALUE, ox.Literal(json.dumps(record))) for record in records]
        own += [(_KEY, ox.Literal(key)) for key in keys]
        text = " ".join(f"<{graph}> <{name}> {value} ." for name, value in own)
        for number, claim in enumerate(claims):
            text += f" <{graph}#{number}> <{_VALUE}> {ox.Literal(json.dumps(claim))} ."
        self.store.engine.update(f"INSERT DATA {{ GRAPH <{graph}> {{ {text} }} }}")


@pytest.fixture
def stored_state(engine: Installed, opened: Opened, tmp_path: Path) -> Iterator[_StoredState]:
    """Return the state in each engine, which is as it was afterwards."""
    state = _StoredState(opened(engine, tmp_path / "data"))
    yield state
    state.tell(state.record, keys=(state.key,))


def test_a_damaged_record_is_no_version(stored_state: _StoredState) -> None:
    """Two counters, a word as the counter, and any other record are reported as damage."""
    record, keys = stored_state.record, (stored_state.key,)
    others: list[object] = [7, None, [], {}, "text", record | {"agent": 7}, record | {"graphs": []}]
    numbers = ("seven", -4, 1.5, True, None, 10**400, record["number"] + 1)
    others += [record | {"number": number} for number in numbers]
    others += [record | {"created": created} for created in ("yesterday", 7, "2020-01-01T00:00:00")]
    counts: tuple[object, ...] = (
        {"urn:g": {"triples": "many"}},
        {"urn:g": {}},
        {"urn:a> {": {"triples": 1}},
    )
    others += [record | {"graphs": count} for count in counts]
    others += [record | {"revision": revision} for revision in ("../../etc", -1)]
    for other in others:
        stored_state.tell(other, keys=keys)
        with pytest.raises(EngineUnavailable, match="is damaged"):
            stored_state.store.current()
    for records, others_keys in (
        ((record, record | {"number": 99}), keys),
        ((record,), (*keys, "99 2020-01-01T00:00:00+00:00")),
        ((record,), ()),
        ((), keys),
        ((record,), ("seven",)),
    ):
        stored_state.tell(*records, keys=others_keys)
        with pytest.raises(EngineUnavailable, match="is damaged"):
            stored_state.store.current()


@pytest.mark.parametrize(
    "claim",
    [
        *([], "text", {}, {"id": "1"}, _CLAIM | {"since": "x"}, _CLAIM | {"graphs": 7}),
        *(_CLAIM | {"since": "2020-01-01T00:00:00"}, _CLAIM | {"graphs": ["no IRI"]}),
    ],
)
def test_a_damaged_claim_is_told_of(stored_state: _StoredState, claim: object) -> None:
    """A claim that cannot be read is damage, and keeps nobody waiting."""
    stored_state.tell(stored_state.record, keys=(stored_state.key,), claims=(claim,))
    with pytest.raises(EngineUnavailable, match="is damaged"):
        stored_state.store.on_disk()


def test_a_flood_of_claims_does_not_hide_the_version(stored_state: _StoredState) -> None:
    """A state with thousands of claims is damaged, and not taken for an engine without a graph."""
    stored_state.tell(stored_state.record, keys=(stored_state.key,), claims=tuple(range(1_200)))
    with pytest.raises(EngineUnavailable, match="has no end"):
        stored_state.store.current()


def test_graphs_without_a_record_are_not_taken_over(
    small: Installed, opened: Opened, urbansdg: Command, tmp_path: Path
) -> None:
    """Where the record is gone and graphs are there, no new count of versions is begun."""
    store = opened(small, tmp_path / "data")
    stray = f"{store.base}/graph/stray"
    store.engine.update(f"INSERT DATA {{ GRAPH <{stray}> {{ <urn:a> <urn:b> 1 }} }}")
    store.engine.update(f"DROP GRAPH <{store.base}/graph/versions/state>")
    with pytest.raises(StoreMissing):
        store.current()
    with pytest.raises(StoreExists, match="without a record"):
        opened(small, tmp_path / "data")
    done = urbansdg("init", "--data-dir", tmp_path / "other", **small.variables)
    assert done.returncode == 3
    assert stray in done.stderr
    store.engine.update(f"DROP GRAPH <{stray}>")
    assert opened(small, tmp_path / "data").current_number() == 0
