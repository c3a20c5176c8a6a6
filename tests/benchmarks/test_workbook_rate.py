"""The benchmark of the workbook runs, small."""

from pathlib import Path

import pytest

from tests.support.benchmark_run import run_benchmark


@pytest.mark.long
def test_the_benchmark_reads_each_form(root: Path) -> None:
    """The benchmark reads the same rows as a workbook, in CSV, as a table, and a site."""
    lines = run_benchmark(root, "workbook_rate", "--rows", "40").splitlines()
    assert [line[:12].strip() for line in lines] == [
        "workbook",
        "sheet in CSV",
        "table",
        "Open SDG",
    ]
    assert all(line.endswith("rows/s") for line in lines)
