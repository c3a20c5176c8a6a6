"""Checks of HTTP: dereferencing, content negotiation, caching."""

from typing import Final

from urbansdg.audit.audited_site import AuditedSite
from urbansdg.audit.earl import AuditCheck, Finding, failed, passed, passed_if, untested
from urbansdg.audit.untrusted_rdf import FORMATS, Unreadable, read, triples
from urbansdg.ontology.media_types import HTML, JSON_LD, N_TRIPLES, RDF_XML, TURTLE, XHTML

_NO_THING: Final = "no void:exampleResource is on this site (it may need --base)"
_NAMES: Final = {
    TURTLE: "turtle",
    JSON_LD: "jsonld",
    N_TRIPLES: "ntriples",
    RDF_XML: "rdfxml",
}


def _see_other(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested(_NO_THING)
    if "#" in site.example:
        return passed("things are named with a fragment and need no redirect")
    answer = site.client.ask(site.url_of(site.example), follow=False, accept=TURTLE)
    return passed_if(
        answer.status == 303 and answer.headers.get("location"),
        f"<{site.example}> redirects to its document with 303",
        f"<{site.example}> returns {answer.status}, not 303: thing and document have the same URI",
    )


def _in_format(media_type: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        if site.example is None:
            return untested(_NO_THING)
        answer = site.get(site.example, media_type)
        if answer.status != 200 or answer.media_type != media_type:
            return failed(f"a request for {media_type} returns {answer.status} {answer.media_type}")
        try:
            graph = read(answer.body, media_type, site.example)
        except Unreadable as error:
            return failed(str(error))
        return passed_if(len(graph), f"{len(graph)} triples", "the document has no triples")

    return AuditCheck(
        f"format-{_NAMES[media_type]}", "I1", f"A thing is available as {media_type}", run
    )


def _html(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested(_NO_THING)
    answer = site.get(site.example, f"{HTML},{XHTML};q=0.9")
    return passed_if(
        answer.status == 200 and answer.media_type in (HTML, XHTML),
        "a browser gets a page",
        f"a browser gets {answer.status} {answer.media_type}",
    )


def _same(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested(_NO_THING)
    bodies = {}
    for media_type in _NAMES:
        try:
            answer = site.get(site.example, media_type)
            if answer.media_type in FORMATS:
                bodies[answer.media_type] = triples(
                    read(answer.body, answer.media_type, answer.url)
                )
        except Unreadable:
            continue
    if len(bodies) < 2:
        return untested("fewer than two formats to compare")
    return passed_if(
        len(set(bodies.values())) == 1,
        f"{len(bodies)} formats have the same triples",
        f"they differ: {', '.join(f'{name} {len(body)}' for name, body in bodies.items())} triples",
    )


def _describes(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested(_NO_THING)
    graph = site.graph(site.example)
    named = graph is not None and any(f"<{site.example}>" in triple for triple in triples(graph))
    return passed_if(
        named, "the document describes the thing", "the document does not describe the thing"
    )


def _not_acceptable(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested(_NO_THING)
    status = site.get(site.example, "application/x-no-such-format").status
    return passed_if(
        status == 406, "406 for an unsupported format", f"{status} for an unsupported format"
    )


def _not_found(site: AuditedSite) -> Finding:
    status = site.get(f"{site.client.start.rstrip('/')}/no-such-thing-a7d81", HTML).status
    return passed_if(status in (404, 410), f"{status} for what is not there", f"{status}, not 404")


def _cors(site: AuditedSite) -> Finding:
    answer = site.get(site.example or site.client.start, TURTLE, origin="https://other.example")
    allowed = answer.headers.get("access-control-allow-origin", "")
    is_allowed = allowed in ("*", "https://other.example")
    return passed_if(is_allowed, "other sites may read it", "no Access-Control-Allow-Origin")


def _head(site: AuditedSite) -> Finding:
    address = site.url_of(site.example or site.client.start)
    answer = site.client.ask(address, "HEAD", follow=False, accept=TURTLE)
    return passed_if(
        answer.status < 400 and not answer.body, "HEAD works", f"HEAD returns {answer.status}"
    )


def _unchanged(site: AuditedSite) -> Finding:
    address = site.example or site.client.start
    first = site.get(address, TURTLE)
    tag = first.headers.get("etag")
    if tag is None:
        return failed("no ETag")
    again = site.get(address, TURTLE, if_none_match=tag)
    return passed_if(again.status == 304, "304 for unchanged content", f"{again.status}, not 304")


def _varies(site: AuditedSite) -> Finding:
    answer = site.get(site.example or site.client.start, TURTLE)
    named = "accept" in [part.strip() for part in answer.headers.get("vary", "").lower().split(",")]
    return passed_if(
        named, "Vary names Accept", "Vary does not name Accept: a cache may mix formats"
    )


ACCESS: Final = (
    AuditCheck(
        "dereference-303", "F1", "The URI of a thing redirects to its document with 303", _see_other
    ),
    AuditCheck("describes", "F3", "The document describes the thing itself", _describes),
    *map(_in_format, _NAMES),
    AuditCheck("format-html", "A1", "A browser gets a page", _html),
    AuditCheck("formats-same", "I1", "All formats have the same triples", _same),
    AuditCheck(
        "not-acceptable", "A1", "An unsupported format is refused with 406", _not_acceptable
    ),
    AuditCheck("not-found", "A1", "An unknown address returns 404", _not_found),
    AuditCheck("vary", "A1", "Vary names the negotiated headers", _varies),
    AuditCheck("cors", "A1", "Pages of other sites may read the data", _cors),
    AuditCheck("head", "A1", "HEAD works", _head),
    AuditCheck("etag", "A1", "Unchanged content is not sent again: ETag and 304", _unchanged),
)
