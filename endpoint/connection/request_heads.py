"""Heads of requests to `/sparql`, known by their bytes, so that each is parsed only once.

A client sends the same header fields with each of its requests. The parser of HTTP reads the same
bytes as the same fields, whatever the address and the body are, so its result can be reused. The
request line is taken only where it has the plainest form.
"""

import re
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from urbansdg.endpoint.query.parsed_request import NegotiationHeaders, negotiation_of
from urbansdg.endpoint.web.http_response import HeaderPairs

_ROOM: Final = 1 << 20
_OVERHEAD: Final = 1 << 11
_LINE: Final = re.compile(
    rb"(GET|POST) /sparql(?:\?([A-Za-z0-9%+&=._~!$'()*,;:@/?-]*))? HTTP/1\.1\r\n"
)
_END: Final = b"\r\n\r\n"
UNUSUAL: Final = frozenset(
    (b"authorization", b"if-none-match", b"content-encoding", b"accept-datetime")
)
"""Fields that may change the response: such requests are left to ASGI."""

_FRAMING: Final = frozenset((b"expect", b"transfer-encoding", b"upgrade"))


@dataclass(frozen=True, slots=True)
class KnownFields:
    """Header fields as the parser read them; `negotiation` are those that a query depends on.

    `length` is the length of the body that they announce.
    """

    headers: HeaderPairs
    negotiation: NegotiationHeaders
    length: int


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request to `/sparql` that arrived in one packet, on a connection that stays open."""

    method: str
    query: bytes
    body: bytes
    fields: KnownFields


class RequestHeads:
    """The header fields that were read last, within a number of bytes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: LRUCache[tuple[bytes, bytes], KnownFields] = LRUCache(_ROOM, getsizeof=_size)

    def read(self, packet: bytes) -> KnownRequest | None:
        """Return the request that is exactly one packet, None where its head is not known."""
        line = _LINE.match(packet)
        if line is None:
            return None
        begin, end = line.end(), packet.find(_END, line.end())
        method, query = line.groups()
        fields = self._known.get((method, packet[begin:end]))
        if fields is None or end + len(_END) + fields.length != len(packet):
            return None
        return KnownRequest(
            "GET" if method == b"GET" else "POST", query or b"", packet[end + len(_END) :], fields
        )

    def learn(self, packet: bytes, headers: HeaderPairs, body: bytes) -> None:
        """Remember the head of a packet that the parser has read as exactly one request.

        The connection must stay open after the request.
        """
        line, end = _LINE.match(packet), packet.find(_END)
        if line is None or not packet.endswith(body) or end + len(_END) + len(body) != len(packet):
            return
        if (body and line[1] == b"GET") or any(
            name in UNUSUAL or name in _FRAMING for name, _ in headers
        ):
            return
        fields = KnownFields(tuple(headers), negotiation_of(headers), len(body))
        if _size(fields) < _ROOM:
            self._known[line[1], packet[line.end() : end]] = fields


def _size(fields: KnownFields) -> int:
    return _OVERHEAD + 4 * sum(len(name) + len(value) for name, value in fields.headers)
