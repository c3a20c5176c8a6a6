"""The benchmark of Open SDG sites runs, small."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
def test_the_benchmark_reads_a_generated_site(root: Path) -> None:
    """Every row of the generated site becomes an observation, and the memory is measured."""
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.loads.open_sdg_rate", "--rows", "500", "--rounds", "1"),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Open SDG")
    assert "MiB" in done.stdout
