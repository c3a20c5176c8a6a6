"""GET requests: redirects are checked hop by hop.

Downloads and harvests send their requests through it, to a host that an officer names. A redirect
may lead to the same host, whose address stays the one of the first request, or to another host at a
public address, and never from HTTPS to HTTP. `egress_policy.DownloadBackend` checks each address
where it connects to it.

Pictures are fetched through it too, under a policy: the graph names their hosts, so that each hop
has to be to a host that the operator allows (`egress_policy.PolicyBackend`).
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import httpcore

from urbansdg.egress.egress_policy import (
    DownloadBackend,
    Egress,
    Forbidden,
    NotPublic,
    PolicyBackend,
)

REDIRECTS: Final = 5
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_SCHEMES: Final = ("http://", "https://")


class DownloadFailed(Exception):
    """There is no response; the text says why, and another attempt may succeed."""


class DownloadRefused(DownloadFailed):
    """The request or a redirect is not allowed; another attempt has no better result."""


class DownloadClient:
    """Sends requests to one URL's host and, over redirects, to hosts at public addresses.

    `seconds` limits each wait for the network. With a policy, no host is trusted: each has to be
    one that the policy allows, and `seconds` limits all that the client does.
    """

    def __init__(self, url: str, seconds: float, policy: Egress | None = None) -> None:
        """Take the host of the URL; raises `DownloadRefused` for an invalid URL."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise DownloadRefused(f"it is not a valid URL ({error})") from None
        if not url.lower().startswith(_SCHEMES) or not host:
            raise DownloadRefused("it is not an http or https URL")
        self._policy = policy
        backend: httpcore.NetworkBackend = DownloadBackend(host)
        if policy is not None:
            backend = PolicyBackend(policy, time.monotonic() + seconds)
        self._pool = httpcore.ConnectionPool(network_backend=backend)
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)

    def __enter__(self) -> Self:
        """Return the client, whose connections end with the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._pool.close()

    @contextmanager
    def get(self, url: str, accept: str) -> Iterator[tuple[str, httpcore.Response]]:
        """Give the URL of the last hop and its response, whatever its status, within a block.

        Raises `DownloadFailed` and `DownloadRefused`, also while the body is read in the block.
        """
        here = url
        try:
            for _ in range(REDIRECTS + 1):
                if self._policy is not None:
                    self._policy.check_url(here)
                with self._pool.stream(
                    "GET",
                    here,
                    # Some hosts, such as Wikimedia's, refuse requests that do not say who asks.
                    headers={"Accept": accept, "User-Agent": "urbansdg"},
                    extensions={"timeout": self._timeouts},
                ) as answer:
                    location = header_of(answer, "location")
                    if answer.status in _MOVED and location is not None:
                        here = _next_url(here, location)
                        continue
                    yield here, answer
                    return
            raise DownloadRefused(f"it redirects more than {REDIRECTS} times")
        except NotPublic as error:
            raise DownloadRefused(str(error)) from None
        except Forbidden as error:
            raise DownloadRefused(f"{error} is not allowed") from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise DownloadFailed(str(error) or type(error).__name__) from None
        except (httpcore.UnsupportedProtocol, ValueError) as error:
            raise DownloadRefused(f"it is not a valid URL ({error})") from None


def header_of(answer: httpcore.Response, name: str) -> str | None:
    """Return a header field of a response, None where it has none."""
    values: Mapping[str, str] = {
        key.decode("latin-1").lower(): value.decode("latin-1") for key, value in answer.headers
    }
    return values.get(name)


def media_type_of(answer: httpcore.Response) -> str:
    """Return the media type of a response without its parameters, in lower case, "" without one."""
    return (header_of(answer, "content-type") or "").partition(";")[0].strip().lower()


def body_of(answer: httpcore.Response, size: int) -> bytes:
    """Return a body; of a longer one than `size`, a part that is longer."""
    body = bytearray()
    for chunk in answer.iter_stream():
        body += chunk
        if len(body) > size:
            break
    return bytes(body)


def _next_url(here: str, location: str) -> str:
    """Return the URL of a redirect; raises `DownloadRefused`."""
    there = urljoin(here, location)
    is_downgrade = here.lower().startswith("https:") and not there.lower().startswith("https:")
    # A redirect from HTTPS to HTTP would give up the integrity of the file.
    if not there.lower().startswith(_SCHEMES) or is_downgrade:
        raise DownloadRefused(f"its redirect to {there} is not allowed")
    return there
