"""The upkeep of a server: what one of its processes does in quiet moments."""

from collections.abc import Coroutine
from dataclasses import dataclass, field

from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.editions.subject_files import SubjectFiles
from urbansdg.endpoint.editions.version_retention import VersionRetention
from urbansdg.endpoint.monitoring.file_check import FileCheck
from urbansdg.endpoint.search.search_indexes import SearchIndexes, SearchUpkeep
from urbansdg.endpoint.versions.version_follower import Follower, Snapshot
from urbansdg.settings import RetentionPolicy, Settings
from urbansdg.store import Backend


@dataclass(slots=True)
class Upkeep:
    """Makes editions, histories, subject files and search indexes of new versions.

    It removes the versions that the retention policy does not retain.
    """

    settings: Settings
    store: Backend
    follower: Follower
    editions: Editions
    _subjects: SubjectFiles = field(init=False)
    _indexes: SearchIndexes = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no job."""
        place = self.store.directory
        self._subjects = SubjectFiles(place, self.follower, self.editions.folder)
        environment = self.editions.environment
        self._indexes = SearchIndexes(
            self.store, self.editions.folder, environment, makes_here=True
        )

    def jobs(self) -> list[Coroutine[None, None, None]]:
        """Return what runs until it is cancelled; nothing where an engine holds the graph."""
        if not self.store.capabilities.keeps_versions:
            return []
        versions = self.store.versioned()
        check = FileCheck(versions, self.settings.file_check_hours)
        search = SearchUpkeep(self._indexes, self._snapshot)
        jobs = [
            self.editions.prepare(self._snapshot),
            self._subjects.keep(),
            check.run(),
            search.run(),
        ]
        policy = RetentionPolicy.parse(self.settings.retention)
        if policy is not None:
            retention = VersionRetention(versions, policy, self.editions, self._snapshot)
            jobs.append(retention.run())
        return jobs

    async def close(self) -> None:
        """End what is being made."""
        await self._subjects.close()
        await self._indexes.close()
        await self.editions.close()

    def _snapshot(self) -> Snapshot:
        return self.follower.snapshot
