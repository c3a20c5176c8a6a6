"""Workers for one process that asks the graph without a server: a command, or a script."""

import contextlib
from collections.abc import AsyncIterator

from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.workers.storage_tiers import StorageTiers
from urbansdg.endpoint.workers.worker_pool import WorkerPool
from urbansdg.settings import Settings


@contextlib.asynccontextmanager
async def workers_on(version: ServedVersion, settings: Settings) -> AsyncIterator[WorkerPool]:
    """Start the workers of the settings on a version, from disk; end them with the block.

    Raises `WorkersUnavailable` where none can be started.
    """
    tiers = StorageTiers(settings)
    pool = WorkerPool(settings, tiers)
    try:
        await pool.start(version)
        yield pool
    finally:
        await pool.close()
        await tiers.close()
