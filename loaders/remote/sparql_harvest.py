"""Harvesting: the triples of another SPARQL endpoint, asked for page by page.

A page is a CONSTRUCT with ORDER BY, LIMIT and OFFSET: only an order makes offsets mean the same
from one request to the next (SPARQL 1.1, section 15.4). Each page is kept as a file until the last
one is there, so that what broke off goes on where it was.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError

import tenacity
from SPARQLWrapper import TURTLE as ASK_TURTLE
from SPARQLWrapper import SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import EndPointInternalError, SPARQLWrapperException

from urbansdg.errors import Place, SourceUnreadable
from urbansdg.ontology.media_types import TURTLE

_LAST: Final = ".last"
_ORDERED: Final = re.compile(r"\border\s+by\b", re.IGNORECASE)
_LIMITED: Final = re.compile(r"\b(?:limit|offset)\s+\d+", re.IGNORECASE)
_BUSY: Final = frozenset({429, 502, 503, 504})
_IN_IRI: Final = re.compile(r'[^\x00-\x20<>"{}|^`\\]+')


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of which endpoint: a CONSTRUCT query, in pages of so many solutions.

    A query without ORDER BY is asked once, as a whole.
    """

    endpoint: str
    query: str
    page: int = 10_000

    @property
    def key(self) -> str:
        """What tells this request from any other, as a name of a folder."""
        return hashlib.sha256(repr(asdict(self)).encode()).hexdigest()[:16]

    @property
    def paged(self) -> bool:
        """Whether the query has an order, so that it can be asked in pages."""
        return _ORDERED.search(self.query) is not None

    def numbered(self, number: int) -> str:
        """Return the query for a page, the first being 0."""
        if not self.paged:
            return self.query
        return f"{self.query}\nLIMIT {self.page} OFFSET {number * self.page}"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that an answer, and a wait before asking again, may take; how often it is asked."""

    answer: float = 60.0
    longest: float = 300.0
    attempts: int = 6
    size: int = 256 << 20


def whole_graph(iri: str) -> str:
    """Return the query for a named graph; raises `SourceUnreadable` for what is no IRI."""
    if not _IN_IRI.fullmatch(iri):
        raise SourceUnreadable(f"{iri} is no IRI.", "Name the graph by its absolute IRI.")
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }} ORDER BY ?s ?p ?o"


def harvested(
    request: Request,
    folder: Path,
    patience: Patience,
    tell: Callable[[str, int, int | None], None],
) -> Path:
    """Return a folder of pages in Turtle; those that are there already are not asked for again.

    Raises `SourceUnreadable`; what was got stays for the next try. `forget` removes it.
    """
    _check(request)
    pages = folder / request.key
    pages.mkdir(parents=True, exist_ok=True)
    _note(request, pages)
    number = len(list(pages.glob("*.ttl")))
    while not (pages / _LAST).exists():
        tell(request.endpoint, number, None)
        text = _asked(request, number, patience)
        _keep(pages, number, text, last=not request.paged or not _says_anything(text))
        number += 1
    return pages


def forget(pages: Path) -> None:
    """Remove the pages of a harvest, when they are loaded."""
    shutil.rmtree(pages)


def _check(request: Request) -> None:
    if not request.endpoint.startswith(("http://", "https://")):
        raise _failed(request, "it is no http or https URL")
    if request.paged and _LIMITED.search(request.query):
        raise _failed(request, "the query has a LIMIT or OFFSET, and pages are made with these")


def _note(request: Request, pages: Path) -> None:
    """Write down for people what the folder is of."""
    note = pages / "request.json"
    if not note.exists():
        told = asdict(request) | {"began": datetime.now(UTC).isoformat(timespec="seconds")}
        note.write_text(json.dumps(told, indent=1), "utf-8")


def _keep(pages: Path, number: int, text: bytes, *, last: bool) -> None:
    """Keep a page whole or not at all."""
    draft = pages / f"{number:06}.draft"
    draft.write_bytes(text)
    draft.replace(pages / f"{number:06}.ttl")
    if last:
        (pages / _LAST).touch()


def _says_anything(text: bytes) -> bool:
    """Tell whether Turtle holds more than prefixes and remarks."""
    lines = (line.strip().lower() for line in text.splitlines())
    return any(
        line and not line.startswith((b"@prefix", b"prefix", b"@base", b"#")) for line in lines
    )


def _asked(request: Request, number: int, patience: Patience) -> bytes:
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(partial(_may_pass, patience.longest)),
        stop=tenacity.stop_after_attempt(patience.attempts),
        wait=_Wait(patience.longest),
        reraise=True,
    )
    try:
        return retrying(_answer, request, number, patience)
    except HTTPError as error:
        raise _failed(request, f"it answers {error.code} to page {number + 1}") from None
    except (OSError, HTTPException, SPARQLWrapperException) as error:
        why = str(getattr(error, "reason", None) or error).partition("\n")[0]
        raise _failed(request, f"page {number + 1} is not to be had ({why})") from None


def _answer(request: Request, number: int, patience: Patience) -> bytes:
    client = SPARQLWrapper(request.endpoint)
    client.setTimeout(int(patience.answer) or 1)
    client.setReturnFormat(ASK_TURTLE)
    client.setOnlyConneg(True)
    client.setQuery(request.numbered(number))
    try:
        answer = client.query()
    except HTTPError as error:
        error.close()
        raise
    kind = str(answer.info().get("content-type", "")).partition(";")[0]
    with closing(answer.response) as body:
        text: bytes = body.read(patience.size + 1)
    if kind not in {TURTLE, "application/turtle", "application/x-turtle"}:
        raise _failed(request, f"it answers in {kind or 'a form it does not name'}, not in Turtle")
    if len(text) > patience.size:
        raise _failed(
            request, f"a page has more than {patience.size:,} bytes; ask for smaller ones"
        )
    return text


def _may_pass(longest: float, error: BaseException) -> bool:
    """Tell whether a failure may be over when it is asked again, after a wait that is bearable."""
    if isinstance(error, HTTPError):
        return error.code in _BUSY and (_said(error) or 0) <= longest
    return isinstance(error, (URLError, OSError, HTTPException, EndPointInternalError))


class _Wait(tenacity.wait.wait_base):
    """Waits as long as `Retry-After` says (RFC 9110, section 10.2.3), or else longer each time."""

    def __init__(self, longest: float) -> None:
        self._otherwise = tenacity.wait_random_exponential(multiplier=0.5, max=longest)

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        outcome = retry_state.outcome
        error = outcome.exception() if outcome else None
        seconds = _said(error) if isinstance(error, HTTPError) else None
        return self._otherwise(retry_state) if seconds is None else seconds


def _said(error: HTTPError) -> float | None:
    """Return the seconds that `Retry-After` asks for, in either of its forms."""
    text = error.headers.get("Retry-After")
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None


def _failed(request: Request, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{request.endpoint} cannot be harvested: {why}.",
        "Mend what it says and ask again: the pages that are here are not asked for twice.",
        place=Place(request.endpoint),
    )
