"""The benchmark of Open SDG sites runs, small."""

from pathlib import Path

import pytest

from tests.support.benchmark_run import run_benchmark


@pytest.mark.long
def test_the_benchmark_reads_a_generated_site(root: Path) -> None:
    """Every row of the generated site becomes an observation, and the memory is measured."""
    text = run_benchmark(root, "loads.open_sdg_rate", "--rows", "500", "--rounds", "1")
    assert text.startswith("Open SDG")
    assert "MiB" in text
