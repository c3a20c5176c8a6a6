"""Contact data leave the graph when their consent ends, also while it is served."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from urbansdg.errors import StoreError
from urbansdg.settings import Settings
from urbansdg.store import Backend, Published

AGENT: Final = "urbansdg serve"
_SECONDS_BETWEEN_LOOKS: Final = 60
_LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class ConsentExpiry:
    """Removes persons without a valid consent from the graph: at the start, and each day.

    A check costs one small read unless the day or the version has changed since the last one.
    """

    store: Backend
    _seen: object = field(default=None)

    @classmethod
    def of(cls, settings: Settings, store: Backend) -> "ConsentExpiry":
        """Return the checks of a graph; they wait for other writers as a write over HTTP does."""
        policy = max(settings.wait_seconds, settings.lock_seconds)
        return cls(store.with_patience(policy))

    def look(self) -> None:
        """Remove persons without a valid consent today; raises what `Backend.forget` raises."""
        now = (self.store.today(), self.store.current_number())
        if now == self._seen:
            return
        ended = self.store.forget(AGENT)
        if isinstance(ended, Published):
            _LOG.warning("version %d leaves out persons without consent", ended.version.number)
        self._seen = (now[0], ended.version.number)

    async def go_on(self) -> None:
        """Check until cancelled; log what fails, and try again."""
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            try:
                await asyncio.to_thread(self.look)
            except (StoreError, OSError) as error:
                _LOG.error("contact data whose consent has ended are still served: %s", error)
