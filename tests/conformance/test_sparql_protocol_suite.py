"""The W3C's tests of the SPARQL 1.1 Protocol, and those beside them, against the started server.

The suite has 96 of them; the 13 of the Graph Store Protocol need the W3C's manifests of
`graph-store-protocol`, which are not beside the checkout: `test_graph_store_protocol.py` has them
anew. `make test` runs those that only read, in `tests/endpoint/test_server.py`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from urbansdg.store import Tokens

if TYPE_CHECKING:
    from tests.support.server import Start

_PARTS = {"sparql/sparql11/graph-store-protocol": "gsp", "sparql/sparql11/protocol": "protocol"}
"""Parts of the suite that need the W3C's manifests, by the folder of these."""


@pytest.mark.long
def test_the_endpoint_conforms_to_the_protocol(
    shared: Path,
    bundled: Path,
    tmp_path: Path,
    launched: Start,
) -> None:
    """Every test of the protocol passes, those that write among them."""
    pytest.importorskip("lxml", reason="the suite reads XML results with lxml")
    suite = shared / "conformance"
    if not (suite / "w3c_protocol.py").is_file():
        pytest.skip("the conformance suite is not on this machine")
    folder = Path(shutil.copytree(bundled, tmp_path / "graph"))
    secret = Tokens(folder).create("suite")
    manifests = suite / "rdf-tests"
    parts = [name for path, name in _PARTS.items() if (manifests / path).is_dir()]
    with launched(folder, tmp_path / "log", base="http://localhost:8000") as server:
        command = (sys.executable, "-B", "w3c_protocol.py", "--sparql", server.sparql)
        places = ("--update", server.sparql, "--gsp", f"{server.url}/graphs", "--token", secret)
        done = subprocess.run(
            (*command, *places, "--parts", ",".join([*parts, "sd", "ext", "adapted"])),
            cwd=suite,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    counted = re.search(r"^(\d+) passed, (\d+) failed", done.stdout, re.MULTILINE)
    assert failed == []
    assert counted, done.stdout + done.stderr
    assert int(counted[1]) >= 83
