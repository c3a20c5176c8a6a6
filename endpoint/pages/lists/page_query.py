"""The queries of pages, which workers evaluate within limits of their own."""

import json
from dataclasses import replace
from functools import partial
from typing import Final

from starlette.requests import Request

from urbansdg.endpoint.cache.answer_cache import key_of
from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.workers.query_limits import QueryLimits
from urbansdg.endpoint.workers.worker_frames import QueryMessage

_SECONDS: Final = 10.0
_ROWS: Final = 2_000
_BYTES: Final = 1 << 22

SelectionRow = dict[str, str]
"""A row of a result: the values of its variables as text; unbound variables are absent."""


async def selected(
    context: Context, request: Request, snapshot: Snapshot, query: str
) -> list[SelectionRow]:
    """Return the rows of a SELECT on a version; the query counts for the client of the page.

    Raises `Fault` (429) and the errors of `QueryError`, as `/sparql` does.
    """
    answers, question = context.answers, QueryMessage(query, "json", None)
    limits = _limits(context)
    key = key_of(question, limits)
    answer = answers.cache.find(snapshot.mark, key)
    if answer is not None:
        return _rows(b"".join([chunk async for chunk in answer.chunks()]))
    asking = partial(context.clients.asking, context.clients.of(request.scope))
    async with answers.answer(question, limits, asking, snapshot) as fresh:
        whole = answers.cache.keeping(key, fresh)
        return _rows(b"".join([chunk async for chunk in whole.chunks()]))


def _limits(context: Context) -> QueryLimits:
    own = QueryLimits.of(context.settings)
    return replace(
        own,
        seconds=min(own.seconds, _SECONDS),
        cpu_seconds=min(own.cpu_seconds, _SECONDS),
        rows=min(own.rows, _ROWS),
        size=min(own.size, _BYTES),
    )


def _rows(body: bytes) -> list[SelectionRow]:
    bindings = json.loads(body)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings]
