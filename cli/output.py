"""What the command prints: results on standard output, problems and progress on standard error."""

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from urbansdg.errors import Problem

if TYPE_CHECKING:  # `--version` and `--help` need no engine, and most commands load nothing
    from urbansdg.loaders import Loaded
    from urbansdg.store import Version

_GAP = "  "
_FOLDED = 20
"""A column that is wider is folded where a terminal has no room for it."""

_ALIGNED = 80
"""What is longer pushes what comes after it in its line, and pads no other line."""

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
    """Print a result as a table on standard output, to the width of a terminal where one looks.

    Where none looks, or it is too narrow, each row is one line with every value whole.
    """
    lines = [[plain(cell) for cell in row] for row in (heads, *rows)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    widths = [max(_width(cell) for cell in column) for column in zip(*lines, strict=True)]
    least = sum(min(each, _FOLDED) + len(_GAP) for each in widths)
    if least > width:
        _print_lines(lines, widths)
    else:
        _print_folded(lines, widths)


def _print_lines(lines: Iterable[Sequence[str]], widths: Sequence[int]) -> None:
    """Print rows, one on a line, aligned but for what is long."""
    for line in lines:
        cells = (" ".join(cell.split("\n")) for cell in line)
        padded = (
            cell + " " * (min(width, _ALIGNED) - _width(cell))
            for cell, width in zip(cells, widths, strict=True)
        )
        print(_GAP.join(padded).rstrip())


def _print_folded(lines: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    from rich.console import Console  # only here: it takes long
    from rich.table import Column, Table

    columns = (
        Column(head, no_wrap=width <= _FOLDED, overflow="fold")
        for head, width in zip(lines[0], widths, strict=True)
    )
    table = Table(*columns, box=None, pad_edge=False)
    for row in lines[1:]:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def _width(cell: str) -> int:
    """Return how many places of a terminal a cell takes; the widest sort of letter takes two."""
    return sum(2 if east_asian_width(each) in "WF" else not combining(each) for each in cell)


def print_loaded(loaded: "Loaded") -> None:
    """Print in one line what came of a load, after the problems found on the way."""
    print_problems(loaded.problems)
    print(_outcome(loaded))


def loaded_json(loaded: "Loaded") -> dict[str, object]:
    """Return what came of a load as JSON."""
    from urbansdg.store import Published

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


def summary(version: "Version") -> str:
    """Say how large a version is: `12,345 triples in 7 graphs, version 1`."""
    return f"{version.triples:,} triples in {len(version.graphs)} graphs, version {version.number}"


def _outcome(loaded: "Loaded") -> str:
    from urbansdg.store import Published

    graphs = ", ".join(loaded.graphs)
    match loaded.outcome:
        case None:
            return f"Valid: {graphs}. Nothing was loaded."
        case Published(version, added, removed):
            counts = f"{added:,} triples added, {removed:,} removed"
            return f"Loaded {graphs}: {counts}. The graph has {summary(version)}."
        case unchanged:
            return f"Nothing to change: version {unchanged.version.number} has all of {graphs}."
