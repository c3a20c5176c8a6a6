"""The sitemap: the documents on things, each with the time of its last change, in parts.

Source: the Sitemaps XML protocol (sitemaps.org), which allows 50,000 addresses to a part. A part
has fewer, so that the change of one thing makes crawlers fetch little again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.endpoint.html.page_values import address_of
from urbansdg.ontology.vocabulary_files import scheme_files
from urbansdg.store import Version

MEMBERS: Final = 5_000
"""The documents in one part."""

SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


def document_address(iri: str, base: str) -> str | None:
    """Return the address of the document on a local or external thing, None without one."""
    things = f"{base}/id/"
    if iri.startswith(things):
        return f"{base}/doc/{iri.removeprefix(things)}"
    return None if iri.startswith(f"{base}/") else f"{base}{address_of(iri)}"


def site_pages(version: Version, base: str) -> list[tuple[str, datetime]]:
    """Return the addresses of pages other than documents, with the time of the version."""
    paths = ["/", "/dataset", "/ontology", "/shapes"]
    paths += [f"/vocab/{scheme.name.removesuffix('.ttl')}" for scheme in scheme_files()]
    addresses = [base + path for path in paths]
    addresses += sorted(graph for graph in version.graphs if graph.startswith(f"{base}/"))
    return [(address, version.created) for address in addresses]


def documents(members: Iterable[tuple[str, datetime]], base: str) -> list[tuple[str, datetime]]:
    """Return the addresses of the documents on things, with the times of the things."""
    addresses = ((document_address(iri, base), changed) for iri, changed in members)
    return [(address, changed) for address, changed in addresses if address is not None]


def listing(kind: str, entries: Iterable[tuple[str, datetime]]) -> str:
    """Return a part of the sitemap (`url`), or the index of its parts (`sitemap`)."""
    name = "urlset" if kind == "url" else "sitemapindex"
    lines = "".join(_entry(kind, *entry) for entry in entries)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{SITEMAP}">\n'
    return f"{head}{lines}</{name}>\n"


def _entry(kind: str, address: str, changed: datetime) -> str:
    location = escape(quote(address, safe=SAFE))
    moment = changed.isoformat(timespec="seconds")
    return f"<{kind}><loc>{location}</loc><lastmod>{moment}</lastmod></{kind}>\n"
