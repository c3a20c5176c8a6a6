"""Links between two processes: messages, descriptors, and the end."""

import asyncio
import os
import socket
from typing import Any

from urbansdg.sandbox.packet_link import PacketLink


class Ends:
    """A link, what came through it, how often it was lost, and the socket at its other end."""

    def __init__(self) -> None:
        """Connect; needs a running event loop."""
        ours, self.other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.messages: list[tuple[Any, list[int]]] = []
        self.losses = 0
        self.link = PacketLink(ours, lambda *message: self.messages.append(message), self._lose)

    def _lose(self) -> None:
        self.losses += 1


def test_a_message_comes_with_its_descriptors() -> None:
    """A message that one link sends is received by the other, with open descriptors."""

    async def run() -> None:
        ends = Ends()
        sender = PacketLink(ends.other, lambda *_: None, lambda: None)
        reading, writing = os.pipe()
        assert sender.send({"born": 1}, writing)
        os.close(writing)
        await asyncio.sleep(0.01)
        ((message, descriptors),) = ends.messages
        assert message == {"born": 1}
        os.write(descriptors[0], b"x")
        assert os.read(reading, 1) == b"x"
        for descriptor in (reading, *descriptors):
            os.close(descriptor)
        sender.close()
        ends.link.close()

    asyncio.run(run())


def test_the_end_of_the_other_process_is_a_loss_once() -> None:
    """Where the other end closes, the link is lost once, and sends nothing more."""

    async def run() -> None:
        for sends_first in (True, False):
            ends = Ends()
            ends.other.close()
            if not sends_first:
                await asyncio.sleep(0.01)
            assert not ends.link.send({})
            await asyncio.sleep(0.01)
            assert not ends.link.is_open
            assert (ends.losses, ends.messages) == (1, [])

    asyncio.run(run())


def test_a_link_that_is_closed_is_not_lost() -> None:
    """Closing one's own end is no loss, and may be done twice."""

    async def run() -> None:
        ends = Ends()
        ends.link.close()
        ends.link.close()
        assert not ends.link.send({})
        assert ends.losses == 0
        assert ends.other.recv(1) == b""
        ends.other.close()

    asyncio.run(run())
