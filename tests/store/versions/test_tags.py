"""Tags of permanent links: how many versions they keep."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from urbansdg.errors import StoreBusy, VersionNotFound
from urbansdg.store import Change, Gate, GraphStore, Tags
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.writer_lock import writing

MakeChange = Callable[..., Change]
_DAY = date(2026, 11, 30)


@pytest.fixture
def tags(graph_store: GraphStore, make_change: MakeChange, let_through: Gate) -> Tags:
    """Return the tags of a graph with versions 0 to 5."""
    for number in range(5):
        graph_store.publish(make_change(f"<urn:a> <urn:b> <urn:{number}> ."), let_through)
    return Tags(graph_store.directory)


def test_a_tenth_of_the_versions_can_be_kept_in_a_day(tags: Tags) -> None:
    """Whoever asks and however often, the number of versions in a day is bounded."""
    assert tags.cite(1, 20, _DAY)
    assert tags.cite(1, 20, _DAY)
    assert tags.cite(2, 20, _DAY)
    assert not tags.cite(3, 20, _DAY)
    assert tags.cite(3, 20, _DAY + timedelta(days=1))
    assert tags.cited() == {1, 2, 3}
    assert tags.all()["cited-20261201-3"] == 3


def test_the_versions_that_are_kept_are_bounded_in_total(tags: Tags) -> None:
    """Beyond the limit nothing is added, and what is there stays."""
    for number in range(5):
        day = _DAY + timedelta(days=number)
        assert tags.cite(number, 3, day) is (number < 3)
    assert tags.cite(0, 3, _DAY + timedelta(days=9))
    assert tags.cited() == {0, 1, 2}
    tags.remove("cited-20261130-0")
    assert tags.cite(4, 3, _DAY + timedelta(days=10))


def test_tags_of_the_operator_do_not_count(tags: Tags) -> None:
    """The limit is on what visitors ask for."""
    tags.put("report", 1)
    assert tags.cite(2, 1, _DAY)
    assert tags.cited() == {2}
    assert not tags.cite(1, 1, _DAY + timedelta(days=1))


def test_a_version_that_is_gone_is_not_tagged(tags: Tags) -> None:
    """A version that does not exist raises, and no tag is left."""
    with pytest.raises(VersionNotFound):
        tags.cite(99, 20, _DAY)
    assert tags.all() == {}


def test_a_writer_is_waited_for(tags: Tags) -> None:
    """Pruning reads the tags under the writers' lock, so they change under it only."""
    with writing(DataDirectory(tags.directory).lock), pytest.raises(StoreBusy):
        tags.cite(1, 20, _DAY)
    assert tags.all() == {}
