"""The retention policy, applied by the server in quiet moments."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.versions.version_follower import Snapshot
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.errors import StoreError
from urbansdg.settings import RetentionPolicy
from urbansdg.store import VersionedBackend, prune

_BETWEEN_LOOKS: Final = 10.0
_QUIET_SECONDS: Final = 60.0
"""A version that is current for so long is not about to be followed by another one."""

_BETWEEN_RUNS: Final = 3_600.0
_AT_LATEST: Final = 86_400.0
"""Seconds after which the policy is applied although no moment was quiet."""

_AT_ONCE: Final = 100
"""Versions removed at once: a writer waits for no longer than that takes."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class VersionRetention:
    """Removes the versions that a policy does not retain, of a graph that keeps versions."""

    store: VersionedBackend
    policy: RetentionPolicy
    editions: Editions
    snapshot: Callable[[], Snapshot]

    async def run(self) -> None:
        """Apply the policy every hour, at a moment without writes; until cancelled."""
        mark, since, last_run = "", time.monotonic(), time.monotonic() - _BETWEEN_RUNS
        while True:
            await asyncio.sleep(_BETWEEN_LOOKS)
            now = time.monotonic()
            if self.snapshot().mark != mark:
                mark, since = self.snapshot().mark, now
            is_quiet = now - since >= _QUIET_SECONDS and now - last_run >= _BETWEEN_RUNS
            if (is_quiet or now - last_run >= _AT_LATEST) and await self.apply():
                last_run = now

    async def apply(self) -> bool:
        """Apply the policy once; return whether that is done for now.

        Only versions whose changes are in the index of the history are removed: what a version
        changed cannot be found out without it.
        """
        try:
            await self.editions.history(self.snapshot().number)
            gone = await asyncio.to_thread(prune, self.store, self.policy, _AT_ONCE)
        except (Fault, StoreError, OSError) as error:  # it is tried again
            _LOG.info("the retention policy is not applied now: %s", error)
            return False
        if gone:
            _LOG.warning("the retention policy removed versions %s", ", ".join(map(str, gone)))
        return len(gone) < _AT_ONCE
