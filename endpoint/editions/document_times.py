"""The sitemap of a version: its documents, each with the time of its last change.

Source: the Sitemaps XML protocol (sitemaps.org), which allows 50,000 addresses to a part.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.endpoint.html.page_values import address_of

MOST: Final = 50_000
"""The addresses in one part."""

SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True, slots=True)
class Times:
    """The times at which a thing was added, if known, and changed last."""

    added: datetime
    changed: datetime


def write_listing(
    times: Mapping[str, Times], base: str, pages: Mapping[str, datetime], folder: Path
) -> tuple[datetime, ...]:
    """Write the parts of the sitemap as `1.xml`, `2.xml` ...; return the latest change in each.

    `pages` are the addresses of pages that are not documents of the graph.
    """
    listed = iter([*pages.items(), *_documents(times, base)])
    latest: list[datetime] = []
    while part := list(islice(listed, MOST)):
        latest.append(max(changed for _, changed in part))
        with (folder / f"{len(latest)}.xml").open("w", encoding="utf-8") as file:
            file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAP}">\n')
            file.writelines(entry("url", *page) for page in part)
            file.write("</urlset>\n")
    return tuple(latest)


def entry(kind: str, address: str, changed: datetime) -> str:
    """Return an entry of a sitemap (`url`) or of an index of sitemaps (`sitemap`)."""
    location = escape(quote(address, safe=SAFE))
    moment = changed.isoformat(timespec="seconds")
    return f"<{kind}><loc>{location}</loc><lastmod>{moment}</lastmod></{kind}>\n"


def _documents(times: Mapping[str, Times], base: str) -> Iterator[tuple[str, datetime]]:
    """Yield the addresses of the documents on local and external things."""
    things = f"{base}/id/"
    for iri, times_of_thing in sorted(times.items()):
        if iri.startswith(things):
            yield f"{base}/doc/{iri.removeprefix(things)}", times_of_thing.changed
        elif not iri.startswith(f"{base}/"):
            yield f"{base}{address_of(iri)}", times_of_thing.changed
