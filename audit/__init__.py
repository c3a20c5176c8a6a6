"""A self-check of linked data on any site, over HTTP: FAIR, and what FOOPS! asks of ontologies."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.audit.auditing import CHECKS, audited
from urbansdg.audit.finding import Check, Finding, Result
from urbansdg.audit.report import Audit, as_earl, as_text
from urbansdg.audit.visitor import Bounds, Visitor

__all__ = [
    "CHECKS",
    "Audit",
    "Bounds",
    "Check",
    "Finding",
    "Result",
    "Visitor",
    "as_earl",
    "as_text",
    "audited",
]
