"""The reader of the documentation, installed and used."""

import os
import re
import subprocess
import sys
from pathlib import Path


def _blocks(page: Path) -> dict[str, str]:
    blocks = re.findall(
        r"^```(toml|python)\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return dict(blocks)


def test_the_reader_of_the_docs_works(root: Path, graph: Path, tmp_path: Path) -> None:
    """The reader that the documentation shows, installed as a package of its own, loads a file."""
    blocks = _blocks(root / "docs" / "how-to" / "readers.md")
    site = tmp_path / "site"
    metadata = site / "bike_counters-1.dist-info"
    metadata.mkdir(parents=True)
    (site / "bike_counters.py").write_text(blocks["python"], "utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: bike-counters\nVersion: 1\n")
    entry = blocks["toml"].splitlines()[1].replace('"', "")
    (metadata / "entry_points.txt").write_text(f"[urbansdg.readers]\n{entry}\n", "utf-8")
    file = tmp_path / "counts.bikes"
    file.write_text("year,count\n2023,120500\n2024,131000\n", "utf-8")
    done = subprocess.run(
        (sys.executable, "-m", "urbansdg.cli", "load", str(file), "--data-dir", str(graph)),
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Loaded counts: ")
