"""Harvests: copies the triples of another SPARQL endpoint page by page.

A page is a CONSTRUCT query with ORDER BY, LIMIT and OFFSET. Only with an order does an offset have
the same meaning in every request (SPARQL 1.1 Query, 15.4), so that an interrupted harvest can
resume.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

import tenacity

from urbansdg.egress.download_client import (
    DownloadClient,
    DownloadFailed,
    DownloadRefused,
    body_of,
    header_of,
    media_type_of,
)
from urbansdg.errors import Place, SourceUnreadable
from urbansdg.ontology.media_types import TURTLE
from urbansdg.sparql.solution_modifiers import is_ordered, is_sliced

_LAST: Final = ".last"
# Too Many Requests (RFC 6585, 4), and the statuses of an overloaded server or proxy.
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_OK: Final = 200
_TURTLES: Final = (TURTLE, "application/turtle", "application/x-turtle")
_IN_IRI: Final = re.compile(r'[^\x00-\x20<>"{}|^`\\]+')


@dataclass(frozen=True, slots=True)
class HarvestRequest:
    """A CONSTRUCT query to an endpoint, in pages of a number of solutions.

    A query without ORDER BY is sent once, as a whole.
    """

    endpoint: str
    query: str
    page: int = 10_000

    @property
    def key(self) -> str:
        """A hash of the request, as the name of its folder."""
        return hashlib.sha256(repr(asdict(self)).encode()).hexdigest()[:16]

    @property
    def paged(self) -> bool:
        """Whether the query has an order, so that it can be sent in pages."""
        return is_ordered(self.query)

    def page_query(self, number: int) -> str:
        """Return the query for a page; the first page is 0."""
        if not self.paged:
            return self.query
        return f"{self.query}\nLIMIT {self.page} OFFSET {number * self.page}"


@dataclass(frozen=True, slots=True)
class HarvestLimits:
    """Limits: seconds per response, seconds between attempts, attempts, and bytes per page."""

    answer: float = 60.0
    longest: float = 300.0
    attempts: int = 6
    size: int = 256 << 20


def graph_query(iri: str) -> str:
    """Return the query for a named graph; raises `SourceUnreadable` for an invalid IRI."""
    if not _IN_IRI.fullmatch(iri):
        raise SourceUnreadable(
            f"Invalid graph IRI: {iri}.", "Give the absolute IRI of the named graph."
        )
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }} ORDER BY ?s ?p ?o"


def harvest_pages(
    request: HarvestRequest,
    folder: Path,
    policy: HarvestLimits,
    tell: Callable[[str, int, int | None], None],
) -> Path:
    """Return a folder of pages in Turtle; pages from an earlier attempt are not requested again.

    Raises `SourceUnreadable`; the pages so far stay for the next attempt. `forget` removes them.
    """
    _check(request)
    pages = folder / request.key
    pages.mkdir(parents=True, exist_ok=True)
    _write_request(request, pages)
    number = len(list(pages.glob("*.ttl")))
    with _client(request, policy) as client:
        while not (pages / _LAST).exists():
            tell(request.endpoint, number, None)
            text = _request_page(client, request, number, policy)
            _write_page(pages, number, text, last=not request.paged or not _has_triples(text))
            number += 1
    return pages


def forget(pages: Path) -> None:
    """Remove the pages of a harvest after they have been loaded."""
    shutil.rmtree(pages)


def _check(request: HarvestRequest) -> None:
    if request.paged and is_sliced(request.query):
        raise _failure(request, "the query has a LIMIT or OFFSET, which paging needs to set")


def _write_request(request: HarvestRequest, pages: Path) -> None:
    """Write the request into its folder, for people who find it."""
    note = pages / "request.json"
    if not note.exists():
        record = asdict(request) | {"began": datetime.now(UTC).isoformat(timespec="seconds")}
        note.write_text(json.dumps(record, indent=1), "utf-8")


def _write_page(pages: Path, number: int, text: bytes, *, last: bool) -> None:
    """Write a page atomically."""
    draft = pages / f"{number:06}.draft"
    draft.write_bytes(text)
    draft.replace(pages / f"{number:06}.ttl")
    if last:
        (pages / _LAST).touch()


def _has_triples(text: bytes) -> bool:
    """Return whether Turtle contains more than prefixes and comments."""
    lines = (line.strip().lower() for line in text.splitlines())
    return any(
        line and not line.startswith((b"@prefix", b"prefix", b"@base", b"#")) for line in lines
    )


class _BadStatus(Exception):
    """The endpoint responds with another status than 200."""

    def __init__(self, status: int, retry_after: str | None) -> None:
        super().__init__(str(status))
        self.status = status
        self.retry_after = retry_after


def _client(request: HarvestRequest, policy: HarvestLimits) -> DownloadClient:
    """Return the client of a harvest: all its pages come from one address of the host."""
    try:
        return DownloadClient(request.endpoint, policy.answer)
    except DownloadRefused as refusal:
        raise _failure(request, str(refusal)) from None


def _request_page(
    client: DownloadClient, request: HarvestRequest, number: int, policy: HarvestLimits
) -> bytes:
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(partial(_is_transient, policy.longest)),
        stop=tenacity.stop_after_attempt(policy.attempts),
        wait=_Wait(policy.longest),
        reraise=True,
    )
    try:
        return retrying(_response, client, request, number, policy)
    except _BadStatus as error:
        why = f"it answers page {number + 1} with status {error.status}"
        raise _failure(request, why) from None
    except DownloadFailed as failure:
        raise _failure(request, f"page {number + 1} failed ({failure})") from None


def _response(
    client: DownloadClient, request: HarvestRequest, number: int, policy: HarvestLimits
) -> bytes:
    query = urlencode({"query": request.page_query(number)})
    mark = "&" if urlsplit(request.endpoint).query else "?"
    with client.get(f"{request.endpoint}{mark}{query}", ", ".join(_TURTLES)) as (_, answer):
        if answer.status != _OK:
            raise _BadStatus(answer.status, header_of(answer, "retry-after"))
        kind = media_type_of(answer)
        text = body_of(answer, policy.size)
    if kind not in _TURTLES:
        raise _failure(request, f"it answers with {kind or 'no media type'}, expected {TURTLE}")
    if len(text) > policy.size:
        raise _failure(request, f"a page exceeds {policy.size:,} bytes; use smaller pages")
    return text


def _is_transient(longest: float, error: BaseException) -> bool:
    """Return whether a request may succeed later, after a wait of acceptable length."""
    if isinstance(error, _BadStatus):
        return error.status in _BUSY and (_retry_after(error) or 0) <= longest
    return isinstance(error, DownloadFailed) and not isinstance(error, DownloadRefused)


class _Wait(tenacity.wait.wait_base):
    """Waits as long as `Retry-After` says (RFC 9110, 10.2.3), or else longer after each attempt."""

    def __init__(self, longest: float) -> None:
        self._otherwise = tenacity.wait_random_exponential(multiplier=0.5, max=longest)

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        outcome = retry_state.outcome
        error = outcome.exception() if outcome else None
        seconds = _retry_after(error) if isinstance(error, _BadStatus) else None
        return self._otherwise(retry_state) if seconds is None else seconds


def _retry_after(error: _BadStatus) -> float | None:
    """Return the seconds of `Retry-After`, which is a number or a date."""
    text = error.retry_after
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None


def _failure(request: HarvestRequest, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"Cannot harvest {request.endpoint}: {why}.",
        "Fix the cause and try again: the harvest resumes at the missing page.",
        place=Place(request.endpoint),
    )
