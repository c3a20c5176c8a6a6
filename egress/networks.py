"""IP addresses and networks, as written in settings."""

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a setting: addresses or CIDR, separated by spaces or commas."""
    return tuple(ipaddress.ip_network(part) for part in text.replace(",", " ").split())
