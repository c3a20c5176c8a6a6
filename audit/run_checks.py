"""Runs an audit: every check in order, whatever the results of earlier ones."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from urbansdg.audit.audit_report import Audit
from urbansdg.audit.audited_site import AuditedSite
from urbansdg.audit.crawl_client import CrawlClient, CrawlFailed, CrawlLimitReached, OtherHost
from urbansdg.audit.dataset_checks import DESCRIPTION
from urbansdg.audit.discovery_checks import DISCOVERY
from urbansdg.audit.earl import AuditCheck, Finding, cannot_tell, failed, untested
from urbansdg.audit.http_checks import ACCESS
from urbansdg.audit.ontology_checks import VOCABULARY
from urbansdg.audit.untrusted_rdf import triples
from urbansdg.errors import AuditError

CHECKS: Final = (*ACCESS, *DESCRIPTION, *DISCOVERY, *VOCABULARY)


def run_audit(
    client: CrawlClient,
    calls_itself: str | None = None,
    tell: Callable[[AuditCheck, Finding], None] = lambda _, __: None,
) -> Audit:
    """Return the findings of all checks for a site; `tell` is called with each finding.

    `calls_itself` is the base of its IRIs, if it differs from the address in use; without it, the
    base is taken from the dataset, if the site has it at the same path. Raises `AuditError` if the
    site does not respond.
    """
    site = AuditedSite(client, (calls_itself or client.start).rstrip("/"))
    try:
        site.home  # noqa: B018  # asked for its effect: it is kept
    except (CrawlFailed, CrawlLimitReached) as error:
        raise AuditError(
            f"The site does not respond: {error}.",
            "Check the address, and whether the site is running.",
        ) from None
    except OtherHost as error:
        raise AuditError(
            f"The site redirects to another host: {error}.",
            "Audit it at that address, or give --base.",
        ) from None
    if calls_itself is None:
        site = _under_its_name(site)
    findings = []
    for check in CHECKS:
        finding = _finding(check, site)
        tell(check, finding)
        findings.append((check, finding))
    return Audit(client.start, tuple(findings), client.requests)


def _under_its_name(site: AuditedSite) -> AuditedSite:
    """Return the site with the base of its IRIs if its dataset is found there, else unchanged.

    A site behind a proxy, or requested at a local address, has IRIs with another base.
    """
    if site.dataset is None or site.is_own(site.dataset):
        return site
    parts = urlsplit(site.dataset)
    named = AuditedSite(site.client, f"{parts.scheme}://{parts.netloc}")
    graph = named.graph(site.dataset)
    is_there = graph is not None and any(
        f"<{site.dataset}> " in triple for triple in triples(graph)
    )
    return named if is_there else site


def _finding(check: AuditCheck, site: AuditedSite) -> Finding:
    try:
        return check.run(site)
    except CrawlLimitReached as error:
        return untested(f"{error}")
    except OtherHost as error:
        return cannot_tell(f"{error}")
    except CrawlFailed as error:
        return failed(f"{error}")
