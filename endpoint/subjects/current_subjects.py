"""The subject file of the version that is served, or of one before it and what changed since.

A write makes no file: the things that it changed are known, and are read from the store until the
next file is made (`urbansdg.endpoint.editions.subject_files`).
"""

from collections.abc import Collection
from dataclasses import dataclass

from urbansdg.endpoint.subjects.statement_counts import StatementCounts
from urbansdg.endpoint.subjects.statement_texts import Row, is_blank, n_quads
from urbansdg.endpoint.subjects.subject_file import SubjectFile
from urbansdg.store import ReadableGraph


@dataclass(frozen=True, slots=True)
class CurrentSubjects:
    """An open subject file, and the IRIs of the things that changed since its version.

    `counts` are those of the version that is served, None where they are not known.
    """

    file: SubjectFile
    changed: frozenset[str]
    counts: StatementCounts | None

    @classmethod
    def of(cls, file: SubjectFile) -> "CurrentSubjects":
        """Return the subjects of the version that a file is of."""
        return cls(file, frozenset(), file.counts)

    def find(self, iri: str) -> list[Row] | None:
        """Return the statements on a subject, none where it has none; None to ask the store."""
        return None if iri in self.changed else self.file.find(iri)

    def n_quads(self, iri: str) -> bytes | None:
        """Return the statements on a subject of one graph as N-Quads; None to ask the store."""
        if iri in self.changed:
            return None
        rows, graph = self.file.find(iri), self.file.graph_of(iri)
        if rows is None or graph is None or any(is_blank(end) for _, end in rows):
            return b"" if rows == [] else None
        return n_quads(iri, rows, graph)

    def followed_by(
        self, things: Collection[str] | None, before: ReadableGraph, after: ReadableGraph
    ) -> "CurrentSubjects | None":
        """Return this for the next version, which changed some things; None where unknown.

        `before` and `after` are the two versions.
        """
        if things is None or self.file.is_removed:
            return None
        counts = None if self.counts is None else self.counts.after(things, before, after)
        return CurrentSubjects(self.file, self.changed.union(things), counts)
