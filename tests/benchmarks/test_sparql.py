"""The benchmark runs, small."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

_SERVER = Path(sys.executable).parent / "oxigraph"


@pytest.mark.skipif(
    not _SERVER.exists(), reason="Oxigraph's server is not installed (dependency group `bench`)"
)
def test_the_benchmark_gives_a_ratio_for_each_task(root: Path) -> None:
    """The benchmark asks both servers every question and gives a ratio for each."""
    command = (sys.executable, "-m", "benchmarks.sparql", "--policies", "50", "--rounds", "1")
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    tasks = [re.split(r"\s{2,}", line.strip()) for line in done.stdout.splitlines()[1:]]
    assert [task[0] for task in tasks] == [
        "point query",
        "point query, 8 clients",
        "join",
        "aggregate",
        "dump of 100,000 rows",
    ]
    assert all(float(task[3]) > 0 for task in tasks)
