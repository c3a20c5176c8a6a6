"""Upkeep of the graph while it is served: contact data go when their consent ends."""

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
class Upkeep:
    """Has the graph leave out whom no consent covers: at the start, and each day.

    A look costs one small read where neither the day nor the version is another than at the last.
    """

    store: Backend
    _seen: object = field(default=None)

    @classmethod
    def of(cls, settings: Settings, store: Backend) -> "Upkeep":
        """Return the upkeep of a graph; it waits for other writers as a write over HTTP does."""
        patience = max(settings.wait_seconds, settings.lock_seconds)
        return cls(store.with_patience(patience))

    def look(self) -> None:
        """Leave out whom no consent covers today; raises what `Backend.forget` raises."""
        now = (self.store.today(), self.store.current_number())
        if now == self._seen:
            return
        ended = self.store.forget(AGENT)
        if isinstance(ended, Published):
            _LOG.warning("version %d leaves out whom no consent covers", ended.version.number)
        self._seen = (now[0], ended.version.number)

    async def go_on(self) -> None:
        """Look again and again until cancelled; what fails is told of, and tried again."""
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            try:
                await asyncio.to_thread(self.look)
            except (StoreError, OSError) as error:
                _LOG.error("contact data whose consent has ended are still served: %s", error)
