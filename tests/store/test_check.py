"""A dry run: the verdict on a change without its publication."""

from collections.abc import Callable

from urbansdg.store import Change, Checked, Gate, GraphStore, Unchanged

MakeChange = Callable[..., Change]
Triple = Callable[[int, object], str]


def test_a_check_returns_the_verdict_and_publishes_nothing(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate, triple: Triple
) -> None:
    """A check says that a change conforms; no file of the graph changes."""
    before = sorted(graph_store.directory.rglob("*"))
    assert graph_store.check(make_change(triple(1, "a")), let_through) == Checked(conforms=True)
    assert graph_store.current_number() == 0
    assert sorted(graph_store.directory.rglob("*")) == before


def test_a_check_reports_problems_and_raises_nothing(
    graph_store: GraphStore, make_change: MakeChange, refuse: Gate, triple: Triple
) -> None:
    """A change that does not conform is reported with its problems."""
    report = graph_store.check(make_change(triple(1, "a")), refuse)
    assert isinstance(report, Checked)
    assert not report.conforms
    assert [problem.code for problem in report.problems] == ["bad"]


def test_a_check_of_what_is_there_already_is_not_judged(
    graph_store: GraphStore,
    make_change: MakeChange,
    let_through: Gate,
    refuse: Gate,
    triple: Triple,
) -> None:
    """A change that changes nothing is reported as unchanged, as a publication would."""
    version = graph_store.publish(make_change(triple(1, "a")), let_through).version
    outcome = graph_store.check(make_change(triple(1, "a"), agent="other"), refuse)
    assert outcome == Unchanged(version)
