"""The results of checks, in the terms of EARL (Evaluation and Report Language 1.0, W3C)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urbansdg.audit.audited_site import AuditedSite


class CheckResult(StrEnum):
    """The outcome of a check."""

    PASS = "passed"  # noqa: S105  # no password
    FAIL = "failed"
    UNTESTED = "untested"
    CANT_TELL = "cantTell"


@dataclass(frozen=True, slots=True)
class Finding:
    """A result with its reason, in one sentence."""

    result: CheckResult
    reason: str


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """A check: its id, its FAIR principle, a description of the test, and the test."""

    id: str
    principle: str
    tests: str
    run: "Callable[[AuditedSite], Finding]"


def passed(reason: str) -> Finding:
    """Return a finding that the check passed."""
    return Finding(CheckResult.PASS, reason)


def failed(reason: str) -> Finding:
    """Return a finding that the check failed."""
    return Finding(CheckResult.FAIL, reason)


def untested(reason: str) -> Finding:
    """Return a finding that there was nothing to test, or no request left."""
    return Finding(CheckResult.UNTESTED, reason)


def cannot_tell(reason: str) -> Finding:
    """Return a finding that the site alone does not decide the check."""
    return Finding(CheckResult.CANT_TELL, reason)


def passed_if(fact: object, yes: str, no: str) -> Finding:
    """Return that the check passed if a fact is true, else that it failed."""
    return passed(yes) if fact else failed(no)
