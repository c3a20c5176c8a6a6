"""What every part of the endpoint is given: one frozen object."""

from dataclasses import dataclass

from urbansdg.endpoint.editions import Editions
from urbansdg.endpoint.follower import Follower, Snapshot, Versions
from urbansdg.endpoint.negotiation import Negotiation
from urbansdg.endpoint.pool import Pool
from urbansdg.endpoint.writer import Writer
from urbansdg.ontology.iris import Iris
from urbansdg.settings import Settings

__all__ = ["Context", "Snapshot"]


@dataclass(frozen=True)
class Context:
    """What requests are answered from, and with what.

    The settings, the graph on disk, the workers, the IRIs, the formats, the current version, who
    writes (None where nobody may), and the editions (None where the graph is not on this disk).
    """

    settings: Settings
    store: Versions
    pool: Pool
    iris: Iris
    negotiation: Negotiation
    follower: Follower
    writer: Writer | None = None
    editions: Editions | None = None

    def snapshot(self) -> Snapshot:
        """Return the current version, open for reading; hold it for one request, no longer."""
        return self.follower.snapshot
