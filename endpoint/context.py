"""What every part of the endpoint is given: one frozen object."""

from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from urbansdg.egress.service_gateway import Gateway
from urbansdg.endpoint.cache.answer_source import Answers
from urbansdg.endpoint.cache.document_cache import DocumentCache
from urbansdg.endpoint.current_version import CurrentVersion
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.search.search_indexes import SearchIndexes
from urbansdg.endpoint.shared_memory.shared_state import SharedState
from urbansdg.endpoint.versions.open_versions import OpenVersions
from urbansdg.endpoint.versions.version_follower import Follower, Snapshot
from urbansdg.endpoint.versions.version_numbers import absent, published
from urbansdg.endpoint.web.content_negotiation import Negotiation
from urbansdg.endpoint.web.rate_limit import Clients
from urbansdg.endpoint.workers.worker_pool import WorkerPool, WorkerSource
from urbansdg.endpoint.writes.http_writer import HttpWriter
from urbansdg.errors import VersionNotFound
from urbansdg.ontology.iris import Iris
from urbansdg.settings import Settings
from urbansdg.store import Access, Backend

__all__ = ["Context", "Snapshot"]


@dataclass(frozen=True)
class Context:
    """Settings, graph, workers, IRIs, formats, caches, clients, writer: what every handler needs.

    `engine` is the access to the SPARQL engine that holds the graph, None for a graph on disk.
    `indexes` are the search indexes of the versions. `gateway` is None where SERVICE is closed.
    `shelf` has older versions open.
    `shared` is what the front ends of the server share.
    """

    settings: Settings
    store: Backend
    pool: WorkerPool
    tiers: WorkerSource
    answers: Answers
    iris: Iris
    negotiation: Negotiation
    follower: Follower
    clients: Clients
    documents: DocumentCache
    current: CurrentVersion
    writer: HttpWriter | None = None
    gateway: Gateway | None = None
    editions: Editions | None = None
    indexes: SearchIndexes | None = None
    engine: Access | None = None
    shelf: OpenVersions = field(default_factory=OpenVersions)
    shared: SharedState = field(default_factory=SharedState)

    def snapshot(self) -> Snapshot:
        """Return the current version, open for reading; hold it for one request, no longer."""
        return self.follower.snapshot

    async def chosen_snapshot(self, number: int | None) -> Snapshot:
        """Return a version as `snapshot_of` does, in a thread; the current one for None."""
        if number is None:
            return self.snapshot()
        return await run_in_threadpool(self.snapshot_of, number)

    def snapshot_of(self, number: int) -> Snapshot:
        """Return a version by its number, open for reading; raises `Fault` (404, 410)."""
        current = self.follower.snapshot
        if number == current.number:
            return current
        version = published(self.store, number)
        try:
            return self.shelf.snapshot(self.store, version)
        except VersionNotFound:
            raise absent(number, current.number) from None
