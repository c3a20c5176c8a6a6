"""The tracer of request paths, run as its page says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
def test_the_tracer_counts_each_request(root: Path) -> None:
    """The tracer prints modules, changes and calls for four requests, and what a cell passes."""
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.request_paths"),
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=170,
    )
    rows = re.findall(r"^(\S.*?) +([\d,]+) +([\d,]+) +([\d,]+)$", done.stdout, re.MULTILINE)
    counts = {name: [int(text.replace(",", "")) for text in row] for name, *row in rows}
    assert set(counts) == {"SELECT over ASGI", "/doc/... as HTML", "update", "workbook"}
    assert all(
        3 < modules < 120 and modules <= changes + 1 <= calls
        for modules, changes, calls in counts.values()
    )
    assert "Record" in done.stdout
    assert counts["workbook"][2] < 20_000  # it was 97,895: titles and IRIs were handled one by one
