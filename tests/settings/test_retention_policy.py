"""The retention policy: what its text means, and which versions it retains."""

from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.settings import RetentionPolicy, read_settings

_NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def _numbered(*times: datetime) -> dict[int, datetime]:
    return dict(enumerate(times))


def test_the_default_keeps_every_version() -> None:
    """Without a policy nothing is removed."""
    assert RetentionPolicy.parse(read_settings().retention) is None


def test_a_policy_is_written_as_spans_of_days() -> None:
    """Steps may be left out, in any order, with commas or without."""
    policy = RetentionPolicy.parse("monthly=forever, all=30 daily=365")
    assert policy == RetentionPolicy(30.0, 365.0, 0.0, inf)


@pytest.mark.parametrize(
    "text",
    [
        *("", "all", "all=", "all=0", "all=-1", "all=1.5", "all=1 all=2", "yearly=1", "off all=1"),
        *("all=\u0663", f"all={10**6}", f"all={'9' * 5_000}", "all=inf"),
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    """A text that is no policy raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        RetentionPolicy.parse(text)


def test_all_of_the_last_days_stay() -> None:
    """Versions that are younger than the span stay, older ones do not."""
    created = _numbered(*(_NOW - timedelta(days=days) for days in (40, 31, 30, 29, 0)))
    assert RetentionPolicy(all_days=30).retained(created, _NOW) == {3, 4}


def test_the_last_version_of_a_period_stays() -> None:
    """Of each day, week and month in its span, the last version stays."""
    created = _numbered(
        datetime(2026, 1, 30, 9, tzinfo=UTC),
        datetime(2026, 1, 31, 9, tzinfo=UTC),
        datetime(2026, 3, 16, 9, tzinfo=UTC),
        datetime(2026, 3, 22, 9, tzinfo=UTC),
        datetime(2026, 3, 23, 9, tzinfo=UTC),
        datetime(2026, 3, 30, 9, tzinfo=UTC),
        datetime(2026, 3, 30, 23, tzinfo=UTC),
        datetime(2026, 3, 31, 1, tzinfo=UTC),
    )
    assert RetentionPolicy(daily_days=10).retained(created, _NOW) == {3, 4, 6, 7}
    assert RetentionPolicy(weekly_days=20).retained(created, _NOW) == {3, 4, 7}
    assert RetentionPolicy(monthly_days=inf).retained(created, _NOW) == {1, 7}


@given(st.lists(st.integers(0, 400 * 24), min_size=1, max_size=60), st.integers(0, 100))
def test_applying_a_policy_often_keeps_what_applying_it_once_keeps(
    hours: list[int], days: int
) -> None:
    """What is removed early would be removed later too: a period never loses its last version."""
    policy = RetentionPolicy(3, 14, 60, inf)
    times = sorted(_NOW - timedelta(hours=hour) for hour in hours)
    created, later = _numbered(*times), _NOW + timedelta(days=days)
    once = policy.retained(created, later)
    early = policy.retained(created, _NOW)
    twice = policy.retained({n: created[n] for n in early}, later)
    assert once == twice
