"""Writes over HTTP: a token, the same gate as a load, and a new version."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import pyoxigraph as ox

from urbansdg.endpoint.clauses import has_load, has_service
from urbansdg.endpoint.faults import Fault, fault, invalid
from urbansdg.endpoint.follower import Follower
from urbansdg.endpoint.pool import Pool
from urbansdg.problems import InvalidData, StoreBusy, StoreError
from urbansdg.settings import Settings
from urbansdg.shapes import Report, check_lexical, validate_change
from urbansdg.store import (
    Change,
    Edit,
    GraphStore,
    Published,
    Step,
    Token,
    Tokens,
    Touched,
    Unchanged,
)

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who may write, and how a write becomes the next version."""

    settings: Settings
    store: GraphStore
    follower: Follower
    pool: Pool
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self, authorization: str | None) -> Token:
        """Return the token of a request; raises `Fault` (401) without a good one (RFC 6750)."""
        kind, _, secret = (authorization or "").partition(" ")
        found = None
        if kind.casefold() == "bearer":
            found = await asyncio.to_thread(Tokens(self.store.directory).of, secret.strip())
        if found is None:
            raise fault(
                401,
                "Writing needs a token." if not authorization else "The token is not a good one.",
                "Send `Authorization: Bearer ...`; the operator makes it by `urbansdg token`.",
                ((b"www-authenticate", b'Bearer realm="urbansdg"'),),
            )
        return found

    async def update(self, token: Token, text: str) -> Published | Unchanged:
        """Do a SPARQL update; raises `Fault` and the errors of `Edit.run` and `GraphStore`."""
        if has_service(text) or has_load(text):
            raise fault(
                403,
                "The update has SERVICE or LOAD, which fetch from elsewhere.",
                "Leave them out, also from comments; send the data itself.",
            )
        step = Step("update", text=text, base=f"{self.store.base}/")
        return await self.do(token, (step,))

    async def do(self, token: Token, steps: tuple[Step, ...]) -> Published | Unchanged:
        """Do steps together or not at all; the answer comes when they can be read back."""
        async with self._turn():
            ended = await asyncio.to_thread(self._publish, token, steps)
            if isinstance(ended, Published):
                await self._served()
        return ended

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for the writes before this one, but not for ever; raises `StoreBusy`."""
        try:
            async with asyncio.timeout(self._patience):
                await self.turn.acquire()
        except TimeoutError:
            raise StoreBusy("Others are writing.", "Ask again a little later.") from None
        try:
            yield
        finally:
            self.turn.release()

    async def _served(self) -> None:
        """Wait until the new version is served; the write is done even where that fails."""
        try:
            await self.follower.advance(self.pool.switch)
        except (StoreError, OSError) as error:
            _LOG.warning("the version just written cannot be read yet: %s", error)
        else:
            await self.pool.settled()

    @property
    def _patience(self) -> float:
        """How many seconds a write waits for the writer before it."""
        return max(self.settings.wait_seconds, self.settings.lock_seconds)

    def _publish(self, token: Token, steps: tuple[Step, ...]) -> Published | Unchanged:
        edit = Edit(steps, token.permit, self.settings.query_seconds, self.settings.query_memory)
        gate = _Gate()
        patient = GraphStore(self.store.directory, self.store.base, self._patience)
        try:
            return patient.publish(Change(token.label, edit=edit), gate)
        except InvalidData as error:
            raise _rejected(error, gate.report) from error


@dataclass(slots=True)
class _Gate:
    """Judges as a load is judged, and keeps the report."""

    report: Report | None = None

    def __call__(self, fork: ox.Store, touched: Touched) -> Report:
        """Judge a change; a value that is not of its datatype is a problem of its own."""
        self.report = validate_change(fork, touched)
        ill = tuple(check_lexical(_written(fork, touched)))
        conforms = self.report.conforms and not ill
        return replace(self.report, conforms=conforms, problems=(*self.report.problems, *ill))


def _written(fork: ox.Store, touched: Touched) -> Iterator[ox.Quad]:
    """Yield what the subjects of a change say now; everything where they are too many."""
    if touched.subjects is None:
        yield from fork
        return
    for subject in touched.subjects:
        yield from fork.quads_for_pattern(ox.NamedNode(subject), None, None, None)


def _rejected(error: InvalidData, report: Report | None) -> Fault:
    return invalid(error.problems, None if report is None else report.to_graph())
