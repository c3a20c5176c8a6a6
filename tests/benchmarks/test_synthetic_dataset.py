"""The invented data of the benchmarks."""

import importlib
import shutil
from pathlib import Path

import pytest

from urbansdg.loaders import load
from urbansdg.store import GraphStore, Published


def test_invented_data_pass_the_shapes(
    bundled: Path, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph of the read benchmarks is loaded as any other data, without a warning."""
    monkeypatch.syspath_prepend(str(root))
    write_dataset = importlib.import_module("benchmarks.synthetic_dataset").write_dataset
    store = GraphStore.open(Path(shutil.copytree(bundled, tmp_path / "graph")))
    write_dataset(tmp_path / "invented.nt", store.iris, 100)
    outcome = load([tmp_path / "invented.nt"], store, "tests").outcome
    assert isinstance(outcome, Published)
    assert outcome.problems == ()
