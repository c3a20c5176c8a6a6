"""Finds the line of a subject in the text of an RDF file, for problem reports."""

import gzip
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from urbansdg.errors import Place, Problem

MOST_SUBJECTS = 100
"""The largest number of subjects that are searched."""

MOST_BYTES = 64 << 20
"""Bytes of a file that are searched; later lines are not reported."""

_PREFIX = re.compile(r"(?:@?prefix\s+|xmlns:)([\w.-]*)\s*[:=]\s*[<\"']([^>\"']+)", re.IGNORECASE)


_TOKEN = re.compile(
    r"<(?P<iri>[^<>\s]*)>|\"(?P<double>[^\"\s]*)\"|'(?P<single>[^'\s]*)'"
    r"|(?P<prefix>[\w.-]*):(?P<local>(?:[\w%:-]|\.(?=[\w%:-]))+)"
)
"""What may name a subject: an IRI, a quoted IRI (in XML and JSON), or a prefixed name."""


@dataclass(frozen=True, slots=True)
class SubjectFinder:
    """Finds the lines of subjects in files of RDF by a text search.

    A subject is found by its IRI or a prefixed name, but not by a relative IRI.
    """

    files: tuple[Path, ...]
    _known: dict[str, Place | None] = field(default_factory=dict)

    def located(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Add file and line to the problems that have a focus node."""
        places = (problem.place for problem in problems if problem.place.line is None)
        nodes = dict.fromkeys(place.focus for place in places if place.focus is not None)
        new = [focus for focus in nodes if focus not in self._known]
        self._find(new[: max(0, MOST_SUBJECTS - len(self._known))])
        return tuple(map(self._add_line, problems))

    def _add_line(self, problem: Problem) -> Problem:
        focus = problem.place.focus
        place = None if focus is None else self._known.get(focus)
        if place is None or problem.place.line is not None:
            return problem
        return replace(problem, place=replace(place, focus=focus, path=problem.place.path))

    def _find(self, subjects: Sequence[str]) -> None:
        """Note the first line that begins with each subject, or else names it, in one pass."""
        self._known.update(dict.fromkeys(subjects))
        sought = set(subjects)
        for file in self.files:
            for line, subject, begins in _places(file, sought) if sought else ():
                if begins or self._known[subject] is None:
                    self._known[subject] = Place(file.name, line=line)
                if begins:
                    sought.discard(subject)


def _places(file: Path, sought: Collection[str]) -> Iterator[tuple[int, str, bool]]:
    """Yield the lines that name a subject which is sought, and whether they begin with it."""
    namespaces: dict[str, str] = {}
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as source:
        read = 0
        for number, raw in enumerate(source, 1):
            read += len(raw)
            if read > MOST_BYTES or not sought:
                return
            text = raw.decode("utf-8", "replace")
            namespaces.update(_PREFIX.findall(text))
            start = len(text) - len(text.lstrip())
            for token in _TOKEN.finditer(text):
                name = token["iri"] or token["double"] or token["single"]
                if token["prefix"] is not None:
                    name = namespaces.get(token["prefix"], "") + token["local"]
                if name in sought:
                    yield number, name, token.start() == start
