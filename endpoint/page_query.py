"""The queries of pages, which workers evaluate within limits of their own."""

import json
from dataclasses import replace
from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool
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
    question = QueryMessage(query, "json", None)
    return _rows(await _answer(context, request, snapshot, question, _limits(context)))


async def every_thing(
    context: Context, request: Request, snapshot: Snapshot, query: str
) -> list[str]:
    """Return the IRIs in the first column of a SELECT, within the operator's limits.

    Raises the errors of `selected`.
    """
    question = QueryMessage(query, "tsv", None)
    body = await _answer(context, request, snapshot, question, QueryLimits.of(context.settings))
    return await run_in_threadpool(_first_column, body)


async def _answer(
    context: Context,
    request: Request,
    snapshot: Snapshot,
    question: QueryMessage,
    limits: QueryLimits,
) -> bytes:
    answers = context.answers
    key = key_of(question, limits)
    answer = answers.cache.find(snapshot.mark, key)
    if answer is not None:
        return b"".join([chunk async for chunk in answer.chunks()])
    asking = partial(context.clients.asking, context.clients.of(request.scope))
    async with answers.answer(question, limits, asking, snapshot) as fresh:
        whole = answers.cache.keeping(key, fresh)
        return b"".join([chunk async for chunk in whole.chunks()])


def _limits(context: Context) -> QueryLimits:
    own = QueryLimits.of(context.settings)
    return replace(
        own,
        seconds=min(own.seconds, _SECONDS),
        cpu_seconds=min(own.cpu_seconds, _SECONDS),
        rows=min(own.rows, _ROWS),
        size=min(own.size, _BYTES),
    )


def _first_column(body: bytes) -> list[str]:
    """Return the IRIs in the first column of a table in TSV, where they are between brackets."""
    lines = body.decode().splitlines()[1:]
    return [line.partition("\t")[0].strip("<>") for line in lines if line]


def _rows(body: bytes) -> list[SelectionRow]:
    bindings = json.loads(body)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings]
