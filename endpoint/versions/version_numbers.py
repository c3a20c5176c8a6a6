"""Versions by number: 404 for one that never existed, 410 for one that was removed.

Numbers are consecutive up to the current version, so a missing number is one that was removed.
The answer on such a version names the nearest one that is there, and how to rebuild the one that is
not, from a dump and the patches that the index of the history keeps.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.errors import Problem, VersionNotFound
from urbansdg.ontology.media_types import GZIP
from urbansdg.store import Backend, Version
from urbansdg.store.history.history_index import read_index
from urbansdg.store.versions.data_directory import DataDirectory

_LINKED: Final = 16
"""So many patches at most are linked to, one by one."""


def published(store: Backend, number: int) -> Version:
    """Return a published version; raises `Fault` (404, 410)."""
    current = store.current_number()
    if number > current:
        raise absent(number, current)
    try:
        return store.version(number)
    except VersionNotFound:
        if not store.capabilities.keeps_versions:
            raise absent(number, current) from None
        numbers = sorted(store.versioned().numbers())
        raise _pruned(store, number, current, numbers) from None


def absent(number: int, current: int) -> Fault:
    """Return the fault of a missing version: 410 if it existed, else 404."""
    remedy = f"The current version is {current}."
    if number > current:
        return Fault(404, Problem(VersionNotFound.code, f"There is no version {number}.", remedy))
    message = f"Version {number} is no longer kept."
    return Fault(410, Problem(VersionNotFound.code, message, remedy))


def _pruned(store: Backend, number: int, current: int, numbers: Sequence[int]) -> Fault:
    """Return the fault (410) of a version that was removed; `numbers` are those of the others."""
    gone = absent(number, current)
    place = bisect_left(numbers, number)
    around = [*numbers[max(0, place - 1) : place], *numbers[place : place + 1]]
    around.sort(key=lambda other: (abs(other - number), -other))
    if not around:
        return gone
    remedy = f"{gone.problem.remedy} The nearest version that is kept is {around[0]}."
    rel = "predecessor-version" if around[0] < number else "successor-version"
    links = [f'<{store.iris.version(around[0])}>; rel="{rel}"']
    start = next((other for other in around if _leads(store, number, other)), None)
    if start is not None:
        remedy += f" {_rebuilding(store.base, number, start)}"
        links += _parts(store.base, number, start)
    headers = ((b"link", ", ".join(links).encode()),)
    return Fault(gone.status, replace(gone.problem, remedy=remedy), headers)


def _leads(store: Backend, number: int, other: int) -> bool:
    """Return whether patches lead from one version to another, in either direction."""
    try:
        with read_index(DataDirectory(store.directory).catalogue) as index:
            return index.leads(*sorted((number, other)))
    except sqlite3.Error:
        return False


def _patch(base: str, number: int) -> str:
    return f"{base}/dumps/{number}/changes.rdfp.gz"


def _rebuilding(base: str, number: int, start: int) -> str:
    """Return how a version is rebuilt from the dump of another one."""
    dump = f"{base}/dumps/{start}/all.nq.gz"
    if start < number:
        steps = f"apply the patches from {_patch(base, start + 1)} to {_patch(base, number)}"
    else:
        steps = (
            f"undo the patches from {_patch(base, start)} down to {_patch(base, number + 1)}, "
            "removing what they add and adding what they remove"
        )
    return f"To rebuild version {number}, take the lines of {dump}, and {steps}."


def _parts(base: str, number: int, start: int) -> Iterator[str]:
    """Yield the links to what a version is rebuilt from, in the order in which it is used."""
    yield f'<{base}/dumps/{start}/all.nq.gz>; rel="related"; type="{GZIP}"'
    steps = range(start + 1, number + 1) if start < number else range(start, number, -1)
    if len(steps) <= _LINKED:
        for step in steps:
            yield f'<{_patch(base, step)}>; rel="related"; type="{GZIP}"'
