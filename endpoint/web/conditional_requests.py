"""Entity tags, Last-Modified and the conditions of requests: 304 and 412 (RFC 9110, section 13).

This is the one place that compares them; `content_codings` only adds the ending of a coding to the
entity tags that pass it.
"""

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from importlib.metadata import version as installed
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from urbansdg import __version__

_MADE_BY: Final = f"{__version__} {installed('pyoxigraph')}"  # others may write otherwise


def entity_tag_of(state: str, name: str) -> str:
    """Return the entity tag of a representation, by its name and the state of its source."""
    seed = f"{_MADE_BY} {name}".encode()
    return f'"{state}-{hashlib.blake2b(seed, digest_size=9).hexdigest()}"'


@lru_cache(maxsize=64)
def last_modified(moment: datetime) -> str:
    """Return the value of Last-Modified for a time, in whole seconds."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def modified(moment: datetime, mark: str) -> dict[str, str]:
    """Return Last-Modified for a version, nothing where the version was revised.

    A revision removes personal data: no cache is to keep the earlier state because of its date.
    """
    return {} if "." in mark else {"last-modified": last_modified(moment)}


def not_modified_response(request: Request, headers: dict[str, str]) -> Response | None:
    """Return 304 where the client has the representation that the headers describe, else None.

    Its entity tag decides; without If-None-Match, Last-Modified does (RFC 9110, 13.2.2).
    """
    tags = request.headers.getlist("if-none-match")
    if tags:
        is_same = matching_tag(",".join(tags), (headers["etag"],)) is not None
    else:
        is_same = _is_as_old(request.headers.get("if-modified-since"), headers.get("last-modified"))
    return Response(status_code=304, headers=headers) if is_same else None


def is_named(request: Request, tag: str) -> bool:
    """Return whether If-None-Match names an entity tag by itself, not by `*`.

    Only a client that was sent the representation knows its tag, so 304 needs no look at the graph.
    """
    return tag in _weak(",".join(request.headers.getlist("if-none-match")))


def matching_tag(if_none_match: str | None, tags: Sequence[str]) -> str | None:
    """Return the first of the entity tags that If-None-Match names, None where it names none.

    The comparison is weak (RFC 9110, 13.1.2); `*` names the first.
    """
    if not if_none_match:
        return None
    named = _weak(if_none_match)
    return tags[0] if "*" in named else next((tag for tag in tags if tag in named), None)


def is_precondition_met(request: Request, tags: Collection[str]) -> bool:
    """Return whether a write may go on by If-Match and If-None-Match (RFC 9110, 13.1.1, 13.1.2).

    `tags` are those of the current representations, none where there is nothing yet. The comparison
    with If-Match is strong: a weak tag matches nothing.
    """
    current = {*tags, "*"} if tags else set[str]()
    required = _listed(request.headers.get("if-match", ""))
    unwanted = _weak(request.headers.get("if-none-match", ""))
    return not (required and not required & current) and not unwanted & current


def _listed(value: str) -> set[str]:
    """Return the members of a condition; ours have no comma in their tags."""
    return {tag for part in value.split(",") if (tag := part.strip())}


def _weak(value: str) -> set[str]:
    return {tag.removeprefix("W/") for tag in _listed(value)}


def _is_as_old(since: str | None, modified: str | None) -> bool:
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(since) >= parsedate_to_datetime(modified)
    except (ValueError, TypeError, OverflowError):  # no date, or one without a zone
        return False
