"""The benchmark of documents runs, small."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.benchmark_run import run_benchmark

_SERVER = Path(sys.executable).parent / "oxigraph"


@pytest.mark.long
@pytest.mark.skipif(
    not _SERVER.exists(), reason="Oxigraph's server is not installed (dependency group `bench`)"
)
@pytest.mark.skipif(shutil.which("wrk") is None, reason="the load generator wrk is not installed")
def test_the_benchmark_gives_rates(root: Path) -> None:
    """The benchmark asks for documents, those held, those kept, and descriptions; then ratios."""
    small = ("--policies", "50", "--documents", "20", "--seconds", "1", "--clients", "2")
    lines = run_benchmark(root, "document_rate", *small).splitlines()
    clients, *rates, failures = lines[-1].split()
    assert (clients, failures) == ("2", "0")
    assert len(rates) == 7
    assert all(float(rate) > 0 for rate in rates)
