"""What the endpoint may reach outside: hosts that the operator names, at public addresses.

The address is looked at where the connection is made, and that very address is connected to: a
name that resolves to another one a moment later (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

import httpcore

from urbansdg.egress.networks import Address, Network, networks
from urbansdg.egress.url_host import host_of
from urbansdg.settings import Settings

# Where clouds tell a machine its secrets; the last one is a public address.
_METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16")
)
# IPv6 that leads to IPv4 by another way: 6to4, Teredo, NAT64.
_TUNNELS: Final = networks("2002::/16 2001::/32 64:ff9b::/96 64:ff9b:1::/48")


class Forbidden(Exception):
    """A host or address that may not be reached; the text says which."""


@dataclass(frozen=True)
class Egress:
    """The hosts that SERVICE may ask, `host` or `host:port`, and networks that need not be public.

    It is closed where no host is named.
    """

    hosts: frozenset[str] = frozenset()
    exempt: tuple[Network, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings allow."""
        hosts = settings.service_hosts.replace(",", " ").casefold().split()
        return cls(frozenset(hosts), networks(settings.service_networks))

    def check_url(self, url: str) -> None:
        """Raise `Forbidden` where the URL is not of an allowed host and port."""
        name = host_of(url)
        if name not in self.hosts:
            raise Forbidden(name or url)

    def check_address(self, address: Address) -> None:
        """Raise `Forbidden` where the address is not public, nor in an exempt network."""
        if not self._is_fit(getattr(address, "ipv4_mapped", None) or address):
            raise Forbidden(f"the address {address}")

    def _is_fit(self, address: Address) -> bool:
        if address in _METADATA:
            return False
        if any(address in network for network in self.exempt):
            return True
        tunnelled = any(address in network for network in _TUNNELS)
        return address.is_global and not address.is_multicast and not tunnelled


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name, checks every address of it, and connects to the first of these."""

    def __init__(self, egress: Egress) -> None:
        """Connect to what `egress` allows."""
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
        addresses = await self._resolved(host, port)
        for address in addresses:
            self._egress.check_address(address)
        return await self._network.connect_tcp(
            str(addresses[0]), port, timeout, local_address, socket_options
        )

    async def _resolved(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is not found: {error}") from None
        return [ipaddress.ip_address(place[0].partition("%")[0]) for *_, place in found]  # type: ignore[union-attr]
