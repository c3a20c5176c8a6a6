"""The rate limit: the client of a request, and how much worker time it may use.

A client is its address (of IPv6 the first 64 bits, which is what one household or machine is
given). Behind a proxy the address is in `Forwarded` (RFC 7239) or `X-Forwarded-For`, which
anybody can write: they are read only where the operator names the proxy, from the end to the first
address that is not a trusted proxy's.
"""

import ipaddress
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import Final, Self

from starlette.types import Scope

from urbansdg.egress.networks import Address, Network, networks
from urbansdg.endpoint.shared_memory.client_table import ClientSlot, ClientTable
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.errors import Problem
from urbansdg.settings import Settings

_WINDOW: Final = 60.0  # seconds in which the time budget is full again
_SUBNET: Final = 64
_FORWARDED_FOR: Final = re.compile(
    r'(?:^|[;,])\s*for\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s]*)', re.IGNORECASE
)
_PORT: Final = re.compile(r"^(?:\[(.*)\]|([^:]*))(?::\d+)?$")


def client_of(scope: Scope, trusted: Sequence[Network]) -> str:
    """Return the client of a request: its address, or the one that trusted proxies report."""
    peer = scope.get("client")
    address = _address(peer[0]) if peer else None
    for entry in reversed(_forwarded_addresses(scope) if trusted else []):
        if address is None or not _is_in(address, trusted):
            break
        # What a trusted proxy hands on unread (`unknown`, `_hidden`) is one client, nobody else.
        address = _address(entry)
    return _key(address)


def _forwarded_addresses(scope: Scope) -> list[str]:
    """Return the addresses that the forwarding fields of a request name, the nearest last."""
    named = {b"forwarded": list[str](), b"x-forwarded-for": list[str]()}
    for name, value in scope["headers"]:
        if name in named:
            named[name].append(value.decode("latin-1"))
    if named[b"forwarded"]:
        return [
            address.strip('"') for address in _FORWARDED_FOR.findall(",".join(named[b"forwarded"]))
        ]
    return [
        address for address in ",".join(named[b"x-forwarded-for"]).split(",") if address.strip()
    ]


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    bare = _PORT.match(text.strip())
    written = (bare[1] or bare[2]) if bare else text.strip()
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def network_of(host: str) -> str:
    """Return what stands for the owner of a peer's address: its first 64 bits in IPv6."""
    return _key(_address(host))


@lru_cache(maxsize=4096)
def _key(address: Address | None) -> str:
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _SUBNET), strict=False))
    return str(address)


@dataclass(frozen=True, slots=True)
class ClientQuota:
    """What a client may take: queries at once, and seconds of worker time in a minute."""

    queries: int
    seconds: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the share that the settings give."""
        return cls(settings.client_queries, settings.client_seconds)


@dataclass
class Clients:
    """The accounts of the clients: queries at once, and seconds of worker time in a minute.

    The time is a bucket that fills evenly: a query takes the time of its worker from it when it
    ends, and a client whose bucket is empty is refused until there is something in it again. The
    bucket is stored as the moment at which it is full, in a table that all front ends share.
    """

    share: ClientQuota
    trusted: Sequence[Network] = ()
    now: Callable[[], float] = time.monotonic
    table: ClientTable = field(default_factory=ClientTable)

    @classmethod
    def from_settings(cls, settings: Settings, table: ClientTable) -> Self:
        """Return accounts with the limits of the settings."""
        trusted = networks(settings.trusted_proxies)
        return cls(ClientQuota.of(settings), trusted, table=table)

    def of(self, scope: Scope) -> str:
        """Return the client of a request."""
        return client_of(scope, self.trusted)

    def asking(self, client: str, share: ClientQuota | None = None) -> "ClientQuery":
        """Count a query of a client while the block runs, which raises `Fault` (429).

        `share` is the client's own, None for that of everybody.
        """
        return ClientQuery(self, client, share or self.share)

    def begin(self, client: str, share: ClientQuota) -> ClientSlot:
        """Count a query of a client, and return where it is counted; raises `Fault` (429)."""
        slot = self.table.slot(client)
        running = self.table.running(slot)
        if running >= share.queries:
            raise _too_many(1, f"This client has {running} queries at work already.")
        over = self.table.full_at(slot) - self.now() - _WINDOW
        if over >= 0:
            raise _too_many(
                ceil(1 + over), f"This client has used its {share.seconds:g} seconds of a minute."
            )
        self.table.add_query(slot, 1)
        return slot

    def charge(self, slot: ClientSlot, share: ClientQuota, seconds: float) -> None:
        """Take seconds of a worker's time from what a client has."""
        full_at = max(self.now(), self.table.full_at(slot))
        self.table.set_full_at(slot, full_at + seconds * _WINDOW / share.seconds)


class ClientQuery:
    """A query of a client, which counts while the block runs."""

    __slots__ = ("_client", "_clients", "_share", "_slot")

    def __init__(self, clients: Clients, client: str, share: ClientQuota) -> None:
        """Count for a client with that share."""
        self._clients, self._client, self._share = clients, client, share
        self._slot: ClientSlot | None = None

    def begin(self) -> None:
        """Begin to count; raises `Fault` (429)."""
        self._slot = self._clients.begin(self._client, self._share)

    def charge(self, seconds: float) -> None:
        """Charge the client with seconds of a worker's time."""
        slot = self._slot or self._clients.table.slot(self._client)
        self._clients.charge(slot, self._share, seconds)

    def end(self) -> None:
        """Stop counting the query."""
        if self._slot is not None:
            self._clients.table.add_query(self._slot, -1)
            self._slot = None

    def __enter__(self) -> Callable[[float], None]:
        """Begin to count, and give the function to charge the client with."""
        self.begin()
        return self.charge

    def __exit__(self, *_error: object) -> None:
        """Stop counting the query."""
        self.end()


def _too_many(wait: int, message: str) -> Fault:
    remedy = f"Ask again in {wait} s, or for less."
    problem = Problem("too-many-queries", message, remedy)
    return Fault(429, problem, ((b"retry-after", str(wait).encode()),))
