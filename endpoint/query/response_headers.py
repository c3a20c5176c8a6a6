"""Header fields of an answer for caches and citation (RFC 9110, 9111, 7089 and 8574)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from importlib.metadata import version as installed
from typing import Final
from urllib.parse import quote_plus

from urbansdg.endpoint.editions.memento_datetimes import ways_of_query
from urbansdg.endpoint.http_fields.cache_control import NO_STORE, OF_A_VERSION, kept_for
from urbansdg.endpoint.query.protocol_request import Parameters
from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.web.compression import Coding
from urbansdg.endpoint.web.conditional_requests import matching_tag
from urbansdg.endpoint.web.content_negotiation import Choice
from urbansdg.endpoint.workers.worker_pool import WorkerAnswer
from urbansdg.endpoint.workers.zygote_client import Tier
from urbansdg.ontology.iris import Iris

_ENGINE: Final = installed("pyoxigraph")  # another one may order rows in another way
_TIERS: Final[tuple[Tier, ...]] = ("memory", "disk", "engine")
_PERCENT: Final = {code: quote_plus(chr(code)) for code in range(128)}
_LONGEST_LINK: Final = 4000  # common limits on all headers are 8 KB

ResponseHeaders = tuple[tuple[bytes, bytes], ...]

_EXPOSED: Final = (
    b"ETag, Link, Memento-Datetime, Cache-Status, Retry-After, Urbansdg-Version, "
    b"Urbansdg-Added, Urbansdg-Removed"
)
COMMON: Final[ResponseHeaders] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED),
    (b"vary", b"Accept, Accept-Encoding, Accept-Datetime"),
)
"""The headers of every answer of `/sparql`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The formats chosen for the two kinds of answer, None where none is accepted."""

    results: Choice | None
    graphs: Choice | None


@dataclass(frozen=True, slots=True)
class Representation:
    """One query's answer in one format and one encoding, of the current version or of a named one.

    `repeats` is False for an answer that differs each time, `stored` is False for that of a POST,
    which no cache keeps. `fresh` is the number of seconds for which a cache may give an answer of
    the current version without asking.
    """

    iris: Iris
    parameters: Parameters
    offer: Offer
    coding: Coding | None
    repeats: bool
    stored: bool
    fresh: int

    def content_type(self, answer: WorkerAnswer) -> bytes:
        """Return the value of Content-Type."""
        choice = self.offer.graphs if answer.is_graph else self.offer.results
        return choice.content_type.encode() if choice else b""

    @property
    def tagged(self) -> bool:
        """Whether it has a validator."""
        return self.repeats and self.stored

    def matching_tag(self, if_none_match: str | None, version: ServedVersion) -> bytes | None:
        """Return the entity tag of the answer that the client has, None where it has none.

        The answers of all tiers count: each is right.
        """
        if not self.tagged or not if_none_match:
            return None
        tag = matching_tag(if_none_match, [self._tag(version.mark, tier) for tier in _TIERS])
        return None if tag is None else tag.encode()

    def unchanged(self, tag: bytes, version: ServedVersion) -> ResponseHeaders:
        """Return the headers of a 304: those that the 200 would have (RFC 9110, 15.4.5)."""
        return ((b"etag", tag), *self._version_headers(version.number, version.created))

    def headers(self, answer: WorkerAnswer) -> ResponseHeaders:
        """Return the headers of an answer that name its version and say how long to keep it."""
        headers = self._version_headers(answer.version, answer.created)
        if not self.tagged:
            return headers
        return ((b"etag", self._tag(answer.mark, answer.tier).encode()), *headers)

    def _version_headers(self, number: int, created: datetime) -> ResponseHeaders:
        return (
            (b"urbansdg-version", str(number).encode()),
            (b"memento-datetime", _http_date(created)),
            (b"link", self._links(number)),
            (b"cache-control", self._lifetime()),
        )

    def _lifetime(self) -> bytes:
        if not self.tagged:
            return NO_STORE.encode()
        if self.parameters.version is not None:
            return OF_A_VERSION.encode()
        return kept_for(self.fresh, must_revalidate=True).encode()

    def _tag(self, version: str, tier: Tier) -> str:
        # The order of rows that are not sorted differs between the tiers.
        return f'"{version}{tier[0]}-{self._digest()}"'

    def _digest(self) -> str:
        parameters = self.parameters
        distinguishing = (
            parameters.query,
            parameters.default_graphs,
            parameters.named_graphs,
            parameters.limits,
        )
        types = (_type(self.offer.results), _type(self.offer.graphs))
        encoded = repr((distinguishing, types, self.coding, _ENGINE)).encode()
        return hashlib.blake2b(encoded, digest_size=12).hexdigest()

    def _links(self, number: int) -> bytes:
        """Return the version's description and, where it repeats, the address to cite."""
        described = f'<{self.iris.version(number)}>; rel="describedby"'
        is_short = len(self.parameters.query or "") < _LONGEST_LINK
        address = self._address(number) if self.repeats and is_short else ""
        if not 0 < len(address) < _LONGEST_LINK:
            return described.encode()
        ways = ways_of_query(self.iris.base, self._arguments(None))
        cited = f'<{address}>; rel="cite-as"'
        links = ", ".join((described, cited, *(ways if len(address) < _LONGEST_LINK // 4 else ())))
        return links.encode()

    def _address(self, number: int) -> str:
        return f"{self.iris.base}/sparql?{self._arguments(number)}"

    def _arguments(self, number: int | None) -> str:
        parameters = self.parameters
        pairs = [("query", parameters.query or "")]
        pairs += [] if number is None else [("version", str(number))]
        pairs += [("default-graph-uri", iri) for iri in parameters.default_graphs or ()]
        pairs += [("named-graph-uri", iri) for iri in parameters.named_graphs or ()]
        pairs += [("format", name) for name in parameters.formats]
        return "&".join(f"{name}={_encoded(value)}" for name, value in pairs)


def _encoded(text: str) -> str:
    """Return a value as it stands in a query string."""
    # The library takes a step of Python for each byte, and this is done for each new query.
    return text.translate(_PERCENT) if text.isascii() else quote_plus(text)


def _type(choice: Choice | None) -> str | None:
    return None if choice is None else choice.media_type


def cache_status(answer: WorkerAnswer, *, repeats: bool) -> bytes:
    """Return the value of Cache-Status (RFC 9211): whether the answer is from the cache."""
    if answer.is_kept:
        return b"urbansdg; hit"
    return b"urbansdg; fwd=uri-miss" if repeats else b"urbansdg; fwd=bypass"


@lru_cache(maxsize=64)
def _http_date(moment: datetime) -> bytes:
    return format_datetime(moment.replace(microsecond=0), usegmt=True).encode()
