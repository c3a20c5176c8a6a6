"""The response of an ASGI application that waits for nothing, without a task.

A coroutine that never waits runs to its end at the first step, so that the same application that a
task would run answers on the connection.
"""

from starlette.types import ASGIApp, Message, Scope

from urbansdg.endpoint.cache.document_cache import whole_response
from urbansdg.endpoint.web.http_response import HttpResponse


class _Waits(Exception):
    """The application waits for something."""


def response_at_once(app: ASGIApp, scope: Scope) -> HttpResponse | None:
    """Return the whole response of an application, None where it waits or fails.

    The application that a task runs then answers, and reports the error.
    """
    messages: list[Message] = []

    async def receive() -> Message:
        raise _Waits

    async def send(message: Message) -> None:
        messages.append(message)

    running = app(dict(scope), receive, send)
    try:
        running.send(None)  # type: ignore[attr-defined]  # the awaitable of an async function
    except StopIteration:
        start, *parts = messages
        return whole_response(start, b"".join(part.get("body", b"") for part in parts))
    except Exception:  # noqa: BLE001  # whatever it is, the other way reports it
        return None
    running.close()  # type: ignore[attr-defined]  # as above
    return None
