"""Files of RDF, in the syntaxes that there are, and the UN's vocabulary in Turtle."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from urbansdg.loaders.draft import Draft, Workshop, checksum
from urbansdg.loaders.parsing import FORMATS
from urbansdg.problems import Place, Problem, SourceUnreadable
from urbansdg.store import Source

_PATIENCE = 600
"""Seconds that a file may take to be parsed."""


@dataclass(frozen=True, slots=True)
class RdfFile:
    """The reader of one file of RDF; its name says which syntax it is in."""

    name: str = "rdf"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Tell whether the name ends as that of a file of RDF does."""
        return path.is_file() and _form(path) is not None

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read the file; raises `SourceUnreadable`."""
        source = Source(path.name, checksum([path]), self.name, self.version)
        return _drafted((path,), graph or _stem(path), source, workshop, merge=graph is not None)


@dataclass(frozen=True, slots=True)
class UnVocabulary:
    """The reader of the UN's SDG knowledge organisation system, a folder of Turtle files."""

    name: str = "un-sdg-kos"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Tell whether the path is the folder, or its main file."""
        return path.name == _UN_FILE or (path / _UN_FILE).is_file()

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read all Turtle files of the folder; raises `SourceUnreadable`."""
        files = tuple(sorted(path.glob("*.ttl"))) if path.is_dir() else (path,)
        source = Source(
            path.name, checksum(files), self.name, self.version, rights_holder=_UN_STATISTICS
        )
        return _drafted(files, graph or self.name, source, workshop, merge=False)


_UN_FILE = "sdg-kos-goals-targets-indicators.ttl"
_UN_STATISTICS = "https://unstats.un.org/"


def _form(path: Path) -> str | None:
    name = path.name.removesuffix(".gz")
    form = name.rpartition(".")[2].lower()
    return form if form in FORMATS else None


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rpartition(".")[0]


def _drafted(
    files: tuple[Path, ...], graph: str, source: Source, workshop: Workshop, *, merge: bool
) -> Draft:
    """Parse the files one after the other, each in a process of its own."""
    made: list[Path] = []
    problems: list[Problem] = []
    for number, file in enumerate(files):
        out = workshop.folder / f"{graph}-{number}.nt"
        workshop.tell(source.name, number, len(files))
        problems += _parsed(file, out, workshop, merge=merge)
        made.append(out)
    workshop.tell(source.name, len(files), len(files))
    return Draft(graph, tuple(made), source, problems=tuple(problems))


def _parsed(file: Path, out: Path, workshop: Workshop, *, merge: bool) -> Iterator[Problem]:
    base = workshop.iris.graph(_stem(file))
    how = "merge" if merge else "triples"
    arguments = (str(file), _form(file) or "", base, str(out), how)
    told = json.loads(_run(file, arguments))
    if "error" in told:
        raise _unreadable(file, told["error"])
    for ill in told["ill_typed"]:
        yield _ill_typed(file, ill)


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
