"""How many problems of officers' workbooks have a remedy that fits.

    python -m benchmarks.remedies.fitting_remedies DATA [--list]

`DATA` is a folder with the published data (`cdp-chicago-2025`, `undp-local-government` ...). A
remedy of a planted mistake fits if it names what the mistake was made from, is the only one of its
cell and is not a bare list of choices; for the published values themselves, `published_values` says
what it has to name.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.remedies.officer_workbooks import OfficerWorkbook, workbooks
from benchmarks.remedies.planted_mistakes import Mistake
from benchmarks.remedies.published_values import names_the_answer
from urbansdg.errors import InvalidData, Problem
from urbansdg.loaders import initialise, load
from urbansdg.loaders.workbook import annotated_copy
from urbansdg.store import GraphStore

_PLANTED, _SEED = 60, 20


def address(problem: Problem) -> tuple[str, str]:
    """Return the sheet and the address of the cell of a problem, such as `C3`."""
    return problem.place.sheet or "", annotated_copy.address(problem) or ""


def problems_of(book: OfficerWorkbook, store: GraphStore) -> tuple[Problem, ...]:
    """Return the problems that a load of a workbook reports."""
    try:
        return load([book.path], store, "benchmark", dry_run=True).problems
    except InvalidData as error:
        return error.problems


def judged(
    book: OfficerWorkbook, problems: tuple[Problem, ...]
) -> Iterator[tuple[str, bool, Problem | Mistake]]:
    """Yield the kind of each problem, and whether its remedy fits; a missed mistake does not."""
    by_cell: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        by_cell.setdefault(address(problem), []).append(problem)
    for cell, at_cell in by_cell.items():
        mistake = book.mistakes.get(cell)
        if mistake is not None:
            yield (
                mistake.kind,
                len(at_cell) == 1 and mistake.is_met_by(at_cell[0].remedy),
                at_cell[0],
            )
            continue
        for problem in at_cell:
            if problem.code != "normalised-text":
                yield "published value", names_the_answer(problem, book.language), problem
    for cell, mistake in book.mistakes.items():
        if cell not in by_cell:
            yield mistake.kind, False, mistake


def main() -> None:
    """Count the remedies that fit, by kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--list", action="store_true", help="list the problems that do not fit")
    arguments = parser.parse_args()
    fits, every = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        store = GraphStore.create(Path(folder) / "graph", "http://localhost:8000")
        initialise(store, "benchmark")
        for book in workbooks(arguments.data, Path(folder), _PLANTED, _SEED):
            for kind, fit, subject in judged(book, problems_of(book, store)):
                every[kind] += 1
                fits[kind] += fit
                if arguments.list and not fit:
                    print(f"{book.path.name}: {kind}: {subject}")
    for kind, count in sorted(every.items()):
        print(f"{kind:28} {fits[kind]:5} of {count:5}")
    total = sum(every.values())
    print(f"{'all':28} {sum(fits.values()):5} of {total:5}: {sum(fits.values()) / total:.0%}")


if __name__ == "__main__":
    main()
