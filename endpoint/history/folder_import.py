"""The history that release 0.2 left in folders: moved into the index, for versions that are gone.

The pages of a version were in `changes/<number>`, and what they list in `history/<number>`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pydantic import TypeAdapter

from urbansdg.endpoint.history.document_times import MEMBERS, document_address
from urbansdg.endpoint.history.event_members import term
from urbansdg.ontology.namespaces import USDG
from urbansdg.store import GraphStore, Version
from urbansdg.store.history.history_index import (
    Changes,
    HistoryIndex,
    IndexedEvent,
    compressed,
)

_FOLDERS: Final = ("changes", "history")
_CHANGES: Final = TypeAdapter(Changes)
_POLICY: Final = ox.NamedNode(str(USDG.Policy))


def import_folders(folder: Path, store: GraphStore, index: HistoryIndex) -> None:
    """Move what the folders have into the index, and remove them.

    What they have of another state of a version is made again.
    """
    if not any((folder / name).exists() for name in _FOLDERS):
        return
    numbers = {int(path.name) for path in folder.glob("changes/*") if path.name.isdigit()}
    published, current = set(store.numbers()), store.current_number()
    for number in sorted(number for number in numbers if number <= current):
        version = store.version(number) if number in published else None
        _import_version(folder / "changes" / str(number), version, store.base, index)
    for name in _FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)


def _import_version(folder: Path, version: Version | None, base: str, index: HistoryIndex) -> None:
    try:
        changes = _CHANGES.validate_json((folder / "changes.json").read_bytes())
        if version is not None and not changes.are_of(version):
            return
        pages = [(folder / f"{page}.nq").read_bytes() for page in range(1, changes.pages + 1)]
        events = [event for page in pages for event in _events(page, base)]
    except (OSError, ValueError, SyntaxError):  # an incomplete folder
        return
    with index.transaction():
        if index.changes_of(changes.number) is None:
            index.add(changes, events, map(compressed, pages), MEMBERS)


def _events(page: bytes, base: str) -> Iterator[IndexedEvent]:
    """Yield the members of a page of the event stream."""
    state = ox.Store()
    state.load(page, format=ox.RdfFormat.N_QUADS)
    for quad in state.quads_for_pattern(None, term("as:object"), None):
        member, thing = quad.subject, quad.object
        if isinstance(member, ox.NamedNode) and isinstance(thing, ox.NamedNode):
            types = state.quads_for_pattern(member, term("rdf:type"), None)
            kind = next(str(of.object).strip("<>") for of in types).rpartition("#")[2]
            policies = state.quads_for_pattern(thing, term("rdf:type"), _POLICY, member)
            is_policy = next(policies, None) is not None
            listed = document_address(thing.value, base) is not None
            yield IndexedEvent(thing.value, kind, is_policy, listed)
