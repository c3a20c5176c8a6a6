"""Checks of discovery: robots, sitemaps, signposting, feeds, event streams, mementos."""

import json
import re
from typing import Final
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from urbansdg.audit.audited_site import AuditedSite, iri
from urbansdg.audit.crawl_client import CrawlResponse
from urbansdg.audit.earl import AuditCheck, Finding, failed, passed_if, untested
from urbansdg.audit.untrusted_rdf import subjects
from urbansdg.ontology.media_types import (
    ATOM,
    HTML,
    LINK_FORMAT,
    LINKSET,
    LINKSET_JSON,
    OPENSEARCH,
    RSS,
    TEXT,
    TRIG,
    TURTLE,
    XML,
)
from urbansdg.ontology.namespaces import LDES

_LINK: Final = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*-]+=(?:\"[^\"]*\"|[^\s;,\"]+))*)")
_REL: Final = re.compile(r"rel=\"?([^\";,]+)\"?")
_ELEMENT: Final = re.compile(r"<link\b[^>]*>", re.IGNORECASE)
_JSON_LD: Final = re.compile(
    r"<script[^>]+application/ld\+json[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL
)
_FEEDS: Final = (ATOM, RSS)
_LEVEL_1: Final = frozenset(("cite-as", "describedby", "type", "license"))


def links(answer: CrawlResponse) -> dict[str, list[str]]:
    """Return the targets of the Link headers of a response, by relation (RFC 8288)."""
    targets: dict[str, list[str]] = {}
    for target, parameters in _LINK.findall(answer.headers.get("link", "")):
        rel = _REL.search(parameters)
        for name in rel[1].split() if rel else ():
            targets.setdefault(name, []).append(urljoin(answer.url, target))
    return targets


def _elements(page: CrawlResponse, media_types: tuple[str, ...]) -> list[str]:
    """Return the targets of a page's link elements with one of the media types."""
    tags = [tag for tag in _ELEMENT.findall(page.text) if any(t in tag for t in media_types)]
    matches = [re.search(r"href=\"([^\"]+)\"", tag) for tag in tags]
    return [urljoin(page.url, match[1]) for match in matches if match]


def _xml(answer: CrawlResponse) -> ET.Element | None:
    if answer.status != 200 or b"<!DOCTYPE" in answer.body or b"<!ENTITY" in answer.body:
        return None
    try:
        return ET.fromstring(answer.body)  # noqa: S314  # it declares no entities
    except ET.ParseError:
        return None


def _robots(site: AuditedSite) -> Finding:
    answer = site.get(f"{site.client.start.rstrip('/')}/robots.txt", TEXT)
    is_there = answer.status == 200 and "user-agent" in answer.text.lower()
    return passed_if(is_there, "robots.txt exists", f"robots.txt returns {answer.status}")


def _maps(site: AuditedSite) -> list[str]:
    answer = site.get(f"{site.client.start.rstrip('/')}/robots.txt", TEXT)
    sitemaps = re.findall(r"(?im)^sitemap:\s*(\S+)", answer.text) if answer.status == 200 else []
    return [*sitemaps, f"{site.client.start.rstrip('/')}/sitemap.xml"]


def _sitemap(site: AuditedSite) -> Finding:
    address = next((sitemap for sitemap in _maps(site) if site.is_own(sitemap)), "")
    root = _xml(site.get(address, XML))
    if root is None:
        return failed(f"{address} is not a sitemap")
    parts = [element.text or "" for element in root.iter() if element.tag.endswith("}loc")]
    if root.tag.endswith("}sitemapindex") and parts and site.is_own(parts[0]):
        inner = _xml(site.get(parts[0], XML))
        tags = [] if inner is None else [element.tag for element in inner.iter()]
        places = [tag for tag in tags if tag.endswith("}loc")]
        dated = [tag for tag in tags if tag.endswith("}lastmod")]
        summary = f"{len(places)} addresses in the first part, {len(dated)} with a date"
        return passed_if(
            places and dated, summary, f"the first part is not a sitemap with dates: {summary}"
        )
    return passed_if(parts, f"{len(parts)} addresses", "it lists no address")


def _signposts(site: AuditedSite) -> Finding:
    targets = links(site.get(site.dataset or site.client.start, HTML))
    lacking = sorted(_LEVEL_1 - set(targets))
    return passed_if(
        not lacking, "cite-as, describedby, type and license", f"no Link: {', '.join(lacking)}"
    )


def _linkset(site: AuditedSite) -> Finding:
    linksets = links(site.get(site.dataset or site.client.start, HTML)).get("linkset", [])
    own = [link for link in linksets if site.is_own(link)]
    if not own:
        return failed("no Link: linkset")
    kinds = []
    for address in own:
        answer = site.get(address, f"{LINKSET_JSON}, {LINKSET};q=0.9")
        if answer.media_type == LINKSET_JSON and "linkset" in _json(answer):
            kinds.append("JSON")
        elif answer.media_type == LINKSET and "rel=" in answer.text:
            kinds.append("text")
    return passed_if(
        kinds, f"linksets in {' and '.join(kinds)}", "its linkset is invalid (RFC 9264)"
    )


def _json(answer: CrawlResponse) -> dict[str, object]:
    try:
        document = json.loads(answer.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _schema(site: AuditedSite) -> Finding:
    page = site.get(site.dataset or site.client.start, HTML)
    for text in (*_JSON_LD.findall(page.text), *_JSON_LD.findall(site.home.text)):
        try:
            document = json.loads(text)
        except ValueError:
            continue
        if (
            isinstance(document, dict)
            and document.get("@type") == "Dataset"
            and document.get("name")
        ):
            return passed_if(
                document.get("description"), "a schema.org Dataset", "it has no description"
            )
    return failed("no page of the dataset has a schema.org Dataset in JSON-LD")


def _search(site: AuditedSite) -> Finding:
    descriptions = _elements(site.home, (OPENSEARCH,))
    if not descriptions or not site.is_own(descriptions[0]):
        return failed("the home page links to no OpenSearch description")
    root = _xml(site.get(descriptions[0], OPENSEARCH))
    urls = (
        [] if root is None else [element for element in root.iter() if element.tag.endswith("}Url")]
    )
    return passed_if(urls, f"{len(urls)} search URLs", "its OpenSearch description is invalid")


def _feed(site: AuditedSite) -> Finding:
    feeds = _elements(site.home, _FEEDS)
    if not feeds or not site.is_own(feeds[0]):
        return failed("the home page links to no feed")
    root = _xml(site.get(feeds[0], ", ".join(_FEEDS)))
    tags = [] if root is None else [element.tag.rpartition("}")[2] for element in root.iter()]
    return passed_if(
        {"entry", "item"} & set(tags), "a feed with entries", "its feed has no entries"
    )


def _stream(site: AuditedSite) -> Finding:
    kind = LDES.EventStream
    for address in (f"{site.client.start.rstrip('/')}/events", site.dataset or site.client.start):
        stream = site.graph(address) or site.graph(address, TRIG)
        streams = [] if stream is None else subjects(stream, iri("rdf:type"), kind)
        if streams:
            return passed_if(streams, f"<{streams[0]}>", "")
    return failed("no ldes:EventStream at /events or in the description of the dataset")


def _memento(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested("no thing on the site is known")
    targets = links(site.get(site.example, TURTLE))
    if not {"timegate", "timemap"} <= set(targets):
        return failed("documents link to no TimeGate and no TimeMap")
    if not site.is_own(targets["timemap"][0]):
        return untested("the TimeMap is on another host")
    times = site.get(targets["timemap"][0], LINK_FORMAT)
    mementos = len(re.findall(r"rel=\"[^\"]*\bmemento\b", times.text))
    return passed_if(mementos, f"{mementos} mementos", "the TimeMap lists no memento")


DISCOVERY: Final = (
    AuditCheck("robots", "F4", "robots.txt has rules for crawlers", _robots),
    AuditCheck("sitemap", "F4", "A sitemap with dates lists all pages", _sitemap),
    AuditCheck("signposting-1", "F3", "Signposting level 1: typed links in the header", _signposts),
    AuditCheck("signposting-2", "F3", "Signposting level 2: linksets", _linkset),
    AuditCheck("schema-org", "F4", "Search engines find a schema.org Dataset", _schema),
    AuditCheck("opensearch", "F4", "Browsers find the search", _search),
    AuditCheck("feed", "F4", "A feed reports news", _feed),
    AuditCheck("event-stream", "F4", "Harvesters find an event stream of changes (LDES)", _stream),
    AuditCheck("memento", "A2", "Earlier states of documents are available (Memento)", _memento),
)
