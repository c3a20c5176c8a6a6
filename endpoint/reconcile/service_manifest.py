"""The service manifest (Reconciliation Service API 0.2, section 3.1)."""

from typing import Any, Final

from urbansdg import __version__
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.reconcile.entity_types import TYPES
from urbansdg.endpoint.reconcile.query_batch import BATCH_SIZE
from urbansdg.ontology.namespaces import USDG

VERSIONS: Final = ("0.2",)
"""Version 0.1 is left out: it requires JSONP, which runs code of a service in a client's page."""

IDENTIFIER_SPACE: Final = "http://www.ietf.org/rfc/rfc3986"
"""Identifiers are whole IRIs: those of an installation, and those of the UN for goals and targets.

No namespace is the prefix of both. Services with such identifiers name the standard of IRIs here.
"""

PREVIEW_WIDTH: Final = 430
PREVIEW_HEIGHT: Final = 220


def service_manifest(site: SiteLinks) -> dict[str, Any]:
    """Return the manifest, with names in the reader's language.

    A language that the client asks for by `lang` goes on into the addresses of pages.
    """
    service = f"{site.base}/reconcile"
    language = f"&lang={site.reader.query_language}" if site.reader.query_language else ""
    suggest = {
        name: {"service_url": service, "service_path": f"/suggest/{name}"}
        for name in ("entity", "type", "property")
    }
    return {
        "versions": list(VERSIONS),
        "name": site.words("site"),
        "identifierSpace": IDENTIFIER_SPACE,
        "schemaSpace": str(USDG),
        "defaultTypes": [it.to_json(site.words) for it in TYPES],
        "documentation": f"{site.base}/docs",
        "logo": f"{site.base}/static/favicon.svg",
        "serviceVersion": __version__,
        "view": {"url": f"{site.base}/describe?uri={{{{id}}}}{language}"},
        "preview": {
            "url": f"{service}/preview?id={{{{id}}}}{language}",
            "width": PREVIEW_WIDTH,
            "height": PREVIEW_HEIGHT,
        },
        "suggest": suggest,
        "extend": {"propose_properties": {"service_url": service, "service_path": "/properties"}},
        "batchSize": BATCH_SIZE,
    }
