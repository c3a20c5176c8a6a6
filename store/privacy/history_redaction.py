"""Forgetting in the index of the history: rows and pages, and their bytes in the file.

Changes of versions that are there are removed, and are made from the revised versions again. Pages
of versions that are gone are all there is of these; they lose statements. Their patches are
removed: a version that is gone cannot be rebuilt from before a redaction. Deleted rows are
overwritten, and the file is written anew at the end, so that no byte of them is left in it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import StoreBusy
from urbansdg.ontology.namespaces import ACTIVITY_STREAMS
from urbansdg.store.history.history_index import (
    FILE,
    HistoryIndex,
    discard,
    is_damage,
    read_index,
    write_index,
)
from urbansdg.store.versions.data_directory import DataDirectory

Cleaning = Callable[[ox.Store], int]
"""Takes what is forgotten out of the state of a page; returns how many statements that is."""

_OBJECT: Final = ox.NamedNode(f"{ACTIVITY_STREAMS}object")


def pages_of(catalogue: Path) -> Iterator[bytes]:
    """Yield the pages of the event stream, in N-Quads; none where there is no whole index."""
    try:
        with read_index(catalogue) as index:
            for _, _, content in index.pages():
                yield content
    except sqlite3.Error:
        return


def clean_history(layout: DataDirectory, redactions: int, clean: Cleaning) -> dict[str, int]:
    """Forget in the index, and return how much left it, by place.

    `redactions` counts this one. The index has it before the data directory counts it: killed
    between, the next writer cleans the index again. Raises `StoreBusy` where another process keeps
    the index locked.
    """
    try:
        with write_index(layout.catalogue) as index:
            with index.transaction():
                present = {int(path.name) for path in layout.versions.glob("[0-9]*")}
                remade = [number for number in index.numbers() if number in present]
                index.remove(remade)
                index.remove_patches()
                losses = sum(_clean_pages(index, clean))
                index.note_redactions(redactions)
            index.rewrite()
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            discard(layout.catalogue)
            return {f"files in catalogue/{FILE}": 1}
        raise StoreBusy(
            f"The index of the history is in use: {error}.", "Repeat the command."
        ) from error
    return {"histories of versions": len(remade), "pages of changes": losses}


def _clean_pages(index: HistoryIndex, clean: Cleaning) -> Iterator[int]:
    """Clean the pages that are left; yield how many statements leave each."""
    for number, page, content in index.pages():
        state = ox.Store()
        state.load(content, format=ox.RdfFormat.N_QUADS)
        events = _members(state)
        losses = clean(state)
        if losses:
            gone = events.keys() - _members(state).keys()
            for member in gone:
                losses += _remove_member(state, member)
            index.put_page(number, page, _sorted(state))
            index.remove_events(number, {events[member] for member in gone})
        yield losses


def _members(state: ox.Store) -> dict[ox.NamedNode, str]:
    """Return the members of a page, with the IRIs of their things."""
    return {
        quad.subject: quad.object.value
        for quad in state.quads_for_pattern(None, _OBJECT, None)
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
    }


def _remove_member(state: ox.Store, member: ox.NamedNode) -> int:
    """Remove a member whose thing is forgotten: its IRI names the thing too."""
    quads = {
        *state.quads_for_pattern(member, None, None),
        *state.quads_for_pattern(None, None, member),
        *state.quads_for_pattern(None, None, None, member),
    }
    for quad in quads:
        state.remove(quad)
    return len(quads)


def _sorted(state: ox.Store) -> bytes:
    return "".join(sorted(f"{quad} .\n" for quad in state)).encode()
