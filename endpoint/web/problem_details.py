"""Problems as HTTP answers: `application/problem+json` (RFC 9457).

This is the one place that gives an error its status:

    400  the query is not SPARQL, or the request is not the protocol's
    401  a write without a token
    403  refused before evaluation: SERVICE, LOAD, a graph that the token may not write
    404  a version or a graph that never existed; 410 a version that is no longer kept
    405 406 408 413 414 415 431  as RFC 9110 and RFC 6585 have them
    422  data that does not validate, with the report
    429  more than the client's share, with Retry-After
    500  an internal error, without a trace
    502  an endpoint that SERVICE names gave no answer
    503  over the limit of memory or size, or nested too deep: do not retry;
         with Retry-After where no worker was free: retry
    504  over the time limit
"""

import json
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from urbansdg.endpoint.http_fields.accept_fields import acceptable
from urbansdg.errors import (
    InvalidData,
    NotAcceptable,
    Place,
    Problem,
    QueryError,
    QueryRefused,
    QueryResourceExceeded,
    QuerySyntaxError,
    QueryTimeout,
    RequestError,
    SearchIndexUnready,
    ServiceFailed,
    SourceUnreadable,
    StoreBusy,
    StoreError,
    UrbanSdgError,
    VersionNotFound,
    WorkersUnavailable,
    WriteRefused,
)
from urbansdg.ontology.media_types import (
    HTML,
    JSON,
    JSON_LD,
    N_TRIPLES,
    PROBLEM_JSON,
    RDF_XML,
    TEXT,
    TURTLE,
)
from urbansdg.sparql.codepoint_escapes import place_in

if TYPE_CHECKING:  # whoever has a report or a site has these; others do without
    from rdflib import Graph

    from urbansdg.endpoint.html.site_links import SiteLinks

_MEMBERS: Final = ("code", "remedy", "place", "value")
_REPORTS: Final = (
    *(TURTLE, JSON_LD),
    *(RDF_XML, N_TRIPLES),
)
_RETRY_SECONDS: Final = b"2"
_STATUSES: Final[tuple[tuple[type[UrbanSdgError], int], ...]] = (
    (QuerySyntaxError, 400),
    (QueryRefused, 403),
    (QueryTimeout, 504),
    (ServiceFailed, 502),
    (QueryResourceExceeded, 503),
    (WorkersUnavailable, 503),
    (QueryError, 400),
    (WriteRefused, 403),
    (InvalidData, 422),
    (SourceUnreadable, 400),
    (VersionNotFound, 404),
    (StoreBusy, 503),
    (StoreError, 503),
    (NotAcceptable, 406),
    (RequestError, 400),
)


ADVICE: Final = {
    400: "request",
    401: "token",
    403: "refused",
    404: "absent",
    405: "request",
    406: "form",
    410: "gone",
    413: "large",
    414: "large",
    415: "form",
    422: "request",
    429: "many",
    431: "large",
    500: "ours",
    501: "cannot",
    502: "elsewhere",
    503: "busy",
    504: "long",
}
"""The texts of error pages, by status: `fault_<name>` and `fault_<name>_advice`."""

_ADVICE_BY_CODE: Final = {SearchIndexUnready.code: "preparing"}
"""The texts of error pages of some problems, which are not those of their status."""

_SEPARATORS: Final = re.compile(r"[-_.,;:+%]+")

_PASSING: Final = (WorkersUnavailable, StoreError)
"""Errors that may be gone when the client asks again."""

_FILE: Final = re.compile(r"(?<![\w:/])/(?:[^\s/'\"]+/)+[^\s/'\":;,]*")
"""Where something lies on this machine: for its log, not for everybody."""


@dataclass(eq=False)  # not frozen: raising sets attributes of an exception
class Fault(Exception):
    """An answer that is an error: its status, its problem, and headers of its own."""

    status: int
    problem: Problem
    headers: tuple[tuple[bytes, bytes], ...] = ()
    problems: tuple[Problem, ...] = ()
    report: "Graph | None" = None

    def body(self) -> bytes:
        """Return the problem document (RFC 9457, section 3), with our members beside its own."""
        problem = self.problem.to_json()
        return json.dumps(
            {
                "type": "about:blank",
                "title": HTTPStatus(self.status).phrase,
                "status": self.status,
                "detail": self.problem.message,
                **{name: problem[name] for name in _MEMBERS if problem.get(name)},
                **self._several(),
            },
            default=str,
        ).encode()

    def _several(self) -> dict[str, object]:
        return (
            {"problems": [problem.to_json() for problem in self.problems]} if self.problems else {}
        )

    def text(self) -> bytes:
        """Return the problem in plain words, for a terminal."""
        head = f"{self.status} {HTTPStatus(self.status).phrase}"
        place = f"At {self.problem.place}." if str(self.problem.place) else ""
        lines = (head, self.problem.message, place, self.problem.remedy, *map(str, self.problems))
        return "".join(f"{line}\n" for line in lines if line).encode()


def fault(
    status: int,
    message: str,
    remedy: str,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    *,
    kind: type[UrbanSdgError] = RequestError,
) -> Fault:
    """Return a fault of the request, or of another kind; its code is that of the kind."""
    return Fault(status, Problem(kind.code, message, remedy), headers)


def invalid(problems: tuple[Problem, ...], report: "Graph | None", total: int) -> Fault:
    """Return the fault of data that does not validate, with the SHACL report.

    `problems` are the first of `total`.
    """
    count = "1 problem" if total == 1 else f"{total} problems"
    first = Problem(
        InvalidData.code,
        f"The change has {count}; nothing of it was written.",
        "Fix what the problems name, and send it again.",
    )
    return Fault(422, first, problems=problems, report=report)


def fault_of(error: UrbanSdgError, written: str | None = None) -> Fault:
    """Return the HTTP answer to an error of the project; 500 for one that has no status.

    `written` is the query or update as it was sent, where what was read of it is `unescaped`.
    """
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    passing = isinstance(error, _PASSING) and status == HTTPStatus.SERVICE_UNAVAILABLE
    retry = ((b"retry-after", _RETRY_SECONDS),) if passing else ()
    several = error.problems if len(error.problems) > 1 else ()
    first = error.problems[0]
    if isinstance(error, StoreError):
        first = replace(first, message=_FILE.sub("a file of the graph", first.message))
    if written is not None and isinstance(error, QuerySyntaxError):
        first = replace(first, place=_as_written(first.place, written))
    return Fault(status, first, retry, several)


def _as_written(place: Place, written: str) -> Place:
    if place.line is None or place.column is None:
        return place
    line, column = place_in(written, place.line, int(place.column))
    return replace(place, line=line, column=str(column))


def problem_document(
    error: Fault, accept: str | None, site: "SiteLinks | None" = None
) -> tuple[bytes, str]:
    """Return a fault's document and its media type.

    It is a report in RDF where there is one and the client accepts RDF, plain text or a page of the
    site where the client prefers that, and a problem document otherwise.
    """
    if error.report is not None:
        either = (PROBLEM_JSON, JSON, *_REPORTS)
        best = acceptable(accept, either)
        if best and best[0][0] in _REPORTS:
            return error.report.serialize(format=best[0][0], encoding="utf-8"), best[0][0]
    offers = (PROBLEM_JSON, JSON, TEXT, *((HTML,) if site else ()))
    ranked = acceptable(accept, offers)
    media_type = ranked[0][0] if ranked else PROBLEM_JSON
    if media_type == TEXT:
        return error.text(), f"{TEXT}; charset=utf-8"
    if media_type == HTML and site is not None:
        return _page(error, site), f"{HTML}; charset=utf-8"
    return error.body(), media_type


def fault_words(error: Fault, site: "SiteLinks") -> tuple[str, str]:
    """Return what went wrong and what to do about it, in the language of the reader."""
    kind = _ADVICE_BY_CODE.get(error.problem.code) or ADVICE.get(error.status, "other")
    retry = next((value.decode() for name, value in error.headers if name == b"retry-after"), None)
    advice = site.words(f"fault_{kind}_advice")
    if retry is not None:
        advice = f"{advice} {site.words('fault_retry', n=retry)}"
    return site.words(f"fault_{kind}"), advice


def advice_beside(error: Fault, site: "SiteLinks") -> tuple[str, str]:
    """Return the words on an error that stands beside the form whose request is wrong."""
    title, advice = fault_words(error, site)
    is_of_form = error.status == HTTPStatus.BAD_REQUEST
    return title, site.words("fault_request_here") if is_of_form else advice


def _page(error: Fault, site: "SiteLinks") -> bytes:
    # the command line asks without pages
    from urbansdg.endpoint.html.page_layout import framed
    from urbansdg.endpoint.html.page_values import plain

    is_absent = error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
    title, advice = fault_words(error, site)
    last = unquote(site.path).rstrip("/").rpartition("/")[2]
    return framed(
        "fault.html.jinja",
        site,
        title=title,
        status=error.status,
        advice=advice,
        is_absent=is_absent,
        sought=plain(_SEPARATORS.sub(" ", last)[:100]).strip() if is_absent else "",
        problem=error.problem,
        problems=error.problems,
    )
