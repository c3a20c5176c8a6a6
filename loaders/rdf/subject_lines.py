"""Lines of RDF: where in the text of a file a subject stands."""

import gzip
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from urbansdg.errors import Place, Problem

MOST_SUBJECTS = 100
"""So many subjects are looked for."""

MOST_BYTES = 64 << 20
"""A file is read so far, and no line beyond is told."""

_PREFIX = re.compile(r"(?:@?prefix\s+|xmlns:)([\w.-]*)\s*[:=]\s*[<\"']([^>\"']+)", re.IGNORECASE)


_TOKEN = re.compile(
    r"<(?P<iri>[^<>\s]*)>|\"(?P<double>[^\"\s]*)\"|'(?P<single>[^'\s]*)'"
    r"|(?P<prefix>[\w.-]*):(?P<local>(?:[\w%:-]|\.(?=[\w%:-]))+)"
)
"""What may name a subject: an IRI, a quoted IRI (in XML and JSON), or a prefixed name."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the subjects of some files of RDF stand, as far as their text tells it.

    A subject is found by its IRI, or by a prefixed name; one that a relative IRI names is not.
    """

    files: tuple[Path, ...]
    _known: dict[str, Place | None] = field(default_factory=dict)

    def located(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Say of problems with a focus node in which file and line that begins."""
        places = (each.place for each in problems if each.place.line is None)
        asked = dict.fromkeys(place.focus for place in places if place.focus is not None)
        new = [focus for focus in asked if focus not in self._known]
        self._find(new[: max(0, MOST_SUBJECTS - len(self._known))])
        return tuple(map(self._located, problems))

    def _located(self, problem: Problem) -> Problem:
        focus = problem.place.focus
        found = None if focus is None else self._known.get(focus)
        if found is None or problem.place.line is not None:
            return problem
        return replace(problem, place=replace(found, focus=focus, path=problem.place.path))

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
                named = token["iri"] or token["double"] or token["single"]
                if token["prefix"] is not None:
                    named = namespaces.get(token["prefix"], "") + token["local"]
                if named in sought:
                    yield number, named, token.start() == start
