"""Which versions a graph keeps as they age: all of some days, then one a day, a week, a month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Self

OFF = "off"
_FOREVER = "forever"
_LONGEST = 100_000
_STEPS = ("all", "daily", "weekly", "monthly")


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """For how many days versions are kept: all of them, the last of each day, week and month.

    Days, ISO weeks and months are those of UTC.
    """

    all_days: float = 0.0
    daily_days: float = 0.0
    weekly_days: float = 0.0
    monthly_days: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the policy of a text such as `all=30 daily=365 monthly=forever`, None for `off`.

        Raises ValueError.
        """
        parts = text.replace(",", " ").split()
        if parts == [OFF]:
            return None
        days: dict[str, float] = {}
        for part in parts:
            step, _, span = part.partition("=")
            if step not in _STEPS or step in days:
                raise ValueError(f"{part!r} is not one of {', '.join(_STEPS)}, each once")
            days[step] = _days(span, part)
        if not days:
            raise ValueError(f"a policy is {OFF!r}, or spans of days such as 'all=30 daily=365'")
        return cls(*(days.get(step, 0.0) for step in _STEPS))

    def retained(self, created: Mapping[int, datetime], now: datetime) -> set[int]:
        """Return the numbers of the versions to keep; `created` has the times of all, in UTC."""
        retained = {
            number for number, time in created.items() if _is_within(time, now, self.all_days)
        }
        for days, period in (
            (self.daily_days, datetime.date),
            (self.weekly_days, _week),
            (self.monthly_days, _month),
        ):
            last = {
                period(created[number].astimezone(UTC)): number
                for number in sorted(created)
                if _is_within(created[number], now, days)
            }
            retained.update(last.values())
        return retained


def checked_policy(text: str) -> str:
    """Return the text of a policy; raises ValueError where it is none."""
    RetentionPolicy.parse(text)
    return text


def _days(span: str, part: str) -> float:
    if span == _FOREVER:
        return inf
    if not span.isdecimal() or not span.isascii() or not 0 < int(span) <= _LONGEST:
        raise ValueError(f"{part!r} has neither days from 1 to {_LONGEST} nor {_FOREVER!r}")
    return float(span)


def _is_within(time: datetime, now: datetime, days: float) -> bool:
    return days == inf or time > now - timedelta(days=days)


def _week(time: datetime) -> tuple[int, int]:
    return time.isocalendar()[:2]


def _month(time: datetime) -> tuple[int, int]:
    return time.year, time.month
