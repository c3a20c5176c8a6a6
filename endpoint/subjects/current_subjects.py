"""The subject file of the version that is served, or of one before it and what changed since.

A write makes no file: the things that it changed are known, and are read from the store until the
next file is made (`urbansdg.endpoint.editions.subject_files`).
"""

from collections.abc import Collection
from dataclasses import dataclass

from urbansdg.endpoint.subjects.statement_texts import Row
from urbansdg.endpoint.subjects.subject_file import SubjectFile


@dataclass(frozen=True, slots=True)
class CurrentSubjects:
    """An open subject file, and the IRIs of the things that changed since its version."""

    file: SubjectFile
    changed: frozenset[str] = frozenset()

    def find(self, iri: str) -> list[Row] | None:
        """Return the statements on a subject, none where it has none; None to ask the store."""
        return None if iri in self.changed else self.file.find(iri)

    def followed_by(self, things: Collection[str] | None) -> "CurrentSubjects | None":
        """Return this for the next version, which changed some things; None where unknown."""
        if things is None or self.file.is_removed:
            return None
        return CurrentSubjects(self.file, self.changed.union(things))
