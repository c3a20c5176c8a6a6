"""Small runs of benchmarks in processes of their own."""

import subprocess
import sys
from pathlib import Path


def run_benchmark(root: Path, name: str, *options: str, seconds: float = 120) -> str:
    """Run a benchmark of the checkout, such as `workbook_rate`; return what it prints."""
    done = subprocess.run(
        (sys.executable, "-m", f"benchmarks.{name}", *options),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
