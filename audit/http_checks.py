"""Checks of how things are answered over HTTP: dereferencing, negotiation, caching."""

from typing import Final

from urbansdg.audit.audited_site import AuditedSite
from urbansdg.audit.earl import AuditCheck, Finding, failed, passed, untested, when
from urbansdg.audit.untrusted_rdf import FORMATS, Unreadable, read, triples
from urbansdg.ontology.media_types import HTML, JSON_LD, N_TRIPLES, RDF_XML, TURTLE, XHTML

_NO_THING: Final = (
    "no void:exampleResource is on this site (or --base has to say what it calls itself)"
)
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
        return passed("things are named with a fragment, and need no redirect")
    answer = site.visitor.ask(site.here(site.example), follow=False, accept=TURTLE)
    return when(
        answer.status == 303 and answer.headers.get("location"),
        f"<{site.example}> leads to the document by 303",
        f"<{site.example}> answers {answer.status}, not 303: thing and document are one",
    )


def _in_format(media_type: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        if site.example is None:
            return untested(_NO_THING)
        answer = site.get(site.example, media_type)
        if answer.status != 200 or answer.media_type != media_type:
            return failed(f"asked for {media_type}, it gives {answer.status} {answer.media_type}")
        try:
            found = read(answer.body, media_type, site.example)
        except Unreadable as error:
            return failed(str(error))
        return when(len(found), f"{len(found)} triples", "the document says nothing")

    return AuditCheck(
        f"format-{_NAMES[media_type]}", "I1", f"A thing is given as {media_type}", run
    )


def _html(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested(_NO_THING)
    answer = site.get(site.example, f"{HTML},{XHTML};q=0.9")
    return when(
        answer.status == 200 and answer.media_type in (HTML, XHTML),
        "a browser gets a page",
        f"a browser gets {answer.status} {answer.media_type}",
    )


def _same(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested(_NO_THING)
    told = {}
    for media_type in _NAMES:
        try:
            answer = site.get(site.example, media_type)
            if answer.media_type in FORMATS:
                told[answer.media_type] = triples(read(answer.body, answer.media_type, answer.url))
        except Unreadable:
            continue
    if len(told) < 2:
        return untested("there are not two formats to compare")
    return when(
        len(set(told.values())) == 1,
        f"{len(told)} formats say the same",
        f"they differ: {', '.join(f'{name} {len(each)}' for name, each in told.items())} triples",
    )


def _describes(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested(_NO_THING)
    found = site.graph(site.example)
    named = found is not None and any(f"<{site.example}>" in each for each in triples(found))
    return when(named, "the document tells of the thing", "the document does not tell of the thing")


def _not_acceptable(site: AuditedSite) -> Finding:
    if site.example is None:
        return untested(_NO_THING)
    status = site.get(site.example, "application/x-no-such-format").status
    return when(status == 406, "406 for a format it has not", f"{status} for a format it has not")


def _unknown(site: AuditedSite) -> Finding:
    status = site.get(f"{site.visitor.start.rstrip('/')}/no-such-thing-a7d81", HTML).status
    return when(status in (404, 410), f"{status} for what is not there", f"{status}, not 404")


def _cors(site: AuditedSite) -> Finding:
    answer = site.get(site.example or site.visitor.start, TURTLE, origin="https://other.example")
    allowed = answer.headers.get("access-control-allow-origin", "")
    told = allowed in ("*", "https://other.example")
    return when(told, "pages of others may read it", "no Access-Control-Allow-Origin")


def _head(site: AuditedSite) -> Finding:
    address = site.here(site.example or site.visitor.start)
    answer = site.visitor.ask(address, "HEAD", follow=False, accept=TURTLE)
    return when(
        answer.status < 400 and not answer.body, "HEAD is answered", f"HEAD gives {answer.status}"
    )


def _unchanged(site: AuditedSite) -> Finding:
    address = site.example or site.visitor.start
    first = site.get(address, TURTLE)
    tag = first.headers.get("etag")
    if tag is None:
        return failed("there is no entity tag")
    again = site.get(address, TURTLE, if_none_match=tag)
    return when(again.status == 304, "304 while it is unchanged", f"{again.status}, not 304")


def _varies(site: AuditedSite) -> Finding:
    answer = site.get(site.example or site.visitor.start, TURTLE)
    named = "accept" in [part.strip() for part in answer.headers.get("vary", "").lower().split(",")]
    return when(named, "Vary names Accept", "Vary does not name Accept: a cache may mix formats")


ACCESS: Final = (
    AuditCheck(
        "dereference-303", "F1", "The URI of a thing leads to its document by 303", _see_other
    ),
    AuditCheck("describes", "F3", "The document tells of the thing itself", _describes),
    *map(_in_format, _NAMES),
    AuditCheck("format-html", "A1", "A browser gets a page", _html),
    AuditCheck("formats-same", "I1", "All formats say the same", _same),
    AuditCheck(
        "not-acceptable", "A1", "A format that is not there is refused with 406", _not_acceptable
    ),
    AuditCheck("not-found", "A1", "What is not there answers 404", _unknown),
    AuditCheck("vary", "A1", "Vary names what is negotiated", _varies),
    AuditCheck("cors", "A1", "Pages of other sites may read the data", _cors),
    AuditCheck("head", "A1", "HEAD is answered", _head),
    AuditCheck("etag", "A1", "What is unchanged is not sent again: ETag and 304", _unchanged),
)
