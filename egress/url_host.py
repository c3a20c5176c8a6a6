"""The host of a URL, in the form that the settings use."""

from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}


def host_of(url: str) -> str | None:
    """Return `host`, or `host:port` for a port other than the default; None for an invalid URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or not url.isascii() or "@" in parts.netloc or parts.scheme not in _PORTS:
        return None
    name = f"[{host}]" if ":" in host else host.removesuffix(".")
    return name if port in {None, _PORTS[parts.scheme]} else f"{name}:{port}"
