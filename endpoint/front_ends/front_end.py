"""A front end: which one of how many it is, and its part of what the server may take."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from urbansdg.egress.service_gateway import Gateway
from urbansdg.endpoint.front_ends.coordinator_messages import CoordinatorSockets
from urbansdg.endpoint.front_ends.shared_tiers import SharedTiers
from urbansdg.endpoint.front_ends.write_service import RemoteWriteQueue
from urbansdg.endpoint.shared_memory.shared_state import SharedState
from urbansdg.endpoint.workers.storage_tiers import StorageTiers, unknown
from urbansdg.endpoint.workers.worker_pool import WorkerPool
from urbansdg.endpoint.workers.zygote_client import Tier
from urbansdg.endpoint.writes.publisher import Publisher
from urbansdg.endpoint.writes.write_queue import LocalWriteQueue, WriteQueue
from urbansdg.errors import StoreError
from urbansdg.settings import Settings
from urbansdg.store import Access, Backend, VersionedBackend

_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """One of the front ends of a server: what it shares with the others.

    `sockets` lead to the coordinator; None for a front end that is alone, which does all itself.
    `gateway` is the one for SERVICE, None where SERVICE is closed.
    """

    shared: SharedState = field(default_factory=SharedState)
    index: int = 0
    sockets: CoordinatorSockets | None = None
    gateway: Gateway | None = None

    def part_of(self, settings: Settings) -> Settings:
        """Return the settings with this front end's part of workers and caches."""
        count = self.shared.front_ends
        if count == 1:
            return settings
        parts = {
            "workers": self.shared.rows.workers(self.index),
            "archive_workers": max(1, settings.archive_workers // count),
            "cache_bytes": settings.cache_bytes // count,
            "document_cache_bytes": settings.document_cache_bytes // count,
        }
        return settings.model_copy(update=parts)

    def tiers(self, settings: Settings, store: Backend) -> StorageTiers | SharedTiers:
        """Return where its workers come from."""
        if self.sockets is None:
            return own_tiers(settings, store, self.gateway)
        lowest: Tier = "disk" if Access.of(settings) is None else "engine"
        return SharedTiers(self.sockets, self.shared.rows, self.index, lowest)

    def join_pool(
        self,
        pool: WorkerPool,
        tiers: StorageTiers | SharedTiers,
        stop: Callable[[int, int], None],
    ) -> None:
        """Share the workers of a pool with the other front ends.

        `stop` ends a query that makes too many requests by SERVICE, see `Gateway`.
        """
        if isinstance(tiers, SharedTiers):
            tiers.share(pool)
            tiers.stop_worker = stop
        elif self.gateway is not None:
            self.gateway.stop_worker = stop

    def write_queue(self, settings: Settings) -> WriteQueue:
        """Return where its writes wait."""
        if self.sockets is None:
            return LocalWriteQueue(Publisher(settings))
        return RemoteWriteQueue(self.sockets)


def front_end_count(settings: Settings) -> int:
    """Return how many front ends there are: as many as cores, at most four, unless it is set."""
    if settings.front_ends is not None:
        return settings.front_ends
    return min(len(os.sched_getaffinity(0)), _MOST) if Access.of(settings) is None else 1


def all_workers(settings: Settings, front_ends: int) -> int:
    """Return how many workers there are: at least one for each front end."""
    return max(settings.workers, front_ends)


def gateway_of(settings: Settings) -> Gateway | None:
    """Return the gateway for SERVICE, None where SERVICE is closed."""
    return Gateway(settings) if settings.service_hosts.strip() and not Access.of(settings) else None


def own_tiers(settings: Settings, store: Backend, gateway: Gateway | None) -> StorageTiers:
    """Return the tiers of the process that forks the workers."""
    things = unknown if Access.of(settings) else partial(_apart, store.versioned())
    return StorageTiers(settings, gateway.port if gateway else None, things)


def _apart(store: VersionedBackend, old: int, new: int) -> frozenset[str] | None:
    """Return the things on which two versions may differ, None where that is unknown."""
    try:
        return store.apart(store.version(old), store.version(new))
    except StoreError:  # pruned, or damaged: the new version is read as a whole
        return None
