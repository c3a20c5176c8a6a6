"""Pruning by a retention policy: what stays whatever the policy says."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from urbansdg.settings import RetentionPolicy
from urbansdg.store import Change, Gate, GraphStore, Tags, hold, prune, superfluous
from urbansdg.store.versions.version import write_version

MakeChange = Callable[..., Change]


@pytest.fixture
def aged(graph_store: GraphStore, make_change: MakeChange, let_through: Gate) -> GraphStore:
    """Return a graph with versions 0 to 6, of which each is ten days older than the next one."""
    for number in range(6):
        graph_store.publish(make_change(f"<urn:a> <urn:b> <urn:{number}> ."), let_through)
    for version in graph_store.versions():
        age = timedelta(days=10 * (6 - version.number))
        write_version(replace(version, created=version.created - age), version.path.parent)
    return graph_store


def test_a_policy_removes_what_it_does_not_retain(aged: GraphStore) -> None:
    """Versions beyond the span go; a dry run lists the same ones, and removes nothing."""
    policy = RetentionPolicy(all_days=25)
    assert superfluous(aged, policy) == (0, 1, 2, 3)
    assert len(aged.numbers()) == 7
    assert prune(aged, policy) == (0, 1, 2, 3)
    assert sorted(aged.numbers()) == [4, 5, 6]
    assert prune(aged, policy) == ()


def test_tagged_current_and_open_versions_stay(aged: GraphStore) -> None:
    """A version with a tag, the current one and one that a reader has open stay."""
    Tags(aged.directory).put("report", 1)
    policy = RetentionPolicy(all_days=0.0)
    with closing(hold(aged.version(3).path)):
        assert prune(aged, policy) == (0, 2, 4, 5)
    assert sorted(aged.numbers()) == [1, 3, 6]


def test_a_version_whose_record_is_damaged_stays(aged: GraphStore) -> None:
    """The age of a damaged version is unknown: a policy leaves it to `prune --damaged`."""
    (aged.version(0).path.parent / "version.json").write_text("{")
    assert prune(aged, RetentionPolicy(all_days=25)) == (1, 2, 3)


def test_the_oldest_versions_go_first(aged: GraphStore) -> None:
    """Where only some versions may be removed at once, these are the oldest."""
    assert prune(aged, RetentionPolicy(all_days=25), most=2) == (0, 1)
