"""Workers for one process that asks the graph without a server: a command, or a script."""

import contextlib
from collections.abc import AsyncIterator

from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.workers.storage_tiers import Tiers
from urbansdg.endpoint.workers.worker_pool import Pool
from urbansdg.settings import Settings
from urbansdg.store import AnyStore, RemoteStore, Version


@contextlib.asynccontextmanager
async def workers_on(version: ServedVersion, settings: Settings) -> AsyncIterator[Pool]:
    """Start the workers of the settings on a version, from disk; end them with the block."""
    tiers = Tiers(settings)
    pool = Pool(settings, tiers)
    await pool.start(version)
    try:
        yield pool
    finally:
        await pool.close()
        await tiers.close()


def readable_version(store: AnyStore, number: int | None = None) -> Version:
    """Return a version for queries, the current one by default.

    For a graph in an engine, it is read with the graphs that the engine has now. Raises
    `VersionNotFound`, `VersionDamaged`, `EngineUnavailable`.
    """
    if number is not None:
        return store.version(number)
    return store.newest_whole() if isinstance(store, RemoteStore) else store.current()


def default_graphs(store: AnyStore, version: Version) -> tuple[str, ...]:
    """Return the graphs whose union an engine has to be asked for; none for a graph on this disk.

    Workers on this disk ask the union of all graphs by themselves.
    """
    return tuple(version.graphs) if isinstance(store, RemoteStore) else ()
