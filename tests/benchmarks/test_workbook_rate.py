"""The benchmark of the workbook runs, small."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
def test_the_benchmark_reads_each_form(root: Path) -> None:
    """The benchmark reads the same rows as a workbook, in CSV, as a table, and a site."""
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.workbook_rate", "--rows", "40"),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line[:12].strip() for line in lines] == [
        "workbook",
        "sheet in CSV",
        "table",
        "Open SDG",
    ]
    assert all(line.endswith("rows/s") for line in lines)
