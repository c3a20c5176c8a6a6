"""The upkeep of the subject file: made in the background, used by the follower once it is there.

A subject file is made whole, at 10 microseconds of CPU a statement, and serves the versions after
its own as well: what these changed is read from the store. So a write makes no file, and a new one
is made only when a tenth of the subjects have changed, when it is not known what has, or when one
version has changed too much to be counted anew.
Files are in `catalogue/subjects`, named by the mark of their version. A removal of personal data
removes that folder; a file that is being made then has no name to get any more, because its draft
is there before its version is read.
"""

import asyncio
import logging
import secrets
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from urbansdg.endpoint.editions.background_jobs import BackgroundJobs
from urbansdg.endpoint.subjects.subject_file import (
    InvalidSubjectFile,
    SubjectFile,
    write_subject_file,
)
from urbansdg.endpoint.versions.version_follower import Follower, Snapshot
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.errors import StoreError
from urbansdg.store import GraphStore
from urbansdg.store.retention import hold
from urbansdg.store.versions.file_errors import failure_of_system

FOLDER: Final = "subjects"
"""The name of the folder in `catalogue/`."""

_BETWEEN_LOOKS: Final = 0.5
_QUIET_SECONDS: Final = 1.0
"""A version that is current for so long gets a file."""

_WITHOUT_QUIET_SECONDS: Final = 30.0
"""Where versions follow each other without a pause, a file is made after so long without one."""

_FEW_CHANGES: Final = 1_000
_SHARE: Final = 10
"""Up to so many changed subjects, or a tenth of all, a file serves the versions after its own."""

_SMALL: Final = 5_000
"""Of so few statements, a file is made in a thread, in 50 ms; a child process takes a second."""

_LARGEST: Final = 20_000_000
"""Of more statements there is no file: its index is sorted in memory, 60 bytes a subject."""

_BETWEEN_FAILURES: Final = 60.0
_REST: Final = 4.0
"""Making files takes at most a fifth of the time."""

_LEFT_BEHIND_SECONDS: Final = 3_600
_LOST: Final = "it was made, but it is not of the version that is served now"
_LOG: Final = logging.getLogger(__name__)


def make_subject_file(directory: str, number: int, folder: str) -> None:
    """Make the subject file of a version in a folder, and remove the others there."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    draft = target / f".draft-{secrets.token_hex(8)}"
    try:
        with draft.open("xb") as out:  # before the version is read, as said above
            store = GraphStore.open(Path(directory))
            version = store.version(number)
            with closing(hold(version.path)):
                state = store.read(version)
                record = {"number": number, "mark": version.mark, "created": str(version.created)}
                graphs = {
                    graph.value: state.quads_for_pattern(None, None, None, graph)
                    for graph in state.named_graphs()
                }
                write_subject_file(out, state.merged(None, None, None), record, graphs)
        file = target / f"{version.mark}.subjects"
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    for other in target.iterdir():
        is_left = time.time() - other.stat().st_mtime > _LEFT_BEHIND_SECONDS
        if other != file and (is_left or not other.name.startswith(".")):
            other.unlink(missing_ok=True)


@dataclass(slots=True)
class SubjectFiles:
    """Keeps the follower's snapshot with a subject file; `catalogue` is where files are made.

    With `makes` it makes files, otherwise it uses those that another process makes.
    """

    directory: Path
    follower: Follower
    catalogue: Path
    makes: bool = True
    _jobs: BackgroundJobs = field(init=False)
    _failed: float = -_BETWEEN_FAILURES

    def __post_init__(self) -> None:
        """Begin with no job."""
        self._jobs = BackgroundJobs(self.directory)

    async def keep(self) -> None:
        """Use the newest file, and make one where it is missing; runs until cancelled."""
        seen, since, served = "", time.monotonic(), time.monotonic()
        while True:
            snapshot, now = self.follower.snapshot, time.monotonic()
            if snapshot.mark != seen:
                seen, since = snapshot.mark, now
            if _is_served(snapshot) or await self._adopted():
                served = now
            elif self.makes and snapshot.triples <= _LARGEST:
                is_due = now - since > _QUIET_SECONDS or now - served > _WITHOUT_QUIET_SECONDS
                if is_due and now - self._failed > _BETWEEN_FAILURES:
                    await self._make(snapshot)
                    await asyncio.sleep(_REST * (time.monotonic() - now))
            await asyncio.sleep(_BETWEEN_LOOKS)

    async def close(self) -> None:
        """End the job that runs."""
        await self._jobs.close()

    async def _make(self, snapshot: Snapshot) -> None:
        """Make the file of a snapshot; where that fails, the store answers."""
        folder, complaint = self.catalogue / FOLDER, ""
        try:
            if snapshot.triples <= _SMALL:
                arguments = (str(self.directory), snapshot.number, str(folder))
                complaint = await asyncio.to_thread(_complaint, *arguments)
            else:
                complaint = await self._jobs.make(make_subject_file, snapshot.number, folder)
        except Fault:  # it goes on
            return
        if not await self._adopted():
            self._failed = time.monotonic()
            cause = failure_of_system(complaint, folder) or complaint or _LOST
            _LOG.warning("no subject file for version %d: %s", snapshot.number, cause)

    async def _adopted(self) -> bool:
        """Use the newest file that there is; return whether there is a new one for the snapshot."""
        return await self.follower.adopt(self._newest)

    def _newest(self) -> SubjectFile | None:
        """Open the newest file that is whole."""
        known = self.follower.snapshot.subjects
        least = -1 if known is None or known.file.is_removed else known.file.number
        files = list[SubjectFile]()
        for path in (self.catalogue / FOLDER).glob("[!.]*.subjects"):
            number = path.name.partition(".")[0]
            if number.isdecimal() and int(number) > least:
                with suppress(InvalidSubjectFile, OSError):
                    files.append(SubjectFile.open(path))
        return max(files, key=lambda file: file.number, default=None)


def _is_served(snapshot: Snapshot) -> bool:
    """Tell whether the subject file of a snapshot is there, and has most of what it says."""
    subjects = snapshot.subjects
    if subjects is None or subjects.file.is_removed:
        return False
    if subjects.counts is None and subjects.file.counts is not None:
        return False  # a version changed too much to count it anew
    return len(subjects.changed) <= max(_FEW_CHANGES, len(subjects.file) // _SHARE)


def _complaint(directory: str, number: int, folder: str) -> str:
    """Make a subject file in this thread; return why that failed, "" where it did not.

    The error itself stays in the thread: its trace has iterators of the store, which must not be
    freed by another one.
    """
    try:
        make_subject_file(directory, number, folder)
    except (StoreError, OSError) as error:
        return str(error)
    return ""
