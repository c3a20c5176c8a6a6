"""What the command prints: results on standard output, problems and progress on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from urbansdg.problems import Problem
from urbansdg.store import Published, Version

if TYPE_CHECKING:  # most commands load nothing
    from urbansdg.loaders import Loaded

_UNBOUNDED = 1_000_000
_CONTROLS = {code: None for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if code != ord("\n")}


def plain(text: str) -> str:
    """Return a text without control characters: what comes from data must not steer a terminal."""
    return text.translate(_CONTROLS)


def print_problems(problems: Iterable[Problem]) -> None:
    """Print each problem found in input on a line of its own on standard error."""
    for problem in problems:
        _print_line(f"{problem.severity.value}: {problem}")


def print_errors(problems: Iterable[Problem]) -> None:
    """Print why the work cannot go on, on standard error."""
    for problem in problems:
        _print_line(f"error: {problem}")


def _print_line(line: str) -> None:
    print(plain(line.replace("\n", " ")), file=sys.stderr)


def print_json(told: object) -> None:
    """Print a result as one JSON document on standard output."""
    json.dump(told, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a result as a table on standard output, as wide as it needs where none looks."""
    from rich.console import Console  # only here: it takes long
    from rich.table import Table

    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(plain, row))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        unbounded = console.options.update_width(_UNBOUNDED)
        console.width = max(console.measure(table, options=unbounded).maximum, 1)
    console.print(table)


def print_loaded(loaded: "Loaded") -> None:
    """Print in one line what came of a load, after the problems found on the way."""
    print_problems(loaded.problems)
    print(_outcome(loaded))


def loaded_json(loaded: "Loaded") -> dict[str, object]:
    """Return what came of a load as JSON."""
    outcome = loaded.outcome
    published = isinstance(outcome, Published)
    return {
        "outcome": "valid" if outcome is None else "published" if published else "unchanged",
        "version": outcome.version.number if outcome else None,
        "graphs": list(loaded.graphs),
        "added": outcome.added if isinstance(outcome, Published) else 0,
        "removed": outcome.removed if isinstance(outcome, Published) else 0,
        "rejected": loaded.rejected,
        "problems": [problem.to_json() for problem in loaded.problems],
    }


def summary(version: Version) -> str:
    """Say how large a version is: `12,345 triples in 7 graphs, version 1`."""
    return f"{version.triples:,} triples in {len(version.graphs)} graphs, version {version.number}"


def _outcome(loaded: "Loaded") -> str:
    graphs = ", ".join(loaded.graphs)
    match loaded.outcome:
        case None:
            return f"Valid: {graphs}. Nothing was loaded."
        case Published(version, added, removed):
            counts = f"{added:,} triples added, {removed:,} removed"
            return f"Loaded {graphs}: {counts}. The graph has {summary(version)}."
        case unchanged:
            return f"Nothing to change: version {unchanged.version.number} has all of {graphs}."
