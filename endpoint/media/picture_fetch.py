"""Fetching a picture: one request under the operator's rules, then decoding in a child process."""

import base64
from dataclasses import dataclass
from typing import Final

from urbansdg.egress.download_client import (
    DownloadClient,
    DownloadFailed,
    DownloadRefused,
    body_of,
    header_of,
    media_type_of,
)
from urbansdg.egress.egress_policy import Egress
from urbansdg.endpoint.media.picture_decoder import reencode
from urbansdg.ontology.media_types import GIF, JPEG, PNG, WEBP
from urbansdg.sandbox.child_process import Limits, call
from urbansdg.sandbox.process_end import ChildFailed
from urbansdg.settings import Settings

_TYPES: Final = (JPEG, PNG, GIF, WEBP)
_ACCEPT: Final = ", ".join(_TYPES)
_OK: Final = 200
_SERVER_ERRORS: Final = 500
_TOO_MANY: Final = 429
_DECODE_SECONDS: Final = 20.0
_DECODE_MEMORY: Final = 1 << 30
_LIMITS: Final = Limits(memory=_DECODE_MEMORY, open_files=64, niceness=5)


class PictureUnavailable(Exception):
    """There is no picture; the text says why, as a predicate of its address.

    `is_passing` says that another attempt soon may succeed.
    """

    def __init__(self, reason: str, *, is_passing: bool = False) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.is_passing = is_passing


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A picture as WebP, and its size in pixels."""

    body: bytes
    width: int
    height: int


def fetch_picture(url: str, settings: Settings, policy: Egress) -> dict[str, EncodedPicture]:
    """Return the picture at a URL in each of the sizes; raises `PictureUnavailable`.

    The request ends after `media_seconds` and `media_bytes`, redirects included; each hop is one
    that the policy allows.
    """
    try:
        with (
            DownloadClient(url, settings.media_seconds, policy) as client,
            client.get(url, _ACCEPT) as (_, answer),
        ):
            _check(answer.status, media_type_of(answer))
            if header_of(answer, "content-encoding") not in {None, "identity"}:
                raise PictureUnavailable("is compressed by its server once more")
            body = body_of(answer, settings.media_bytes)
            if len(body) > settings.media_bytes:
                raise PictureUnavailable(f"is larger than {settings.media_bytes:,} bytes")
    except DownloadRefused as error:
        raise PictureUnavailable(f"may not be fetched: {error}") from None
    except DownloadFailed as error:
        raise PictureUnavailable(f"cannot be fetched: {error}", is_passing=True) from None
    return decode_picture(body)


def _check(status: int, media_type: str) -> None:
    if status != _OK:
        is_passing = status >= _SERVER_ERRORS or status == _TOO_MANY
        reason = f"cannot be fetched: its host answers with status {status}"
        raise PictureUnavailable(reason, is_passing=is_passing)
    if media_type not in _TYPES:
        name = "".join(letter for letter in media_type if letter.isprintable())[:100]
        raise PictureUnavailable(f"has the type {name!r}, not one of {_ACCEPT}")


def decode_picture(body: bytes) -> dict[str, EncodedPicture]:
    """Return a picture in each of the sizes, decoded in a child process.

    Raises `PictureUnavailable` where it is none, has too many pixels, or costs the child more
    memory or time than it has.
    """
    order = {"picture": base64.b64encode(body).decode("ascii")}
    try:
        outcome = call(reencode, order, seconds=_DECODE_SECONDS, limits=_LIMITS)
    except ChildFailed as error:
        raise PictureUnavailable(f"cannot be decoded: it {error.end.reason}") from None
    if "refused" in outcome:
        raise PictureUnavailable(f"cannot be shown: {outcome['refused']}")
    return {
        name: EncodedPicture(base64.b64decode(size["body"]), size["width"], size["height"])
        for name, size in outcome["pictures"].items()
    }
