"""The retention of versions: which are kept, and the removal of the others."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from urbansdg.errors import VersionDamaged
from urbansdg.settings import RetentionPolicy
from urbansdg.store.backend import VersionedBackend
from urbansdg.store.versions.data_directory import SEARCH_FOLDER, DataDirectory
from urbansdg.store.versions.disk_space import spending_reserve
from urbansdg.store.versions.tags import Tags
from urbansdg.store.versions.version import place, read_version
from urbansdg.store.versions.version_leases import alone, hold
from urbansdg.store.versions.writer_lock import writable, writing

__all__ = ["damaged_versions", "hold", "prune", "prune_damaged", "superfluous"]


def prune(
    store: VersionedBackend, keep: int | RetentionPolicy, most: int | None = None
) -> tuple[int, ...]:
    """Remove old versions, at most so many, and return their numbers.

    Kept are the newest `keep`, or what the policy retains; the current one, the newest that is
    whole, every one that has a tag, and every one that a reader has open. Killed half-way, it
    leaves whole versions and no part of one.
    Raises `StoreBusy`, `StoreNotWritable`.
    """
    layout = DataDirectory(store.directory)
    with _freeing(store):
        doomed = superfluous(store, keep)[:most]
        return tuple(number for number in doomed if _removed(layout, number))


def superfluous(
    store: VersionedBackend, keep: int | RetentionPolicy, now: datetime | None = None
) -> tuple[int, ...]:
    """Return the numbers of the versions that `prune` would remove if no reader had them open."""
    numbers = sorted(store.numbers())
    spared = {*numbers[-1:], *Tags(store.directory).all().values()}
    with suppress(VersionDamaged):
        spared.add(store.newest_whole().number)
    if isinstance(keep, int):
        spared.update(numbers[-max(keep, 1) :])
    else:
        created = {}
        for number in numbers:
            try:
                created[number] = store.version(number).created
            except VersionDamaged:  # its age is unknown; `prune_damaged` removes it
                spared.add(number)
        spared |= keep.retained(created, now or datetime.now(UTC))
    return tuple(number for number in numbers if number not in spared)


def damaged_versions(store: VersionedBackend) -> tuple[int, ...]:
    """Return the numbers of the versions that are damaged, except the current one."""
    read: dict[int, str] = {}
    current = store.current_number()
    return tuple(
        number
        for number in store.numbers()
        if number != current and store.damaged_files(number, read)
    )


def prune_damaged(store: VersionedBackend) -> tuple[int, ...]:
    """Remove the versions that are damaged, by reading every file, and return their numbers.

    The current version stays: `urbansdg repair` replaces it. Raises `StoreBusy`,
    `StoreNotWritable`.
    """
    layout = DataDirectory(store.directory)
    with _freeing(store):
        doomed = damaged_versions(store)
        return tuple(number for number in doomed if _removed(layout, number))


@contextmanager
def _freeing(store: VersionedBackend) -> Iterator[None]:
    """Hold the writers' lock for a work that frees space, for which a full disk has a reserve."""
    lock = DataDirectory(store.directory).lock
    with (
        writable(store.directory),
        spending_reserve(store.directory),
        writing(lock, store.patience),
    ):
        yield


def _removed(layout: DataDirectory, number: int) -> bool:
    folder = layout.versions / str(number)
    with alone(_graph(folder)) as nobody:
        if nobody:
            grave = layout.forks / f"pruned-{number}"
            folder.rename(grave)
            shutil.rmtree(grave, ignore_errors=True)
            shutil.rmtree(layout.catalogue / SEARCH_FOLDER / str(number), ignore_errors=True)
        return nobody


def _graph(folder: Path) -> Path:
    """Return where the version in a folder has its graph, whose record may be damaged."""
    try:
        return read_version(folder).path
    except VersionDamaged:
        return folder / place(0)
