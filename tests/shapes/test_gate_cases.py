"""The collected cases of plausible wrong data (../shared/cases/gate) get their verdicts."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.support.gate import ALLOWED, gate_verdict

_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "cases" / "gate"
_CASES = sorted(_FOLDER.glob("*.ttl"))
_OF_OLD_TERMS = {"rule.deprecated-term", "rule.identity-merges"}
"""The cases have terms of ontology 0.3.0, which are accepted with a warning."""


@pytest.mark.skipif(not _CASES, reason="the collected cases (../shared/cases) are not here")
@pytest.mark.parametrize("file", _CASES, ids=lambda file: file.stem)
def test_a_collected_case_gets_its_verdict(gate_graph: ox.Store, file: Path) -> None:
    """A case is refused, warned of or accepted as its second line says."""
    verdict = re.search(r"^# expected: (\w+)", file.read_text("utf-8"), re.MULTILINE)
    assert verdict
    base = "http://localhost:8000/"
    parsed = ox.parse(path=str(file), format=ox.RdfFormat.TURTLE, base_iri=base)
    result, problems = gate_verdict(gate_graph, parsed, _OF_OLD_TERMS)
    assert result in ALLOWED[verdict[1]], [problem.message for problem in problems]
