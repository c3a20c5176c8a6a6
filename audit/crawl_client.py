"""An HTTP client for one site: limited in requests, bytes and time, with a pause between requests.

It contacts only the host that it was created for: it follows no redirect or link to another host.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from urbansdg.errors import AuditError
from urbansdg.ontology.namespaces import PROJECT

_AGENT: Final = f"urbansdg-audit ({PROJECT})"
_REDIRECTS: Final = 5
_MOVED: Final = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    """Limits of a crawl: requests, bytes of a response and in total, seconds in total.

    `answer_seconds` limits one response, `pause` is the wait between requests, both in seconds.
    """

    requests: int = 150
    size: int = 16 << 20
    all_sizes: int = 256 << 20
    seconds: float = 300.0
    answer_seconds: float = 30.0
    pause: float = 0.2


@dataclass(frozen=True, slots=True)
class CrawlResponse:
    """A response: its URL, status, headers and body; `whole` is False if the body was cut."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes
    whole: bool = True

    @property
    def media_type(self) -> str:
        """The media type, without parameters."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text in UTF-8."""
        return self.body.decode("utf-8", "replace")


class CrawlLimitReached(Exception):
    """The limits of the crawl are reached."""


class OtherHost(Exception):
    """The URL is on another host."""


class CrawlFailed(Exception):
    """The site did not respond to a request."""


@dataclass(slots=True)
class CrawlClient:
    """Sends requests to one host."""

    start: str
    bounds: CrawlLimits = field(default_factory=CrawlLimits)
    requests: int = 0
    received: int = 0
    _began: float = field(default_factory=time.monotonic)
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        """Check the address; raises `AuditError` if it is not an HTTP URL."""
        parts = urlsplit(self.start)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AuditError(
                f"{self.start!r} is not the address of a site.",
                "Use an address such as https://city.example/",
            )
        # Proxies in the environment are ignored: they would contact the host in our place.
        self._client = httpx.Client(
            timeout=self.bounds.answer_seconds, headers={"user-agent": _AGENT}, trust_env=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def is_same_host(self, url: str) -> bool:
        """Return whether a URL is on the host of the crawl."""
        here, there = urlsplit(self.start), urlsplit(url)
        return (here.scheme, here.netloc) == (there.scheme, there.netloc)

    def ask(
        self,
        url: str,
        method: str = "GET",
        follow: bool = True,  # noqa: FBT001, FBT002  # read like httpx's
        **headers: str,
    ) -> CrawlResponse:
        """Return the response to a request, after redirects on the same host.

        Raises `CrawlLimitReached`, `OtherHost`, `CrawlFailed`.
        """
        url = urljoin(self.start, url)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for _ in range(_REDIRECTS + 1):
            answer = self._once(url, method, named, None)
            if answer.status not in _MOVED or not follow:
                return answer
            url = urljoin(url, answer.headers.get("location", ""))
        raise CrawlFailed(f"{url}: too many redirects")

    def stream(self, url: str, taken: Callable[[bytes], object]) -> CrawlResponse:
        """Pass the body of a response to a function in chunks, up to the total limit."""
        return self._once(urljoin(self.start, url), "GET", {"accept-encoding": "identity"}, taken)

    def _once(
        self,
        url: str,
        method: str,
        headers: dict[str, str],
        taken: Callable[[bytes], object] | None,
    ) -> CrawlResponse:
        self._spend(url)
        body, most = bytearray(), self.bounds.size if taken is None else self.bounds.all_sizes
        whole = True
        try:
            with self._client.stream(method, url, headers=headers) as answer:
                chunks = answer.iter_bytes() if taken is None else answer.iter_raw()
                for chunk in chunks:
                    self.received += len(chunk)
                    most -= len(chunk)
                    if most < 0 or self.received > self.bounds.all_sizes or self._is_late():
                        whole = False
                        break
                    (body.extend if taken is None else taken)(chunk)
                return CrawlResponse(url, answer.status_code, answer.headers, bytes(body), whole)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CrawlFailed(f"no response from {url}: {error or type(error).__name__}") from None

    def _spend(self, url: str) -> None:
        if not self.is_same_host(url):
            raise OtherHost(f"{url} is on another host")
        if self.requests >= self.bounds.requests or self._is_late():
            raise CrawlLimitReached("the limit of requests or time is reached")
        if self.requests:
            time.sleep(self.bounds.pause)
        self.requests += 1

    def _is_late(self) -> bool:
        return time.monotonic() - self._began > self.bounds.seconds
