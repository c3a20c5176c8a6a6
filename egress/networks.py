"""IP addresses and networks, as settings list them."""

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a setting: addresses or CIDR, set apart by blanks or commas."""
    return tuple(ipaddress.ip_network(part) for part in text.replace(",", " ").split())
