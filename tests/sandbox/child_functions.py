"""Functions that the tests run in child processes."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox


def doubled(numbers: list[int]) -> list[int]:
    """Return each number twice as large; a word on standard output is not part of the answer."""
    print("working")
    return [2 * number for number in numbers]


def sleeping(seconds: float) -> None:
    """Sleep."""
    time.sleep(seconds)


def with_grandchild(record: str) -> None:
    """Start a process that sleeps, and wait for it."""
    command = (sys.executable, "-c", "import time; time.sleep(60)")
    with subprocess.Popen(command) as process:
        Path(record).write_text(str(process.pid), "ascii")


def hungry(size: int) -> int:
    """Take memory in Python."""
    return len(bytes(size))


def hungry_engine(doublings: int) -> None:
    """Have the engine make a text that doubles so often."""
    doubled = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(doublings))
    results = ox.Store().query(f'SELECT * {{ BIND("xxxxxxxx" AS ?x0) {doubled} }}')
    list(results if isinstance(results, ox.QuerySolutions) else ())


def nested(depth: int) -> None:
    """Have the engine read a query with so many braces."""
    ox.Store().query(f"SELECT * {'{' * depth}{'}' * depth}")


def spinning(seconds: float) -> None:
    """Use processor time until it is over."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    while True:
        pass


def killed(number: int) -> None:
    """Be killed by a signal."""
    os.kill(os.getpid(), number)


def failing(message: str) -> None:
    """Fail."""
    raise LookupError(message)


def limits(_: None) -> dict[str, int]:
    """Return the limits of the process."""
    return {
        "memory": resource.getrlimit(resource.RLIMIT_AS)[0],
        "core": resource.getrlimit(resource.RLIMIT_CORE)[1],
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "niceness": os.nice(0),
        "group": os.getpgid(0) - os.getpid(),
    }


def connected(port: int) -> bool:
    """Tell whether the process may connect to a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except PermissionError:
        return False
    return True
