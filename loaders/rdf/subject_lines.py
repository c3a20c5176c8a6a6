"""Lines of RDF: where in the text of a file a subject stands."""

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from urbansdg.errors import Place, Problem

MOST_SUBJECTS = 100
"""So many subjects are looked for: each costs a reading of the files."""

MOST_BYTES = 64 << 20
"""A file is read so far, and no line beyond is told."""

_PREFIX = re.compile(r"(?:@?prefix\s+|xmlns:)([\w.-]*)\s*[:=]\s*[<\"']([^>\"']+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the subjects of some files of RDF stand, as far as their text tells it.

    A subject is found by its IRI, or by a prefixed name; one that a relative IRI names is not.
    """

    files: tuple[Path, ...]
    _known: dict[str, Place | None] = field(default_factory=dict)

    def located(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Say of problems with a focus node in which file and line that begins."""
        return tuple(map(self._located, problems))

    def _located(self, problem: Problem) -> Problem:
        focus = problem.place.focus
        if focus is None or problem.place.line is not None:
            return problem
        if focus not in self._known and len(self._known) < MOST_SUBJECTS:
            self._known[focus] = self._found(focus)
        found = self._known.get(focus)
        if found is None:
            return problem
        return replace(problem, place=replace(found, focus=focus, path=problem.place.path))

    def _found(self, subject: str) -> Place | None:
        """Return the first line that begins with the subject, or else names it."""
        named: Place | None = None
        for file in self.files:
            for line, begins in _places(file, subject):
                place = Place(file.name, line=line)
                if begins:
                    return place
                named = named or place
        return named


def _places(file: Path, subject: str) -> Iterator[tuple[int, bool]]:
    """Return the lines that name a subject, and whether they begin with it."""
    names = [f"<{subject}>", f'"{subject}"', f"'{subject}'"]
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as source:
        read = 0
        for number, raw in enumerate(source, 1):
            read += len(raw)
            if read > MOST_BYTES:
                return
            text = raw.decode("utf-8", "replace")
            names += _prefixed(text, subject)
            if any(_names(text, name) for name in names):
                yield number, text.lstrip().startswith(tuple(names))


def _prefixed(text: str, subject: str) -> Iterator[str]:
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
