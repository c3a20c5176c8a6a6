"""What the command prints: results on standard output, problems and progress on standard error."""

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from urbansdg.errors import Problem, group_problems

if TYPE_CHECKING:  # `--version` and `--help` need no engine, and most commands load nothing
    from urbansdg.loaders import LoadResult
    from urbansdg.store import Version

_GAP = "  "
_FOLDED = 20
"""A wider column is folded if the terminal has no room for it."""

_ALIGNED = 80
"""A longer cell shifts the rest of its line, and does not pad the other lines."""

_CONTROLS = {code: None for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if code != ord("\n")}


def plain(text: str) -> str:
    """Return a text without control characters: data must not control the terminal."""
    return text.translate(_CONTROLS)


def print_problems(problems: Iterable[Problem], *, lists_all: bool = False) -> None:
    """Print each mistake in the input on its own line on standard error.

    A mistake in several places is one line, except with `lists_all`.
    """
    if lists_all:
        for problem in problems:
            _print_line(f"{problem.severity.value}: {problem}")
    else:
        for group in group_problems(problems):
            _print_line(f"{group.first.severity.value}: {group}")


def problems_json(problems: Iterable[Problem], *, lists_all: bool = False) -> list[object]:
    """Return the mistakes as JSON, each with its count and places, or each place by itself."""
    if lists_all:
        return [problem.to_json() for problem in problems]
    return [group.to_json() for group in group_problems(problems)]


def print_errors(problems: Iterable[Problem]) -> None:
    """Print the reasons why the command cannot continue, on standard error."""
    for problem in problems:
        _print_line(f"error: {problem}")


def _print_line(line: str) -> None:
    print(plain(line.replace("\n", " ")), file=sys.stderr)


def print_json(document: object) -> None:
    """Print a result as one JSON document on standard output."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a result as a table on standard output, folded to the width of a terminal.

    In a pipe, or where the terminal is too narrow, each row is one line with complete values.
    """
    lines = [[plain(cell) for cell in row] for row in (heads, *rows)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    widths = [max(_width(cell) for cell in column) for column in zip(*lines, strict=True)]
    least = sum(min(width, _FOLDED) + len(_GAP) for width in widths)
    if least > width:
        _print_lines(lines, widths)
    else:
        _print_folded(lines, widths)


def _print_lines(lines: Iterable[Sequence[str]], widths: Sequence[int]) -> None:
    """Print one row on a line, aligned except after long cells."""
    for line in lines:
        cells = (" ".join(cell.split("\n")) for cell in line)
        padded = (
            cell + " " * (min(width, _ALIGNED) - _width(cell))
            for cell, width in zip(cells, widths, strict=True)
        )
        print(_GAP.join(padded).rstrip())


def _print_folded(lines: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    from rich.console import Console  # imported here: it is slow
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
    """Return the columns of a terminal that a cell takes; East Asian wide letters take two."""
    return sum(2 if east_asian_width(letter) in "WF" else not combining(letter) for letter in cell)


def print_loaded(loaded: "LoadResult", *, lists_all: bool = False) -> None:
    """Print in one line what came of a load, after the problems found on the way."""
    print_problems(loaded.problems, lists_all=lists_all)
    print(_outcome(loaded))


def loaded_json(loaded: "LoadResult", *, lists_all: bool = False) -> dict[str, object]:
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
        "migrated": sorted(outcome.migrated) if isinstance(outcome, Published) else [],
        "problems": problems_json(loaded.problems, lists_all=lists_all),
    }


def summary(version: "Version") -> str:
    """Say how large a version is: `12,345 triples in 7 graphs, version 1`."""
    return f"{version.distinct:,} triples in {len(version.graphs)} graphs, version {version.number}"


def _outcome(loaded: "LoadResult") -> str:
    from urbansdg.store import Published

    graphs = ", ".join(loaded.graphs)
    match loaded.outcome:
        case None:
            return f"Valid: {graphs}. Nothing was loaded."
        case Published(version, added, removed, migrated=migrated):
            counts = f"{added:,} triples added, {removed:,} removed"
            text = f"Loaded {graphs}: {counts}. The graph has {summary(version)}."
            names = ", ".join(sorted(name.rpartition("/")[2] for name in migrated))
            return f"{text} Migrated to the current ontology: {names}." if migrated else text
        case unchanged:
            return f"Nothing to change: version {unchanged.version.number} has all of {graphs}."
