"""What a front end reports about itself, and the sums over all front ends of the server."""

import asyncio
from typing import Final

from urbansdg.endpoint.context import Context

_BETWEEN_REPORTS: Final = 0.1


def own_report(context: Context) -> dict[str, float]:
    """Return the numbers of this front end, see `REPORTED`."""
    pool, documents, answers = context.pool, context.documents, context.answers.cache
    load = pool.load
    return {
        "front_ends": 1,
        "workers": len(pool.processes),
        "workers_in_memory": pool.in_memory,
        "workers_idle": load.idle,
        "workers_busy": load.busy,
        "queries_waiting": load.waiting,
        "workers_replaced": pool.replaced,
        "documents_kept": len(documents),
        "documents_kept_bytes": documents.size,
        "documents_kept_hits": documents.hits,
        "documents_kept_misses": documents.misses,
        "answers_kept": len(answers),
        "answers_kept_bytes": answers.size,
        "answers_kept_hits": answers.hits,
        "answers_kept_misses": answers.misses,
    }


def summed_report(context: Context) -> dict[str, int]:
    """Return the numbers of all front ends; those of the others are at most 0.1 seconds old."""
    rows = context.shared.rows
    return {name: int(value + rows.of_others(name)) for name, value in own_report(context).items()}


async def keep_reporting(context: Context) -> None:
    """Write the numbers of this front end for the others, until cancelled."""
    while True:
        context.shared.rows.write(own_report(context))
        await asyncio.sleep(_BETWEEN_REPORTS)
