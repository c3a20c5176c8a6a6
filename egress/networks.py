"""IP addresses and networks: those of settings, and those that are not on the public Internet.

An address is public if it is global unicast and in none of the special-purpose networks below. The
addresses of IPv6 that stand for one of IPv4 (`embedded_addresses`) are not public either: a gateway
near the server may lead them into its own network, whatever IPv4 address they have.

Sources: the IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890); RFC 4291 for
global unicast; RFC 5214 (ISATAP), 3056 (6to4), 4380 (Teredo), 6052 and 8215 (NAT64), 2765 (SIIT).
"""

import ipaddress
from collections.abc import Iterator
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a setting: addresses or CIDR, separated by spaces or commas."""
    return tuple(ipaddress.ip_network(part) for part in text.replace(",", " ").split())


_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that is allocated of IPv6. Outside are loopback, `::/96`, mapped and translated IPv4
addresses (`::ffff:0:0/96`, `::ffff:0:0:0/96`, `64:ff9b::/96`, `64:ff9b:1::/48`), unique local,
link-local and site-local (`fec0::/10`) ones, multicast, and what is reserved."""

_SPECIAL: Final = networks(
    # IPv4: this host, private, shared, loopback, link-local, protocol assignments,
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24"
    # documentation, 6to4 relays, private, benchmarking, documentation, multicast, reserved.
    " 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24"
    " 224.0.0.0/4 240.0.0.0/4"
    # IPv6: protocol assignments with Teredo, benchmarking and ORCHID; documentation, 6to4, 6bone,
    # documentation.
    " 2001::/23 2001:db8::/32 2002::/16 3ffe::/16 3fff::/20"
)
_ISATAP: Final = (0x0000_5EFE, 0x0200_5EFE)
_TEREDO: Final = ipaddress.IPv6Network("2001::/32")
_6TO4: Final = ipaddress.IPv6Network("2002::/16")
_IN_LAST_BITS: Final = networks("::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48")


def is_public(address: Address) -> bool:
    """Return whether an address is on the public Internet, under its own number."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:  # the same address, as sockets of IPv6 write it
            return is_public(address.ipv4_mapped)
        if address not in _GLOBAL_UNICAST or _is_isatap(address):
            return False
    return not any(address in network for network in _SPECIAL)


def embedded_addresses(address: Address) -> Iterator[ipaddress.IPv4Address]:
    """Yield the addresses of IPv4 that one of IPv6 may stand for."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    number = int(address)
    last = ipaddress.IPv4Address(number & 0xFFFF_FFFF)
    if _is_isatap(address) or any(address in network for network in _IN_LAST_BITS):
        yield last
    if address in _6TO4:
        yield ipaddress.IPv4Address(number >> 80 & 0xFFFF_FFFF)
    if address in _TEREDO:  # its server, and its client with all bits inverted
        yield ipaddress.IPv4Address(number >> 64 & 0xFFFF_FFFF)
        yield ipaddress.IPv4Address(int(last) ^ 0xFFFF_FFFF)


def _is_isatap(address: ipaddress.IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP
