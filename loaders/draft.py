"""A draft: what was read from one source, written down to be published, with every fact's place."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox

from urbansdg.loaders.fact import Fact, Finding, Gap
from urbansdg.loaders.gazetteer import Gazetteer, Known, bundled_cities
from urbansdg.ontology.iris import Iris, slug
from urbansdg.ontology.names import PREFIXES
from urbansdg.problems import Place, Problem, Severity
from urbansdg.store import Replacement, Source

Tell = Callable[[str, int, int | None], None]
"""Is told of progress: the step's name, how much of it is done, and of how much if known."""

_EVERY = 500


def _bundled() -> Gazetteer:
    return Gazetteer(bundled_cities())


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a reader works with: a folder of its own, the IRIs of the graph, whom to tell.

    `city` is the key of the city that a source without cities is about, None where the person who
    loads said nothing; `known` gives the cities that there are. `base_uri` is what relative IRIs of
    RDF are resolved against, None where that follows from the name of the file.
    """

    folder: Path
    iris: Iris
    tell: Tell = lambda _step, _done, _total: None
    city: str | None = None
    known: Known = _bundled
    base_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Where facts were read, by subject and property, and by subject; and where none stood."""

    facts: dict[tuple[str, str], Place] = field(default_factory=dict)
    subjects: dict[str, Place] = field(default_factory=dict)

    gaps: dict[tuple[str, str], Place] = field(default_factory=dict)

    def note(self, found: Fact | Gap) -> None:
        """Remember the place of a fact, or of a gap; of several, the first."""
        where = self.facts if isinstance(found, Fact) else self.gaps
        where.setdefault((found.subject, found.predicate), found.place)
        if isinstance(found, Fact):
            self.subjects.setdefault(found.subject, found.place)

    def located(self, problem: Problem) -> Problem:
        """Say of a problem with a focus node where in the source that was read."""
        focus, path = problem.place.focus, problem.place.path
        if focus is None:
            return problem
        at = (focus, _expanded(path or ""))
        found = self.facts.get(at) or self.gaps.get(at) or self.subjects.get(focus)
        if found is None:
            return problem
        place = replace(found, focus=focus, path=path)
        return replace(problem, place=place)


class Locator(Protocol):
    """Knows where in a source things were read."""

    def located(self, problem: Problem) -> Problem:
        """Say of a problem with a focus node where in the source that was read, if it is known."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The triples of one graph, in files of N-Triples, and the problems found on the way."""

    graph: str
    files: tuple[Path, ...]
    source: Source
    places: Locator = field(default_factory=Places)
    problems: tuple[Problem, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was found that keeps the source from being loaded."""
        return all(problem.severity is not Severity.VIOLATION for problem in self.problems)

    def replacement(self, iris: Iris) -> Replacement:
        """Return the change that makes these triples the content of the graph."""
        return Replacement(iris.graph(self.graph), self.files, self.source)


def write_draft(
    graph: str, findings: Iterable[Finding], source: Source, workshop: Workshop, total: int | None
) -> Draft:
    """Write the facts down; `total` is how many rows there are to be, for the progress."""
    file = workshop.folder / f"{slug(graph)}.nt"
    places, problems = Places(), list[Problem]()
    triples = _sorted_out(_counted(findings, source.name, workshop, total), places, problems)
    ox.serialize(triples, str(file), format=ox.RdfFormat.N_TRIPLES)
    return Draft(graph, (file,), source, places, tuple(problems))


def _sorted_out(
    findings: Iterable[Finding], places: Places, problems: list[Problem]
) -> Iterator[ox.Triple]:
    for finding in findings:
        if isinstance(finding, Problem):
            problems.append(finding)
            continue
        places.note(finding)
        if isinstance(finding, Fact):
            yield finding.triple()


def _counted(
    findings: Iterable[Finding], step: str, workshop: Workshop, total: int | None
) -> Iterator[Finding]:
    """Tell how many rows have been read, now and then."""
    rows, last = 0, None
    for finding in findings:
        here = (finding.place.file, finding.place.row)
        if here != last:
            last = here
            rows += 1
            if rows % _EVERY == 0:
                workshop.tell(step, rows, total)
        yield finding
    workshop.tell(step, rows, total and max(rows, total))


def checksum(files: Iterable[Path | Traversable]) -> str:
    """Return the SHA-256 of a file, or of several with their names, in hex."""
    listed = list(files)
    if len(listed) == 1:
        return hashlib.sha256(listed[0].read_bytes()).hexdigest()
    digest = hashlib.sha256()
    for file in listed:
        own = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{own}  {file.name}\n".encode())
    return digest.hexdigest()


def _expanded(path: str) -> str:
    """Return the IRI that a report writes short: `usdg:amount`, `<http://...>`."""
    if path.startswith("<"):
        return path.strip("<>")
    prefix, _, local = path.partition(":")
    return PREFIXES.get(prefix, f"{prefix}:") + local
