"""Egress policies: which hosts and addresses may be contacted, and how connections are made.

SERVICE may contact the hosts that the operator names, at public addresses, and so may the fetching
of pictures, which has a list of its own. A download may contact the host of its URL, and redirects
may lead to other hosts at public addresses.

The address is checked where the connection is made, and that same address is used for it: a name
that resolves to another address a moment later (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

import httpcore

from urbansdg.egress.networks import (
    Address,
    Network,
    embedded_addresses,
    is_public,
    networks,
)
from urbansdg.egress.url_host import host_of
from urbansdg.settings import Settings

# Metadata services of clouds, which give a machine its credentials. The last address is public.
_METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16")
)


class Forbidden(Exception):
    """A host or address must not be contacted; the text names it."""


def is_metadata(address: Address) -> bool:
    """Return whether an address is, or stands for, a metadata service of a cloud."""
    return address in _METADATA or any(one in _METADATA for one in embedded_addresses(address))


def is_allowed(address: Address, exempt: Iterable[Network] = ()) -> bool:
    """Return whether an address is public or in an exempt network, and not a metadata service."""
    address = getattr(address, "ipv4_mapped", None) or address
    if is_metadata(address):
        return False
    return is_public(address) or any(address in network for network in exempt)


@dataclass(frozen=True)
class Egress:
    """A policy for SERVICE or for pictures: allowed hosts, and networks that need not be public.

    A host is `host` or `host:port`. Without hosts, nothing may be contacted.
    """

    hosts: frozenset[str] = frozenset()
    exempt: tuple[Network, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the policy for SERVICE in the settings."""
        return cls(_hosts(settings.service_hosts), networks(settings.service_networks))

    @classmethod
    def for_media(cls, settings: Settings) -> Self:
        """Return the policy for pictures in the settings."""
        return cls(_hosts(settings.media_hosts), networks(settings.media_networks))

    def allows(self, url: str) -> bool:
        """Return whether the URL has an allowed host and port."""
        return host_of(url) in self.hosts

    def check_url(self, url: str) -> None:
        """Raise `Forbidden` unless the URL has an allowed host and port."""
        if not self.allows(url):
            raise Forbidden(host_of(url) or url)

    def check_address(self, address: Address) -> None:
        """Raise `Forbidden` unless the address is public or in an exempt network."""
        if not is_allowed(address, self.exempt):
            raise Forbidden(f"the address {address}")

    def address_of(self, host: str, port: int) -> Address:
        """Return the first address of a host; waits for the resolver.

        Raises `Forbidden` unless all its addresses may be contacted, and `httpcore.ConnectError`
        where it has none.
        """
        addresses = _resolve(host, port)
        for address in addresses:
            self.check_address(address)
        return addresses[0]


def _hosts(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").casefold().split())


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name, checks all its addresses, and connects to the first of them."""

    def __init__(self, egress: Egress) -> None:
        """Create a backend that follows the policy."""
        self._egress = egress
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; raises `Forbidden`, and httpcore's errors."""
        address = await asyncio.to_thread(self._egress.address_of, host, port)
        return await self._network.connect_tcp(
            str(address), port, timeout, local_address, socket_options
        )


class PolicyBackend(httpcore.NetworkBackend):
    """Does what `PinnedBackend` does without an event loop, until a deadline.

    `ends` is a time of `time.monotonic`. The addresses of a host are resolved and checked once: all
    connections to it lead to the first of them. Nothing takes longer than until the deadline,
    except the resolver: a server that sends one byte a second gains no time.
    """

    def __init__(self, egress: Egress, ends: float) -> None:
        """Create a backend that follows the policy."""
        self._egress = egress
        self._ends = ends
        self._pinned: dict[tuple[str, int], Address] = {}
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; raises `Forbidden`, and httpcore's errors."""
        if (host, port) not in self._pinned:
            self._pinned[host, port] = self._egress.address_of(host, port)
        seconds = _remaining(self._ends, timeout, httpcore.ConnectTimeout)
        stream = self._network.connect_tcp(
            str(self._pinned[host, port]), port, seconds, local_address, socket_options
        )
        return _DeadlineStream(stream, self._ends)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection that ends at a deadline."""

    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream = stream
        self._ends = ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read; raises `httpcore.ReadTimeout` after the deadline."""
        seconds = _remaining(self._ends, timeout, httpcore.ReadTimeout)
        return self._stream.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write; raises `httpcore.WriteTimeout` after the deadline."""
        self._stream.write(buffer, _remaining(self._ends, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Begin TLS; raises `httpcore.ConnectTimeout` after the deadline."""
        seconds = _remaining(self._ends, timeout, httpcore.ConnectTimeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, seconds)
        return _DeadlineStream(stream, self._ends)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # the interface of httpcore
        """Return what the connection says of itself."""
        return self._stream.get_extra_info(info)


def _remaining(ends: float, seconds: float | None, late: type[httpcore.TimeoutException]) -> float:
    """Return the time until a deadline, `seconds` at most; raises `late` after it."""
    remaining = ends - time.monotonic()
    if remaining <= 0:
        raise late("it takes too long")
    return remaining if seconds is None else min(seconds, remaining)


class NotPublic(httpcore.ConnectError):
    """A download would lead to an address that it may not contact."""


class DownloadBackend(httpcore.NetworkBackend):
    """Connects to one trusted host at any address, and to other hosts at public addresses only.

    The trusted host is the one that the officer has named; not even it may be a metadata service.
    Its address is resolved once: were it resolved again after a redirect to itself, it could then
    lead into the server's own network.
    """

    def __init__(self, trusted: str) -> None:
        """Create a backend that trusts the host."""
        self._trusted = trusted
        self._pinned: Address | None = None
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; raises `httpcore.ConnectError`, and its subclass `NotPublic`."""
        address = self._trusted_address(port) if host == self._trusted else _public(host, port)
        return self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)

    def _trusted_address(self, port: int) -> Address:
        if self._pinned is None:
            addresses = _resolve(self._trusted, port)
            if any(map(is_metadata, addresses)):
                raise NotPublic(f"{self._trusted} is the metadata service of a cloud")
            self._pinned = addresses[0]
        return self._pinned


def _public(host: str, port: int) -> Address:
    addresses = _resolve(host, port)
    if not all(map(is_allowed, addresses)):
        raise NotPublic(f"the redirect leads to {host}, which is not public")
    return addresses[0]


def _resolve(host: str, port: int) -> list[Address]:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(f"cannot resolve {host}: {error}") from None
    return [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in entries]
