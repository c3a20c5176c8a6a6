"""Lets go of older versions when they were revised, so that their former files leave the disk."""

import asyncio
from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.search.search_indexes import SearchIndexes
from urbansdg.endpoint.versions.open_versions import OpenVersions
from urbansdg.endpoint.workers.version_pools import VersionPools
from urbansdg.store import Backend

_SECONDS_BETWEEN_LOOKS: Final = 1.0


@dataclass(frozen=True, slots=True)
class ReplacedVersions:
    """Closes what is open of older versions after a removal of personal data from them."""

    store: Backend
    shelf: OpenVersions
    archive: VersionPools
    indexes: SearchIndexes | None = None

    async def watch(self) -> None:
        """Look once a second whether versions were revised, until cancelled."""
        seen = self.store.redactions()
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            now = await asyncio.to_thread(self.store.redactions)
            if now != seen:
                self.shelf.close()
                await self.archive.close_unused()
                if self.indexes is not None:
                    self.indexes.close_open()
                seen = now
