"""An audit of linked data on any site over HTTP: FAIR principles, and FOOPS! for ontologies."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.audit.audit_report import Audit, as_earl, as_text
from urbansdg.audit.crawl_client import CrawlClient, CrawlLimits
from urbansdg.audit.earl import AuditCheck, CheckResult, Finding
from urbansdg.audit.run_checks import CHECKS, run_audit

__all__ = [
    "CHECKS",
    "Audit",
    "AuditCheck",
    "CheckResult",
    "CrawlClient",
    "CrawlLimits",
    "Finding",
    "as_earl",
    "as_text",
    "run_audit",
]
