"""Rules that refuse a load as a whole, whatever its reader: too little of it, or a thing twice.

They are decided from what the drafts contain. The bundled data is exempt: `initialise` replaces it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from urbansdg.errors import Place, Problem
from urbansdg.loaders.drafts.draft import Draft, duplicate_rows
from urbansdg.ontology.iris import Iris
from urbansdg.store import Source, Version

NOTHING_ACCEPTED: Final = "nothing-accepted"
MUCH_REMOVED: Final = "much-removed"
_CHUNK: Final = 1 << 20
_ANY_CONTENT: Final = "rdf"
"""The reader of files whose names alone say whether they are the same source."""


@dataclass(frozen=True, slots=True)
class LoadRules:
    """The rules of a load into the graph of a version."""

    version: Version
    iris: Iris
    may_shrink: bool = False

    def __call__(self, drafts: Sequence[Draft]) -> Iterator[Problem]:
        """Yield the reasons to refuse these drafts."""
        for draft in drafts:
            if is_empty(draft):
                yield _nothing_accepted(draft)
            elif not self.may_shrink:
                yield from self._shrinkage(draft)
        if len(drafts) > 1:
            yield from _across(drafts)

    def _shrinkage(self, draft: Draft) -> Iterator[Problem]:
        before = self.version.graphs.get(self.iris.graph(draft.graph))
        if before is None or not _is_same_source(before.source, draft.source):
            return
        half = (before.triples + 1) // 2
        after = _triples(draft, half)
        if after < half:
            yield Problem(
                MUCH_REMOVED,
                f"The graph {draft.graph} has {before.triples:,} triples from this source; the load"
                f" would leave {after:,}, less than half.",
                "Check that the source is complete. If it is, load it with --replace.",
                Place(draft.source.name),
            )


def is_empty(draft: Draft) -> bool:
    """Return whether nothing of a source was accepted: no row, or no triple if it has no rows."""
    if draft.rows is not None:
        return draft.rows == 0
    return not any(file.stat().st_size for file in draft.files)


def _nothing_accepted(draft: Draft) -> Problem:
    name, left_out = draft.source.name, len(draft.problems)
    if draft.rows is None:
        message = f"{name} has no triples."
    elif left_out:
        message = f"No row of {name} was accepted."
    else:
        message = f"{name} has no rows."
    remedy = "Fix the problems in the list and load again." if left_out else "Check the source."
    return Problem(NOTHING_ACCEPTED, message, remedy, Place(name))


def _is_same_source(before: dict[str, str | None], source: Source) -> bool:
    """Return whether a graph was loaded from the same source, perhaps from another edition of it.

    An edition of a workbook or a table has another file name, and the same reader and graph.
    """
    if not before:  # edited since, so that its source is not known
        return False
    names = (str(before.get("name")), source.name)
    bare = {name.removesuffix(" (without rejected data)") for name in names}
    is_located = source.location is not None and before.get("location") == source.location
    is_read_alike = before.get("reader") == source.reader and source.reader != _ANY_CONTENT
    return len(bare) == 1 or is_located or is_read_alike


def _triples(draft: Draft, enough: int) -> int:
    """Count the triples of a draft, until there are enough."""
    count = 0
    for file in draft.files:
        with file.open("rb") as lines:
            while count < enough and (chunk := lines.read(_CHUNK)):
                count += chunk.count(b"\n")
    return count


def _across(drafts: Sequence[Draft]) -> Iterator[Problem]:
    """Yield the things that rows of two sources describe.

    Cities and other things of reference are described by several sources, each in its own graph.
    """
    by_rows = [draft for draft in drafts if draft.things is not None]
    hashes = (hashed for draft in by_rows for hashed in draft.things or ())
    files = (file for draft in by_rows for file in draft.places.files)
    for duplicate in duplicate_rows(files, hashes):
        if not duplicate.is_of_sources:
            yield duplicate.problem(is_left_out=False)
