"""Harvesting: what another SPARQL endpoint tells, pulled in pages and kept until it is whole.

The pages of an ordered answer are asked for one after the other. Each is kept as a file, so that a
harvest that breaks goes on with the page that it had not got. An endpoint that is busy (429, 503)
is asked again when it says, by Retry-After, or after a while that doubles.
"""

import email.utils
import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError

from SPARQLWrapper import POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from urbansdg.loaders.draft import Tell, silent
from urbansdg.problems import SourceUnreadable

PAGE: Final = 5_000
_BYTES: Final = 256 << 20
"""Size limit of a page, in bytes."""

_SECONDS: Final = 120
"""Longest wait for a page."""

_ATTEMPTS: Final = 6
_LONGEST: Final = 300.0
"""Longest wait before another attempt, in seconds, whatever the endpoint asks for."""

_AGAIN: Final = {408, 429, 500, 502, 503, 504}
ORIGIN: Final = "harvest.json"
"""The file beside the pages that says where they come from."""

_ENDINGS: Final = {
    "text/turtle": "ttl",
    "application/x-turtle": "ttl",
    "application/n-triples": "nt",
    "application/rdf+xml": "rdf",
}
_HEAD: Final = re.compile(rb"^[ \t]*(@prefix|@base|prefix|base|#).*$", re.IGNORECASE | re.MULTILINE)
_ORDERED: Final = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)
_LIMITED: Final = re.compile(r"\b(LIMIT|OFFSET)\s+\d+", re.IGNORECASE)
_CONSTRUCT: Final = re.compile(r"\bCONSTRUCT\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Harvest:
    """What is to be pulled: a CONSTRUCT query of an endpoint, in pages of so many solutions.

    `folder` keeps the pages while it is not whole.
    """

    endpoint: str
    query: str
    folder: Path
    page: int = PAGE

    @property
    def paged(self) -> bool:
        """Whether the answer has an order, without which pages would not fit together."""
        return _ORDERED.search(self.query) is not None and _LIMITED.search(self.query) is None

    @property
    def place(self) -> Path:
        """The folder of this very harvest."""
        told = json.dumps([self.endpoint, self.query, self.page])
        return self.folder / hashlib.sha256(told.encode()).hexdigest()[:16]


def of_graph(iri: str) -> str:
    """Return the query that asks for a whole named graph, in an order."""
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }} ORDER BY ?s ?p ?o"


def harvested(harvest: Harvest, tell: Tell = silent) -> Path:
    """Pull what is not there yet, and return the folder of all pages.

    Raises `SourceUnreadable` where the endpoint cannot be asked; what came stays for the next time.
    """
    if _CONSTRUCT.search(harvest.query) is None:
        raise _unreadable(harvest, "a harvest needs a CONSTRUCT query, which gives triples")
    harvest.place.mkdir(parents=True, exist_ok=True)
    (harvest.place / ORIGIN).write_text(
        json.dumps({"endpoint": harvest.endpoint, "query": harvest.query}), "utf-8"
    )
    for number in _lacking(harvest):
        tell("Harvesting", number, None)
        text, ending = _page(harvest, number)
        draft = harvest.place / "draft"
        draft.write_bytes(text)
        draft.rename(harvest.place / f"{number:06}.{ending}")
        if _is_empty(text) or not harvest.paged:
            break
    return harvest.place


def pages(folder: Path) -> list[Path]:
    """Return the pages of a harvest, in their order."""
    return sorted(folder.glob("[0-9][0-9][0-9][0-9][0-9][0-9].*"))


def _is_empty(text: bytes) -> bool:
    """Tell whether a page has no triples: nothing, or prefixes and comments only."""
    return not _HEAD.sub(b"", text).strip()


def forget(harvest: Harvest) -> None:
    """Remove what was kept of a harvest that is loaded."""
    shutil.rmtree(harvest.place, ignore_errors=True)


def _lacking(harvest: Harvest) -> Iterator[int]:
    """Return the numbers of the pages to ask for; none where the last one, empty, is there."""
    there = pages(harvest.place)
    if there and (_is_empty(there[-1].read_bytes()) or not harvest.paged):
        return
    number = len(there)
    while True:
        yield number
        number += 1


def _page(harvest: Harvest, number: int) -> tuple[bytes, str]:
    try:
        for attempt in Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_wait,
            sleep=time.sleep,
            reraise=True,
        ):
            with attempt:
                return _asked(harvest, number)
    except (HTTPError, URLError, SPARQLWrapperException, TimeoutError, OSError) as error:
        raise _unreadable(harvest, f"page {number} did not come ({_why(error)})") from error
    raise AssertionError


def _asked(harvest: Harvest, number: int) -> tuple[bytes, str]:
    client = SPARQLWrapper(harvest.endpoint, agent="urbansdg")
    client.setMethod(POST)
    client.setTimeout(_SECONDS)
    bounds = f"\nLIMIT {harvest.page} OFFSET {number * harvest.page}" if harvest.paged else ""
    client.setQuery(harvest.query + bounds)
    client.setReturnFormat(TURTLE)
    try:
        with closing(client.query().response) as response:
            media = response.headers.get("Content-Type", "").partition(";")[0]
            text: bytes = response.read(_BYTES + 1)
    except HTTPError as error:
        error.close()
        raise
    if len(text) > _BYTES:
        raise _unreadable(harvest, f"a page is larger than {_BYTES >> 20} MiB")
    if media not in _ENDINGS:
        raise _unreadable(harvest, f"it answers with {media or 'no media type'}, not with RDF")
    return text, _ENDINGS[media]


def _is_passing(error: BaseException) -> bool:
    """Tell whether it may be otherwise in a while."""
    if isinstance(error, HTTPError):
        return error.code in _AGAIN
    if isinstance(error, SPARQLWrapperException):
        return type(error).__name__ == "EndPointInternalError"
    return isinstance(error, URLError | TimeoutError | ConnectionError)


def _wait(state: RetryCallState) -> float:
    """Return how long to wait: as the endpoint says, else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.headers.get("Retry-After", "") if isinstance(error, HTTPError) else ""
    return min(_seconds(asked) or 2.0 ** (state.attempt_number - 1), _LONGEST)


def _seconds(retry_after: str) -> float:
    """Return the seconds of a Retry-After (RFC 9110, 10.2.3): a number of them, or a date."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def _why(error: BaseException) -> str:
    if isinstance(error, HTTPError):
        return f"status {error.code}"
    return " ".join(str(error).split())[:200] or type(error).__name__


def _unreadable(harvest: Harvest, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{harvest.endpoint} cannot be harvested: {why}.",
        "Give the command again: it goes on with what has not come yet.",
    )
