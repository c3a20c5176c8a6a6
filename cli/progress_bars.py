"""Progress on standard error: a bar for a person, nothing for a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

ProgressBarUpdate = Callable[[str, int, int | None], None]


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
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield _Bars(progress).tell
