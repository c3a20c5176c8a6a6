"""Egress policies: which hosts and addresses may be contacted, and how connections are made.

SERVICE may contact the hosts that the operator names, at public addresses. A download may contact
the host of its URL, and redirects may lead to other hosts at public addresses.

The address is checked where the connection is made, and that same address is used for it: a name
that resolves to another address a moment later (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
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
    """The policy for SERVICE: allowed hosts, and networks that need not be public.

    A host is `host` or `host:port`. Without hosts, SERVICE is disabled.
    """

    hosts: frozenset[str] = frozenset()
    exempt: tuple[Network, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the policy in the settings."""
        hosts = settings.service_hosts.replace(",", " ").casefold().split()
        return cls(frozenset(hosts), networks(settings.service_networks))

    def check_url(self, url: str) -> None:
        """Raise `Forbidden` unless the URL has an allowed host and port."""
        name = host_of(url)
        if name not in self.hosts:
            raise Forbidden(name or url)

    def check_address(self, address: Address) -> None:
        """Raise `Forbidden` unless the address is public or in an exempt network."""
        if not is_allowed(address, self.exempt):
            raise Forbidden(f"the address {address}")


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
        addresses = await asyncio.to_thread(_resolve, host, port)
        for address in addresses:
            self._egress.check_address(address)
        return await self._network.connect_tcp(
            str(addresses[0]), port, timeout, local_address, socket_options
        )


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
