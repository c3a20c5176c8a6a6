"""What a client has already: entity tags, times of change, and 304 (RFC 9110, section 13)."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from importlib.metadata import version as installed
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from urbansdg import __version__

OF_A_VERSION: Final = "public, max-age=86400, must-revalidate"
"""How long a cache may give what is of one version without asking.

A version stays as it is, but that the data of a person may have to be taken out of it
(`urbansdg.store.privacy.redaction`): nobody is to tell them for longer than a day after that.
Asking costs little: the entity tag stays the same as long as the version does.
"""

_MADE_BY: Final = f"{__version__} {installed('pyoxigraph')}"  # others may write otherwise


def entity_tag_of(state: str, name: str) -> str:
    """Return an entity tag of what has that name, whatever letters are in it, at a state."""
    told = f"{_MADE_BY} {name}".encode()
    return f'"{state}-{hashlib.blake2b(told, digest_size=9).hexdigest()}"'


@lru_cache(maxsize=64)
def last_modified(moment: datetime) -> str:
    """Return a time as the value of Last-Modified, in whole seconds."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def modified(moment: datetime, mark: str) -> dict[str, str]:
    """Return Last-Modified of what a version has, nothing where the version was revised since.

    A revision takes out what may not be told any more: by time, nobody is to keep it.
    """
    return {} if "." in mark else {"last-modified": last_modified(moment)}


def as_held(request: Request, headers: dict[str, str]) -> Response | None:
    """Return 304 where the client has what those headers tell of, else None.

    What it has it tells by entity tag, or where it sends none, by time (RFC 9110, 13.2.2).
    """
    told = request.headers.getlist("if-none-match")
    if told:
        known = is_held(",".join(told), headers["etag"])
    else:
        known = _is_as_old(request.headers.get("if-modified-since"), headers.get("last-modified"))
    return Response(status_code=304, headers=headers) if known else None


def is_held(if_none_match: str | None, tag: str) -> bool:
    """Tell whether a client that sends If-None-Match has what has a tag (weakly, 13.1.2)."""
    tags = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    return bool(tags & {tag, "*"})


def _is_as_old(since: str | None, modified: str | None) -> bool:
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(since) >= parsedate_to_datetime(modified)
    except (ValueError, TypeError, OverflowError):  # no date, or one without a zone
        return False
