"""An audit: every check, one after the other, whatever becomes of the one before."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from urbansdg.audit.audit_report import Audit
from urbansdg.audit.audited_site import AuditedSite
from urbansdg.audit.crawl_client import CrawlClient, CrawlFailed, Elsewhere, Spent
from urbansdg.audit.dataset_checks import DESCRIPTION
from urbansdg.audit.discovery_checks import DISCOVERY
from urbansdg.audit.earl import AuditCheck, Finding, cannot_tell, failed, untested
from urbansdg.audit.http_checks import ACCESS
from urbansdg.audit.ontology_checks import VOCABULARY
from urbansdg.audit.untrusted_rdf import triples
from urbansdg.errors import AuditError

CHECKS: Final = (*ACCESS, *DESCRIPTION, *DISCOVERY, *VOCABULARY)


def audited(
    visitor: CrawlClient,
    calls_itself: str | None = None,
    tell: Callable[[AuditCheck, Finding], None] = lambda _, __: None,
) -> Audit:
    """Return what the checks find at a site; `tell` hears each finding when it is there.

    `calls_itself` is the base of its IRIs, where it is visited under another address; without it,
    that is found out where the site tells of its dataset at the same path. Raises
    `AuditError` where the site does not answer at all.
    """
    site = AuditedSite(visitor, (calls_itself or visitor.start).rstrip("/"))
    try:
        site.home  # noqa: B018  # asked for its effect: it is kept
    except (CrawlFailed, Spent) as error:
        raise AuditError(
            f"The site does not answer: {error}.", "Look at the address, and whether it is up."
        ) from None
    except Elsewhere as error:
        raise AuditError(
            f"The site leads elsewhere: {error}.", "Audit it at that address, or give --base."
        ) from None
    if calls_itself is None:
        site = _under_its_name(site)
    findings = []
    for check in CHECKS:
        found = _finding(check, site)
        tell(check, found)
        findings.append((check, found))
    return Audit(visitor.start, tuple(findings), visitor.requests)


def _under_its_name(site: AuditedSite) -> AuditedSite:
    """Return the site under the base of its IRIs, where it has its dataset there, else itself.

    A site behind a proxy, or asked at an address of its own machine, is not what its IRIs name.
    """
    if site.dataset is None or site.is_own(site.dataset):
        return site
    parts = urlsplit(site.dataset)
    named = AuditedSite(site.visitor, f"{parts.scheme}://{parts.netloc}")
    told = named.graph(site.dataset)
    is_there = told is not None and any(f"<{site.dataset}> " in each for each in triples(told))
    return named if is_there else site


def _finding(check: AuditCheck, site: AuditedSite) -> Finding:
    try:
        return check.run(site)
    except Spent as error:
        return untested(f"{error}")
    except Elsewhere as error:
        return cannot_tell(f"{error}")
    except CrawlFailed as error:
        return failed(f"{error}")
