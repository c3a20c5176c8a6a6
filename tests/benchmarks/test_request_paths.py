"""The tracer of request paths, run as its page says."""

import re
from pathlib import Path

import pytest

from tests.support.benchmark_run import run_benchmark


@pytest.mark.long
def test_the_tracer_counts_each_request(root: Path) -> None:
    """The tracer prints modules, changes and calls for four requests, and what a cell passes."""
    text = run_benchmark(root, "request_paths", seconds=170)
    rows = re.findall(r"^(\S.*?) +([\d,]+) +([\d,]+) +([\d,]+)$", text, re.MULTILINE)
    counts = {name: [int(count.replace(",", "")) for count in row] for name, *row in rows}
    assert set(counts) == {"SELECT over ASGI", "/doc/... as HTML", "update", "workbook"}
    assert all(
        3 < modules < 120 and modules <= changes + 1 <= calls
        for modules, changes, calls in counts.values()
    )
    assert "Record" in text
    assert counts["workbook"][2] < 20_000  # it was 97,895: titles and IRIs were handled one by one
