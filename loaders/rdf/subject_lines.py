"""Finds the line of a subject in the text of an RDF file, for problem reports."""

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from urbansdg.errors import Place, Problem

MOST_SUBJECTS = 100
"""The largest number of subjects that are searched: each search reads the files once."""

MOST_BYTES = 64 << 20
"""Bytes of a file that are searched; later lines are not reported."""

_PREFIX = re.compile(r"(?:@?prefix\s+|xmlns:)([\w.-]*)\s*[:=]\s*[<\"']([^>\"']+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SubjectFinder:
    """Finds the lines of subjects in files of RDF by a text search.

    A subject is found by its IRI or a prefixed name, but not by a relative IRI.
    """

    files: tuple[Path, ...]
    _known: dict[str, Place | None] = field(default_factory=dict)

    def located(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Add file and line to the problems that have a focus node."""
        return tuple(map(self._add_line, problems))

    def _add_line(self, problem: Problem) -> Problem:
        focus = problem.place.focus
        if focus is None or problem.place.line is not None:
            return problem
        if focus not in self._known and len(self._known) < MOST_SUBJECTS:
            self._known[focus] = self._find(focus)
        place = self._known.get(focus)
        if place is None:
            return problem
        return replace(problem, place=replace(place, focus=focus, path=problem.place.path))

    def _find(self, subject: str) -> Place | None:
        """Return the first line that begins with the subject, or else contains it."""
        named: Place | None = None
        for file in self.files:
            for line, begins in _places(file, subject):
                place = Place(file.name, line=line)
                if begins:
                    return place
                named = named or place
        return named


def _places(file: Path, subject: str) -> Iterator[tuple[int, bool]]:
    """Yield the lines that contain a subject, and whether they begin with it."""
    names = [f"<{subject}>", f'"{subject}"', f"'{subject}'"]
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as source:
        read = 0
        for number, raw in enumerate(source, 1):
            read += len(raw)
            if read > MOST_BYTES:
                return
            text = raw.decode("utf-8", "replace")
            names += _prefixed_names(text, subject)
            if any(_names(text, name) for name in names):
                yield number, text.lstrip().startswith(tuple(names))


def _prefixed_names(text: str, subject: str) -> Iterator[str]:
    for prefix, namespace in _PREFIX.findall(text):
        if subject.startswith(namespace):
            yield f"{prefix}:{subject.removeprefix(namespace)}"


def _names(text: str, name: str) -> bool:
    at = text.find(name)
    while at >= 0:
        after = text[at + len(name) : at + len(name) + 1]
        if name[0] in "<\"'" or not (after.isalnum() or after in {"_", "-", ":"}):
            return True
        at = text.find(name, at + 1)
    return False
