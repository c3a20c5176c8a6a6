"""Responses that need no task: those of an application that waits for nothing."""

import asyncio

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from urbansdg.endpoint.connection.immediate_response import response_at_once
from urbansdg.endpoint.web.problem_details import fault

_SCOPE = {"type": "http", "method": "GET", "path": "/doc/x", "headers": []}


async def _ready(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(b"body", 200, {"x-y": "z"}, "text/plain")(scope, receive, send)


async def _waiting(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0)
    await _ready(scope, receive, send)


async def _reading(_scope: Scope, receive: Receive, _send: Send) -> None:
    await receive()


async def _failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise fault(404, "There is nothing.", "Ask for something else.")


def test_an_application_that_does_not_wait_is_answered_at_once() -> None:
    """The whole response is returned, with its fields and without Content-Length."""
    response = response_at_once(_ready, _SCOPE)
    assert response is not None
    assert (response.status, response.body) == (200, b"body")
    assert set(response.fields.pairs) == {
        (b"x-y", b"z"),
        (b"content-type", b"text/plain; charset=utf-8"),
    }


@pytest.mark.parametrize("app", [_waiting, _reading, _failing])
def test_an_application_that_waits_or_fails_is_left_to_a_task(app: object) -> None:
    """Nothing is returned where the application waits, reads the body, or raises an error."""
    assert response_at_once(app, _SCOPE) is None  # type: ignore[arg-type]  # one of three
