"""Frames: messages cross whole, in whatever pieces they come."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.sandbox.frames import FrameStream, frame, framed, split, unpacked


@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(1, 20))
def test_bodies_come_out_as_they_went_in(bodies: list[bytes], size: int) -> None:
    """Frames that arrive in pieces give the bodies, in their order."""
    sent = b"".join(map(framed, bodies))
    buffer, received = bytearray(), list[bytes]()
    for start in range(0, len(sent), size):
        buffer += sent[start : start + size]
        received += split(buffer)
    assert received == bodies
    assert not buffer


def test_a_stream_ends_where_no_whole_frame_follows() -> None:
    """A stream gives its messages, and ends at a frame that is cut short."""
    stream = FrameStream(io.BytesIO(frame({"step": 1}) + frame({"step": 2})[:-1]), io.BytesIO())
    assert stream.receive() == {"step": 1}
    with pytest.raises(EOFError):
        stream.receive()


def test_a_packet_that_was_cut_short_is_refused() -> None:
    """A packet is one whole frame, or an error."""
    packet = frame({"kill": 7})
    assert unpacked(packet) == {"kill": 7}
    for part in (packet[:-1], packet[:3], b""):
        with pytest.raises(ValueError, match="not a frame"):
            unpacked(part)
