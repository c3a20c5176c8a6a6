"""Versions by number: 404 for one that never existed, 410 for one that was removed.

Numbers are consecutive up to the current version, so a missing number is one that was removed.
"""

from typing import Protocol, TypeVar

from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.errors import Problem, VersionNotFound

_Version_co = TypeVar("_Version_co", covariant=True)


class Numbered(Protocol[_Version_co]):
    """A store with numbered versions."""

    def current_number(self) -> int:
        """Return the number of the current version."""

    def version(self, number: int) -> _Version_co:
        """Return a version by its number; raises `VersionNotFound`."""


def published(store: Numbered[_Version_co], number: int) -> _Version_co:
    """Return a published version; raises `Fault` (404, 410)."""
    current = store.current_number()
    if number > current:
        raise absent(number, current)
    try:
        return store.version(number)
    except VersionNotFound:
        raise absent(number, current) from None


def absent(number: int, current: int) -> Fault:
    """Return the fault of a missing version: 410 if it existed, else 404."""
    remedy = f"The current version is {current}."
    if number > current:
        return Fault(404, Problem(VersionNotFound.code, f"There is no version {number}.", remedy))
    message = f"Version {number} is no longer kept."
    return Fault(410, Problem(VersionNotFound.code, message, remedy))
