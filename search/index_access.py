"""The index of a version for one reader, such as a command: opened, or made where it is missing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from urbansdg.errors import SearchIndexDamaged
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.search.index_build import index_folder, is_of, make_index
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.index_record import damaged_files
from urbansdg.store import Backend, Version, VersionedBackend
from urbansdg.store.versions.data_directory import DataDirectory


@contextmanager
def opened_index(backend: Backend, number: int | None = None) -> Iterator[SearchIndex]:
    """Open the index of a version, the current one for None.

    A missing one is made in the data directory, or in a temporary folder where that is read-only.
    Raises `StoreError` where the version cannot be read.
    """
    store = backend.on_disk()
    version = store.current() if number is None else store.version(number)
    catalogue = DataDirectory(store.directory).catalogue
    index = _ready(store, version, catalogue)
    if index is None:
        with suppress(OSError):
            make_index(store, version, catalogue)
        index = _ready(store, version, catalogue)
    if index is not None:
        yield index
        return
    with TemporaryFolder() as scratch:
        make_index(store, version, Path(scratch))
        yield SearchIndex.open(index_folder(Path(scratch), version.number))


def _ready(store: VersionedBackend, version: Version, catalogue: Path) -> SearchIndex | None:
    """Return the index of a version where it is there, whole, and of its present state."""
    folder = index_folder(catalogue, version.number)
    try:
        index = SearchIndex.open(folder)
    except SearchIndexDamaged:
        return None
    is_current = is_of(index.record, version, store)
    return index if is_current and not damaged_files(folder, index.record) else None
