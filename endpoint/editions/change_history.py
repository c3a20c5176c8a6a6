"""The history of the graph up to a version: the things that each version added, changed, removed.

`make_history` compares each version with the kept one before it, if not done before, and writes the
differences to `FOLDER/changes/<number>`, in pages; then it lists everything in the requested
version in `FOLDER/history/<number>`. The oldest version is compared with an empty one.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import pyoxigraph as ox
from pydantic import TypeAdapter

from urbansdg.endpoint.editions.document_times import Times, write_listing
from urbansdg.endpoint.editions.draft_folder import drafted, forget
from urbansdg.endpoint.editions.event_members import Event, page_iri, written
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.ontology.rdf_dataset import RdfDataset
from urbansdg.ontology.vocabulary_files import scheme_files
from urbansdg.store import GraphStore, Version
from urbansdg.store.retention import hold
from urbansdg.store.version_diff import things

PAGE: Final = 250
"""The changed things on one page of the event stream."""

NEWEST: Final = 50
"""The number of newest policies in the feed."""

_HISTORIES: Final = 3
_POLICY: Final = ox.NamedNode(str(USDG.Policy))
_TYPE: Final = ox.NamedNode(f"{PREFIXES['rdf']}type")

ActivityKind = Literal["Create", "Update", "Delete"]


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of a version: how many things, on how many pages.

    `created` is when the version was made, in UTC, `mark` identifies its revision; `since` is the
    version that it is compared with, None for the first.
    """

    number: int
    created: datetime
    since: int | None
    things: int
    pages: int
    mark: str


@dataclass(frozen=True, slots=True)
class News:
    """A policy that was added, and when."""

    iri: str
    created: datetime


@dataclass(frozen=True, slots=True)
class History:
    """The changes up to a version, oldest first; the newest policies; the parts of the sitemap.

    `parts` has the time of the latest change for each part of the sitemap; `redactions` is the
    number of redactions of versions so far.
    """

    number: int
    created: datetime
    changes: tuple[Changes, ...]
    newest: tuple[News, ...]
    parts: tuple[datetime, ...]
    redactions: int


_HISTORY: Final = TypeAdapter(History)
_CHANGES: Final = TypeAdapter(Changes)


def read_history(folder: Path, version: Version) -> History | None:
    """Return the history up to a version, None if it is not made, or of another state."""
    try:
        record = (folder / "history" / str(version.number) / "history.json").read_bytes()
        history = _HISTORY.validate_json(record)
    except (OSError, ValueError):
        return None
    return history if history.created == version.created else None


def page_path(folder: Path, number: int, page: int) -> Path:
    """Return the path of a page of changes; pages count from 1."""
    return folder / "changes" / str(number) / f"{page}.nq"


def part_path(folder: Path, number: int, part: int) -> Path:
    """Return the path of a part of the sitemap of a version; parts count from 1."""
    return folder / "history" / str(number) / f"{part}.xml"


def states(folder: Path, history: History, iri: str) -> list[tuple[int, int]]:
    """Return the ranges of versions that have a thing, each as first and first without."""
    spans: list[tuple[int, int]] = []
    begins: int | None = None
    for changes in history.changes:
        kind = _kind_in(folder / "changes" / str(changes.number) / "things.tsv", iri)
        if kind == "Delete" and begins is not None:
            spans.append((begins, changes.number))
            begins = None
        elif kind not in (None, "Delete") and begins is None:
            begins = changes.number
    return spans if begins is None else [*spans, (begins, history.number + 1)]


def _kind_in(record: Path, iri: str) -> str | None:
    """Return the kind of the change of a thing in a record of changes, None without one."""
    ending = f"\t{iri}\n"
    with record.open(encoding="utf-8") as things:
        line = next((line for line in things if line.endswith(ending)), None)
    return None if line is None else line.partition("\t")[0]


def build(store: GraphStore, version: Version, folder: Path) -> None:
    """Make the history up to a version in `folder`; changes made before are reused."""
    redactions = store.redactions()
    known = tuple(_all_changes(store, version, folder))
    times = _times(folder, known)
    history = folder / "history"
    with drafted(history / str(version.number)) as draft:
        parts = write_listing(times, store.base, _pages(version, store.base), draft)
        newest = tuple(_newest(store.read(version), times))
        history_built = History(version.number, version.created, known, newest, parts, redactions)
        (draft / "history.json").write_bytes(_HISTORY.dump_json(history_built))
    forget(history, _HISTORIES, version.number)


def _all_changes(store: GraphStore, last: Version, folder: Path) -> Iterator[Changes]:
    """Yield the changes of every version; those of removed versions as they were recorded."""
    versions_by_number = {
        version.number: version for version in store.versions() if version.number <= last.number
    }
    folder_of_history = folder / "changes"
    there = {int(path.name) for path in folder_of_history.glob("*") if path.name.isdigit()}
    before: Version | None = None
    for number in sorted(
        {*versions_by_number, *(number for number in there if number <= last.number)}
    ):
        version = versions_by_number.get(number)
        known = _read_changes(folder_of_history / str(number))
        if version is not None:
            if known is None or _state(known) != _state(version):
                known = _compare(store, version, before, folder_of_history)
            before = version
        if known is not None:
            yield known


def _state(state: Version | Changes) -> tuple[datetime, str]:
    return state.created, state.mark


def _read_changes(folder: Path) -> Changes | None:
    try:
        return _CHANGES.validate_json((folder / "changes.json").read_bytes())
    except (OSError, ValueError):
        return None


def _compare(
    store: GraphStore, version: Version, before: Version | None, draft_folder: Path
) -> Changes:
    with ExitStack() as leases:
        for edition in filter(None, (version, before)):
            leases.enter_context(hold(edition.path))
        now = store.read(version)
        then = ox.Store() if before is None else store.read(before)
        changed = sorted(_changed(store, version, before, now))
        events = [Event(iri, _kind(iri, now, then), version.created) for iri in changed]
        with drafted(draft_folder / str(version.number)) as draft:
            pages = _write_pages(events, now, store.base, version.number, draft)
            since = None if before is None else before.number
            change_set = Changes(
                version.number, version.created, since, len(events), pages, version.mark
            )
            (draft / "changes.json").write_bytes(_CHANGES.dump_json(change_set))
    return change_set


def _changed(
    store: GraphStore, version: Version, before: Version | None, now: RdfDataset
) -> set[str]:
    """Return the changes of a version; things redacted from the version before do not count."""
    if before is None:
        return _named(now)
    return {*things(store, before, version), *version.withdrawn}


def _write_pages(
    events: Sequence[Event], now: RdfDataset, base: str, number: int, draft: Path
) -> int:
    """Write events as pages and as a list by thing; return the number of pages."""
    with (draft / "things.tsv").open("w", encoding="utf-8") as record:
        record.writelines(f"{event.kind}\t{event.thing}\n" for event in events)
    starts = range(0, len(events), PAGE)
    for page, start in enumerate(starts, 1):
        here = page_iri(base, number, page)
        page_content = written(events[start : start + PAGE], now, base, here)
        (draft / f"{page}.nq").write_bytes(page_content)
    return len(starts)


def _named(quads: Iterable[ox.Quad]) -> set[str]:
    """Return the things that are subjects of statements."""
    return {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}


def _kind(iri: str, now: RdfDataset, then: RdfDataset) -> ActivityKind:
    if not _is_described(iri, now):
        return "Delete"
    return "Update" if _is_described(iri, then) else "Create"


def _is_described(iri: str, store: RdfDataset) -> bool:
    return next(store.quads_for_pattern(ox.NamedNode(iri), None, None), None) is not None


def _times(folder: Path, known: tuple[Changes, ...]) -> dict[str, Times]:
    """Return the times of all things after those changes."""
    times: dict[str, Times] = {}
    for changes in known:
        record = folder / "changes" / str(changes.number) / "things.tsv"
        with record.open(encoding="utf-8") as things:
            for line in things:
                kind, _, iri = line.rstrip("\n").partition("\t")
                before = times.pop(iri, None)
                if kind != "Delete":
                    added = before.added if before else changes.created
                    times[iri] = Times(added, changes.created)
    return times


def _pages(version: Version, base: str) -> dict[str, datetime]:
    """Return the pages other than documents, with the time of the version."""
    paths = ["/", "/dataset", "/ontology", "/shapes"]
    paths += [f"/vocab/{scheme.name.removesuffix('.ttl')}" for scheme in scheme_files()]
    addresses = [base + path for path in paths]
    addresses += sorted(graph for graph in version.graphs if graph.startswith(f"{base}/"))
    return dict.fromkeys(addresses, version.created)


def _newest(store: RdfDataset, times: dict[str, Times]) -> Iterator[News]:
    quads = store.quads_for_pattern(None, _TYPE, _POLICY)
    policies = {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}
    dated = [News(iri, times[iri].added) for iri in policies if iri in times]
    yield from sorted(dated, key=lambda thing: (-thing.created.timestamp(), thing.iri))[:NEWEST]


def make_history(data_dir: str, number: int, folder: str) -> None:
    """Make the history up to a version, in a process of its own (`background_jobs`)."""
    store = GraphStore.open(Path(data_dir))
    build(store, store.version(number), Path(folder))
