"""The addresses of pictures on this server: `/media/<key>`, with a key made of the thing's IRI.

The key is the IRI in base64url (RFC 4648, section 5) without padding. So a key needs no table, and
has no characters that mean something in a path.
"""

import base64
import binascii
import re
from typing import Final

PATH: Final = "/media"
SMALL: Final = "small"
"""The value of `?size=` for a picture in a list."""

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{4,2800}", re.ASCII)
_LONGEST: Final = 2_000


def key_of(iri: str) -> str | None:
    """Return the key of a thing, None where its IRI is too long for an address."""
    octets = iri.encode()
    if not 0 < len(octets) <= _LONGEST:
        return None
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def iri_of_key(key: str) -> str | None:
    """Return the IRI of a key, None for a text that is no key or another spelling of one."""
    if not _KEY.fullmatch(key):
        return None
    try:
        iri = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return iri if key_of(iri) == key else None
