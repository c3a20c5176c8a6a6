"""A query for a page: what a worker answers, read as far as the page shows it."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from urbansdg.endpoint.cache.answer_cache import key_of
from urbansdg.endpoint.cache.answer_source import Asking
from urbansdg.endpoint.context import Context
from urbansdg.endpoint.results.result_table import SHOWN_ROWS, ResultTable, TableReader
from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.workers.query_limits import QueryLimits
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.endpoint.workers.worker_pool import WorkerAnswer
from urbansdg.errors import QueryResourceExceeded
from urbansdg.sparql.volatility import is_volatile

_COUNTED_ROWS: Final = 100_000
_COUNTED_BYTES: Final = 1 << 26


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The first rows of an answer, the version that it is from, and the seconds that it took."""

    table: ResultTable
    version: int
    created: datetime
    seconds: float


def page_message(query: QueryMessage) -> QueryMessage:
    """Return a query in the formats that `TableReader` reads."""
    return replace(query, results="tsv", graphs="ntriples")


async def run_query(
    context: Context,
    query: QueryMessage,
    limits: QueryLimits,
    asking: Asking,
    version: ServedVersion | None = None,
    *,
    most: int = SHOWN_ROWS,
) -> QueryResult:
    """Return the first `most` rows of an answer from a version, the current one for None.

    All rows are counted, up to a hundred thousand; a page does not wait for more. `asking` counts
    the query for its client. Raises `Fault` (429) and the errors of `QueryError`, as `/sparql`.
    """
    began = time.monotonic()
    answers, message = context.answers, page_message(query)
    counted = replace(
        limits,
        rows=min(limits.rows, max(_COUNTED_ROWS, most)),
        size=min(limits.size, _COUNTED_BYTES),
    )
    mark = (version or context.snapshot()).mark
    repeats = not is_volatile(query.query)
    key = key_of(message, counted)
    answer = answers.cache.find(mark, key) if repeats else None
    if answer is not None:
        return await _read(answer, began, most)
    async with answers.answer(message, counted, asking, version) as fresh:
        return await _read(answers.cache.keeping(key, fresh) if repeats else fresh, began, most)


async def _read(answer: WorkerAnswer, began: float, most: int) -> QueryResult:
    reader = TableReader(answer.is_graph, most)
    is_whole = True
    chunks: AsyncIterator[bytes] = answer.chunks()
    try:
        async for chunk in chunks:
            reader.take(chunk)
    except QueryResourceExceeded:
        if reader.is_empty:
            raise
        is_whole = False
    table = reader.table(is_whole=is_whole)
    return QueryResult(table, answer.version, answer.created, time.monotonic() - began)
