"""A query that the fast path has begun and ASGI completes: see `urbansdg.endpoint.connection`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from urbansdg.endpoint.workers.worker_channel import WorkerChannel
from urbansdg.errors import UrbanSdgError

_SCOPE_KEY: Final = "urbansdg.begun"


@dataclass(slots=True)
class StartedQuery:
    """The worker that is at work on the query of a request, or the error that came of waiting."""

    worker: WorkerChannel | None
    error: UrbanSdgError | None = None

    @classmethod
    def of(cls, scope: Scope) -> "StartedQuery | None":
        """Return what was begun for a request, None where nothing was."""
        started_query = scope.get(_SCOPE_KEY)
        return started_query if isinstance(started_query, cls) else None

    def take(self) -> WorkerChannel | None:
        """Return the worker, once; raises the error."""
        if self.error is not None:
            raise self.error
        worker, self.worker = self.worker, None
        return worker

    def continued(self, app: ASGIApp, release: Callable[[WorkerChannel], None]) -> ASGIApp:
        """Return an application that ends it; a worker that it does not take is released."""

        async def ending(scope: Scope, receive: Receive, send: Send) -> None:
            scope[_SCOPE_KEY] = self
            try:
                await app(scope, receive, send)
            finally:
                if self.worker is not None:
                    release(self.worker)

        return ending
