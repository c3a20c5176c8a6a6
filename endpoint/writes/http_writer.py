"""Writes over HTTP: they need a token, are validated as a load is, and make a new version."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rdflib import Graph

from urbansdg.endpoint.current_version import CurrentVersion
from urbansdg.endpoint.web.problem_details import fault, invalid
from urbansdg.endpoint.workers.query_limits import granted
from urbansdg.endpoint.writes.publisher_messages import (
    PublishedWrite,
    RefusedWrite,
    WriteMessage,
)
from urbansdg.endpoint.writes.write_queue import WriteQueue
from urbansdg.errors import StoreError
from urbansdg.settings import Settings
from urbansdg.store import Backend, Step, Token, Tokens

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpWriter:
    """Checks who may write, and makes the next version of a write."""

    settings: Settings
    store: Backend
    current: CurrentVersion
    queue: WriteQueue

    async def token(self, authorization: str | None) -> Token:
        """Return the token of a request; raises `Fault` (401) without a valid one (RFC 6750)."""
        kind, _, secret = (authorization or "").partition(" ")
        token = None
        if kind.casefold() == "bearer":
            token = await asyncio.to_thread(Tokens(self.store.directory).of, secret.strip())
        if token is None:
            raise fault(
                401,
                "Writing needs a token." if not authorization else "Invalid or expired token.",
                "Send `Authorization: Bearer TOKEN`. Operators make tokens with `urbansdg token`.",
                ((b"www-authenticate", b'Bearer realm="urbansdg"'),),
            )
        return token

    async def do(
        self, token: Token, steps: tuple[Step, ...], check: Callable[[int], None] | None = None
    ) -> PublishedWrite:
        """Do all steps or none, and return the version that has them, with what they changed.

        The answer comes when they can be read back. `check` is given the number of the version that
        is to be changed, and raises where it may not be. Raises `Fault` (422) with the report
        where they do not validate, `StoreBusy`, and those of `Edit.run`, `Backend`, `Publisher`.
        """
        token.permit(frozenset())  # a token for reading stops here
        async with self.queue.turn(self._patience) as publish:
            if check is not None:
                check(await asyncio.to_thread(self.store.current_number))
            outcome = await publish(self._order(token, steps))
            if isinstance(outcome, RefusedWrite):
                raise _fault(outcome)
            if outcome.is_new:
                await self._served()
        return outcome

    def _order(self, token: Token, steps: tuple[Step, ...]) -> WriteMessage:
        settings = granted(self.settings, token.allowance)
        return WriteMessage(
            str(self.store.directory.absolute()),
            self.store.base,
            self._patience,
            token,
            settings.query_seconds,
            int(settings.query_memory),
            steps,
        )

    async def _served(self) -> None:
        """Wait until the new version is served; the write is done even if that fails."""
        try:
            await self.current.advance()
        except (StoreError, OSError) as error:
            _LOG.warning("the new version cannot be read yet: %s", error)

    @property
    def _patience(self) -> float:
        """Seconds that a write waits for the one before it."""
        return max(self.settings.wait_seconds, self.settings.lock_seconds)


def outcome_fields(written: PublishedWrite) -> dict[str, str]:
    """Return the header fields of the answer to a write: its version, and what it changed."""
    return {
        "urbansdg-version": str(written.version),
        "urbansdg-added": str(written.added),
        "urbansdg-removed": str(written.removed),
    }


def _fault(refused: RefusedWrite) -> Exception:
    if refused.report is None:
        return refused.error()
    report = Graph().parse(data=refused.report, format="nt")
    return invalid(refused.problems, report, refused.total)
