"""One end of a connection between two processes that exchange messages in an event loop.

The connection is a socket of packets (`SOCK_SEQPACKET`, unix(7)): each is one frame
(`urbansdg.sandbox.frames`) and may carry file descriptors.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final

from urbansdg.sandbox.frames import frame, unpacked

_PACKET: Final = 1 << 14
_DESCRIPTORS: Final = 3

Receiver = Callable[[Any, list[int]], None]
"""Receives a message, and the descriptors that came with it, which are then its own."""


class PacketLink:
    """Sends messages at once, and hands on what comes; of no use once the other end has gone."""

    def __init__(
        self, connection: socket.socket, receive: Receiver, lose: Callable[[], None]
    ) -> None:
        """Listen; `lose` is called once, where the other end goes. Needs a running event loop."""
        self._socket = connection
        self._receive = receive
        self._lose = lose
        self._loop = asyncio.get_running_loop()
        self.is_open = True
        connection.settimeout(0)
        self._loop.add_reader(connection, self._read)

    def send(self, message: Any, *descriptors: int) -> bool:  # noqa: ANN401  # any JSON
        """Send a message; return whether the other end is there to read it."""
        if not self.is_open:
            return False
        try:
            socket.send_fds(self._socket, [frame(message)], descriptors)
        except OSError:
            self._end()
        return self.is_open

    def close(self) -> None:
        """Close this end; nothing is handed on any more."""
        if self.is_open:
            self.is_open = False
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _end(self) -> None:
        self.close()
        self._lose()

    def _read(self) -> None:
        try:
            packet, descriptors, _, _ = socket.recv_fds(self._socket, _PACKET, _DESCRIPTORS)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            packet, descriptors = b"", []
        if packet:
            self._receive(unpacked(packet), descriptors)
        else:
            self._end()
