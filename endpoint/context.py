"""What every part of the endpoint is given: one frozen object."""

from dataclasses import dataclass

from urbansdg.endpoint.follower import Follower, Snapshot, Versions
from urbansdg.endpoint.negotiation import Negotiation
from urbansdg.endpoint.pool import Pool
from urbansdg.endpoint.tiers import Tiers
from urbansdg.ontology.iris import Iris
from urbansdg.settings import Settings

__all__ = ["Context", "Snapshot"]


@dataclass(frozen=True)
class Context:
    """The settings, the graph on disk, the workers and tiers, the IRIs, the formats offered."""

    settings: Settings
    store: Versions
    pool: Pool
    tiers: Tiers
    iris: Iris
    negotiation: Negotiation
    follower: Follower

    def snapshot(self) -> Snapshot:
        """Return the current version, open for reading; hold it for one request, no longer."""
        return self.follower.snapshot
