"""The messages between the front ends and the coordinator.

front end -> coordinator   {"hello": index}
                           {"fork": id, "version"}
                           {"advance": id, "version"}
                           {"keep": number, "version"}
                           {"kill": pid}
                           {"need": index}
                           {"lend": pid} + [control, data, errors]
coordinator -> front end   {"born": id, "pid", "tier"} + [control, data, errors]
                           {"unborn": id, "reason"}
                           {"advanced": id, "in_memory"}
                           {"moved": number}
                           {"ended": pid, "status"}
                           {"stop": pid, "calls"}
                           {"owe": index}
                           {"resize": index}
                           {"taken": number, "pid", "tier"} + [control, data, errors]

A front end that needs a worker has waited for long: all of its workers evaluate long queries. The
others then owe one: an idle worker, or the next that they release.
"""

import os
import socket
import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from urbansdg.endpoint.versions.version_follower import ServedVersion

_BACKLOG: Final = 128
_CREDENTIALS: Final = struct.Struct("3i")  # ucred: process, user and group


@dataclass(frozen=True, slots=True)
class VersionMessage:
    """A version as workers are forked on it."""

    number: int
    path: Path
    stored: int
    created: datetime
    mark: str

    @classmethod
    def of(cls, version: ServedVersion) -> Self:
        """Return the message of a version."""
        fields = (version.number, version.path, version.stored, version.created, version.mark)
        return cls(*fields)

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "number": self.number,
            "path": str(self.path.absolute()),
            "stored": self.stored,
            "created": self.created.isoformat(),
            "mark": self.mark,
        }

    @classmethod
    def read(cls, record: dict[str, Any]) -> Self:
        """Return the version of a record."""
        created = datetime.fromisoformat(record["created"])
        return cls(
            record["number"], Path(record["path"]), record["stored"], created, record["mark"]
        )


class CoordinatorSockets:
    """Where the coordinator listens: made before it and the front ends are forked.

    The addresses are of the abstract kind, so no file is left behind. They outlast a coordinator:
    what is sent to the one that was killed waits for the next.
    """

    def __init__(self) -> None:
        """Bind both sockets, one for packets and one for writes."""
        self.packets = _listener(socket.SOCK_SEQPACKET)
        self.writes = _listener(socket.SOCK_STREAM)

    def connect_packets(self) -> socket.socket:
        """Return a connection for packets; raises OSError."""
        return _connected(self.packets)

    def connect_write(self) -> socket.socket:
        """Return a connection for one write; raises OSError."""
        return _connected(self.writes)

    def close(self) -> None:
        """Stop listening."""
        self.packets.close()
        self.writes.close()


def is_of_this_user(connection: socket.socket) -> bool:
    """Return whether the process at the other end runs as the user of this one."""
    size = _CREDENTIALS.size
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return bool(_CREDENTIALS.unpack(packed)[1] == os.getuid())


def _listener(kind: int) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, kind)
    listener.bind("")  # the kernel chooses an address
    listener.listen(_BACKLOG)
    return listener


def _connected(listener: socket.socket) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, listener.type)
    try:
        connection.connect(listener.getsockname())
    except OSError:
        connection.close()
        raise
    connection.settimeout(0)
    return connection
