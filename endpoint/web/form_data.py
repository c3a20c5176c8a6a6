"""`application/x-www-form-urlencoded` as bytes (URL Standard, 5.1), decoded in C.

`urllib` takes 0.7 s for a megabyte of escapes, which would block the event loop.
"""

import binascii
import re
from typing import Final

_MOST_STRAY: Final = 1_000
_NO_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def form_pairs(form: bytes) -> list[tuple[bytes, bytes]]:
    """Return the names and values of a form, in their order; raises `ValueError`."""
    pairs = (part.partition(b"=") for part in form.split(b"&") if part)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(text: bytes) -> bytes:
    """Decode `+` and the escapes; a percent sign before anything else stands for itself.

    Quoted-printable (RFC 2045, 6.7) differs in the sign only, and Python decodes it in C.
    """
    text = text.replace(b"+", b" ")
    if b"%" not in text:
        return text
    whole, count = _NO_ESCAPE.subn(b"%25", text, count=_MOST_STRAY)
    if count == _MOST_STRAY:
        raise ValueError("There are too many percent signs that begin no escape.")
    return binascii.a2b_qp(whole.replace(b"=", b"%3D").replace(b"%", b"="))
