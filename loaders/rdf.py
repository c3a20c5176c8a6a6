"""RDF from outside, parsed into a draft: each file in a process that may die of it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from urbansdg.loaders.draft import Draft, Workshop
from urbansdg.loaders.lines import Lines
from urbansdg.loaders.parsing import FORMATS
from urbansdg.ontology.iris import Iris
from urbansdg.problems import Place, Problem, SourceUnreadable
from urbansdg.store import Source

_PATIENCE = 600
"""Seconds that a file may take to be parsed."""

UN_FILE = "sdg-kos-goals-targets-indicators.ttl"
"""The main file of the UN's vocabulary, which has a reader of its own."""


def form_of(path: Path) -> str | None:
    """Return the ending that says which syntax a file is in, None for any other file."""
    name = path.name.removesuffix(".gz")
    form = name.rpartition(".")[2].lower()
    return form if form in FORMATS else None


def stem(path: Path) -> str:
    """Return the name of a file without what its syntax and packing add."""
    return path.name.removesuffix(".gz").rpartition(".")[0]


def drafted(
    files: tuple[Path, ...], graph: str, source: Source, workshop: Workshop, *, merge: bool
) -> Draft:
    """Parse the files one after the other into one graph; raises `SourceUnreadable`."""
    made: list[Path] = []
    problems: list[Problem] = []
    for number, file in enumerate(files):
        out = workshop.folder / f"{graph}-{number}.nt"
        workshop.tell(source.name, number, len(files))
        problems += _parsed(file, out, workshop, merge=merge)
        made.append(out)
    workshop.tell(source.name, len(files), len(files))
    lines = Lines(files)
    return Draft(graph, tuple(made), source, lines, tuple(map(lines.located, problems)))


def _parsed(file: Path, out: Path, workshop: Workshop, *, merge: bool) -> Iterator[Problem]:
    base = workshop.base_uri or workshop.iris.graph(stem(file))
    for ill in parsed(file, out, base, workshop.iris, merge=merge).ill_typed:
        yield _ill_typed(file, ill)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file was found to hold: its triples, those ill-typed, whether it has blank nodes."""

    triples: int
    ill_typed: list[dict[str, str]]
    blank: bool


def parsed(file: Path, out: Path, base: str, iris: Iris, *, merge: bool) -> Parsed:
    """Parse a file in a process of its own, into N-Triples; raises `SourceUnreadable`."""
    how = "merge" if merge else "triples"
    arguments = (str(file), form_of(file) or "", base, str(out), how, iris.base)
    told = json.loads(_run(file, arguments))
    if "error" in told:
        raise _unreadable(file, told["error"])
    return Parsed(told["triples"], told["ill_typed"], told["blank"])


def _run(file: Path, arguments: tuple[str, ...]) -> str:
    command = (sys.executable, "-m", "urbansdg.loaders.parsing", *arguments)
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        message = f"parsing took longer than {_PATIENCE} seconds"
        raise _unreadable(file, {"message": message}) from None
    if ended.returncode != 0:
        raise _unreadable(file, {"message": "the parser died of it; it may be an entity bomb"})
    return ended.stdout


def _unreadable(file: Path, error: dict[str, str | int | None]) -> SourceUnreadable:
    line, column = error.get("line"), error.get("column")
    place = Place(
        file.name,
        line=line if isinstance(line, int) else None,
        column=None if column is None else str(column),
    )
    return SourceUnreadable(
        f"{file.name} cannot be read: {error['message']}.",
        "Mend the file; its name has to end as its syntax asks (.ttl, .nt, .rdf, .jsonld ...).",
        place=place,
    )


def _ill_typed(file: Path, ill: dict[str, str]) -> Problem:
    kind = ill["datatype"].rpartition("#")[2]
    return Problem(
        "ill-typed",
        f'"{ill["value"]}" is no {kind}.',
        "Correct the value, or give it another datatype.",
        Place(file.name, focus=ill["subject"], path=f"<{ill['predicate']}>"),
        value=ill["value"],
    )
