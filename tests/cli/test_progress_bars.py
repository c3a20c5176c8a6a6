"""Progress of a load: rows and time left for a person at a terminal, nothing for a pipe."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from urbansdg.cli.progress_bars import progress_bars

Command = Callable[..., subprocess.CompletedProcess[str]]
_ROWS = 1_500


def _table(path: Path) -> Path:
    rows = (f"Seoul,11.6.2,{1900 + at % 200},{at},unit {at}" for at in range(_ROWS))
    text = "city,indicator,year,value,unit\n" + "\n".join(rows)
    path.write_text(f"{text}\n", "utf-8")
    return path


@pytest.mark.long
def test_a_person_sees_the_rows_and_the_steps(graph: Path, tmp_path: Path) -> None:
    """On a terminal, a load has a bar with its rows, and one with the steps of publication."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
    file = _table(tmp_path / "air.csv")
    command = (sys.executable, "-P", "-m", "urbansdg.cli", "load", str(file), "--data-dir", graph)
    printed = b""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=other) as process:
        os.close(other)
        with contextlib.suppress(OSError), os.fdopen(main, "rb", buffering=0) as screen:
            while part := screen.read(1 << 16):
                printed += part
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", printed.decode())
    assert process.returncode == 0, text
    assert re.search(r"air\.csv \(rows\).* [0-9,]+ of 1,[0-9]{3}\b", text), text
    assert re.search(r"Publishing \(steps\).* 8 of 8\b", text), text


@pytest.mark.long
def test_a_pipe_gets_no_bars(urbansdg: Command, graph: Path, tmp_path: Path) -> None:
    """Without a terminal, standard error has problems only."""
    file = _table(tmp_path / "air.csv")
    done = urbansdg("load", file, "--data-dir", graph)
    assert done.returncode == 0, done.stderr
    assert "rows" not in done.stderr
    assert "\x1b" not in done.stderr


def test_a_bar_takes_any_total() -> None:
    """A step may have an unknown total, a known one, and one that changes."""
    with progress_bars() as tell:
        for done, total in ((1, None), (5, 10), (12, 12)):
            tell("A step [of brackets]", done, total)
