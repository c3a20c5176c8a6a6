"""Progress on standard error: a bar for a person, nothing for a pipe.

A bar has the name of its step, how much of it is done (rows, bytes or steps), and the time that it
took and has left.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from urbansdg.store import Backend
from urbansdg.store.publication import STEPS

ProgressBarUpdate = Callable[[str, int, int | None], None]


class _CountColumn(ProgressColumn):
    """How much is done, of how much if that is known: `12,000 of 189,000`."""

    def render(self, task: Task) -> Text:
        done = f"{int(task.completed):,}"
        return Text(done if task.total is None else f"{done} of {int(task.total):,}")


class _TimeLeftColumn(TimeRemainingColumn):
    """The time that is left, in words; nothing if it is unknown or nothing is left."""

    def render(self, task: Task) -> Text:
        if task.finished or task.time_remaining is None:
            return Text("")
        return Text(f"{super().render(task).plain.strip()} left")


@dataclass(frozen=True, slots=True)
class _Bars:
    """One bar for each step, created when the step first reports progress."""

    progress: Progress
    tasks: dict[str, TaskID] = field(default_factory=dict)

    def tell(self, step: str, done: int, total: int | None) -> None:
        if step not in self.tasks:
            self.tasks[step] = self.progress.add_task(step, total=total)
        self.progress.update(self.tasks[step], completed=done, total=total)


@contextmanager
def progress_bars() -> Iterator[ProgressBarUpdate]:
    """Give a function that takes the name of a step, how much of it is done, and the total."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        _CountColumn(),
        TimeElapsedColumn(),
        _TimeLeftColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield _Bars(progress).tell


def with_steps(store: Backend, tell: ProgressBarUpdate) -> Backend:
    """Return the store with a bar for the steps of a publication."""
    return store.observed(
        lambda step: tell("Publishing (steps)", STEPS.index(step) + 1, len(STEPS))
    )
