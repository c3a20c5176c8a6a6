"""Checks of how clients find their way: robots, sitemaps, signposting, feeds, streams, mementos."""

import json
import re
from typing import Final
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from urbansdg.audit.audited_site import AuditedSite, iri
from urbansdg.audit.crawl_client import CrawlResponse
from urbansdg.audit.earl import AuditCheck, Finding, failed, untested, when
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
    """Return the targets of the Link headers of an answer, by their relations (RFC 8288)."""
    found: dict[str, list[str]] = {}
    for target, parameters in _LINK.findall(answer.headers.get("link", "")):
        rel = _REL.search(parameters)
        for name in rel[1].split() if rel else ():
            found.setdefault(name, []).append(urljoin(answer.url, target))
    return found


def _elements(page: CrawlResponse, media_types: tuple[str, ...]) -> list[str]:
    """Return where the link elements of a page lead that have one of those media types."""
    wanted = [each for each in _ELEMENT.findall(page.text) if any(t in each for t in media_types)]
    found = [re.search(r"href=\"([^\"]+)\"", each) for each in wanted]
    return [urljoin(page.url, each[1]) for each in found if each]


def _xml(answer: CrawlResponse) -> ET.Element | None:
    if answer.status != 200 or b"<!DOCTYPE" in answer.body or b"<!ENTITY" in answer.body:
        return None
    try:
        return ET.fromstring(answer.body)  # noqa: S314  # it declares no entities
    except ET.ParseError:
        return None


def _robots(site: AuditedSite) -> Finding:
    answer = site.get(f"{site.visitor.start.rstrip('/')}/robots.txt", TEXT)
    told = answer.status == 200 and "user-agent" in answer.text.lower()
    return when(told, "robots.txt is there", f"robots.txt gives {answer.status}")


def _maps(site: AuditedSite) -> list[str]:
    answer = site.get(f"{site.visitor.start.rstrip('/')}/robots.txt", TEXT)
    found = re.findall(r"(?im)^sitemap:\s*(\S+)", answer.text) if answer.status == 200 else []
    return [*found, f"{site.visitor.start.rstrip('/')}/sitemap.xml"]


def _sitemap(site: AuditedSite) -> Finding:
    address = next((each for each in _maps(site) if site.is_own(each)), "")
    root = _xml(site.get(address, XML))
    if root is None:
        return failed(f"{address} is no sitemap")
    parts = [each.text or "" for each in root.iter() if each.tag.endswith("}loc")]
    if root.tag.endswith("}sitemapindex") and parts and site.is_own(parts[0]):
        inner = _xml(site.get(parts[0], XML))
        tags = [] if inner is None else [each.tag for each in inner.iter()]
        places = [each for each in tags if each.endswith("}loc")]
        dated = [each for each in tags if each.endswith("}lastmod")]
        told = f"{len(places)} addresses in its first part, {len(dated)} with their date"
        return when(places and dated, told, f"its first part is no dated sitemap: {told}")
    return when(parts, f"{len(parts)} addresses", "it names no address")


def _signposts(site: AuditedSite) -> Finding:
    found = links(site.get(site.dataset or site.visitor.start, HTML))
    lacking = sorted(_LEVEL_1 - set(found))
    return when(
        not lacking, "cite-as, describedby, type and license", f"no Link: {', '.join(lacking)}"
    )


def _linkset(site: AuditedSite) -> Finding:
    found = links(site.get(site.dataset or site.visitor.start, HTML)).get("linkset", [])
    own = [each for each in found if site.is_own(each)]
    if not own:
        return failed("no Link: linkset")
    kinds = []
    for address in own:
        answer = site.get(address, f"{LINKSET_JSON}, {LINKSET};q=0.9")
        if answer.media_type == LINKSET_JSON and "linkset" in _json(answer):
            kinds.append("JSON")
        elif answer.media_type == LINKSET and "rel=" in answer.text:
            kinds.append("text")
    return when(kinds, f"linksets in {' and '.join(kinds)}", "its linkset is none (RFC 9264)")


def _json(answer: CrawlResponse) -> dict[str, object]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _schema(site: AuditedSite) -> Finding:
    page = site.get(site.dataset or site.visitor.start, HTML)
    for text in (*_JSON_LD.findall(page.text), *_JSON_LD.findall(site.home.text)):
        try:
            told = json.loads(text)
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("@type") == "Dataset" and told.get("name"):
            return when(told.get("description"), "a schema.org Dataset", "it has no description")
    return failed("no page of the dataset has a schema.org Dataset in JSON-LD")


def _search(site: AuditedSite) -> Finding:
    found = _elements(site.home, (OPENSEARCH,))
    if not found or not site.is_own(found[0]):
        return failed("the home page names no OpenSearch description")
    root = _xml(site.get(found[0], OPENSEARCH))
    urls = [] if root is None else [each for each in root.iter() if each.tag.endswith("}Url")]
    return when(urls, f"{len(urls)} ways to search", "its OpenSearch description is none")


def _feed(site: AuditedSite) -> Finding:
    found = _elements(site.home, _FEEDS)
    if not found or not site.is_own(found[0]):
        return failed("the home page names no feed")
    root = _xml(site.get(found[0], ", ".join(_FEEDS)))
    tags = [] if root is None else [each.tag.rpartition("}")[2] for each in root.iter()]
    return when({"entry", "item"} & set(tags), "a feed with entries", "its feed has no entries")


def _stream(site: AuditedSite) -> Finding:
    kind = LDES.EventStream
    for address in (f"{site.visitor.start.rstrip('/')}/events", site.dataset or site.visitor.start):
        found = site.graph(address) or site.graph(address, TRIG)
        streams = [] if found is None else subjects(found, iri("rdf:type"), kind)
        if streams:
            return when(streams, f"<{streams[0]}>", "")
    return failed("no ldes:EventStream at /events, nor in the dataset's description")


def _memento(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested("no thing of the site is known")
    found = links(site.get(site.example, TURTLE))
    if not {"timegate", "timemap"} <= set(found):
        return failed("documents name no TimeGate and no TimeMap")
    if not site.is_own(found["timemap"][0]):
        return untested("the TimeMap is on another host")
    times = site.get(found["timemap"][0], LINK_FORMAT)
    kept = len(re.findall(r"rel=\"[^\"]*\bmemento\b", times.text))
    return when(kept, f"{kept} mementos", "the TimeMap names no memento")


DISCOVERY: Final = (
    AuditCheck("robots", "F4", "robots.txt says what crawlers may do", _robots),
    AuditCheck("sitemap", "F4", "A sitemap with dates leads to all", _sitemap),
    AuditCheck("signposting-1", "F3", "Signposting level 1: typed links in the header", _signposts),
    AuditCheck("signposting-2", "F3", "Signposting level 2: linksets", _linkset),
    AuditCheck("schema-org", "F4", "Search engines get a schema.org Dataset", _schema),
    AuditCheck("opensearch", "F4", "Browsers find the search", _search),
    AuditCheck("feed", "F4", "A feed tells of what is new", _feed),
    AuditCheck("event-stream", "F4", "Harvesters get an event stream of changes (LDES)", _stream),
    AuditCheck("memento", "A2", "Documents can be had as they were (Memento)", _memento),
)
