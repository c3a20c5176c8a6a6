"""Inputs of the kinds that the gate judges, beyond the collected cases, get their verdicts."""

import json
from pathlib import Path
from typing import TypedDict

import pyoxigraph as ox
import pytest

from tests.support.gate import ALLOWED, gate_verdict


class GateInput(TypedDict, total=False):
    """An input: the valid document with pieces replaced or triples added, or other triples."""

    name: str
    verdict: str
    replace: list[list[str]]
    add: str
    only: str


_FILE = json.loads(Path(__file__).with_name("gate_kinds.json").read_text("utf-8"))
_INPUTS: list[GateInput] = _FILE["inputs"]


def _turtle(variant: GateInput) -> str:
    text: str = variant.get("only") or f"{_FILE['valid']}\n{variant.get('add', '')}"
    for old, new in variant.get("replace", []):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return f"{_FILE['prefixes']}\n{text}"


@pytest.mark.parametrize("variant", _INPUTS, ids=lambda variant: variant["name"])
def test_an_input_gets_its_verdict(gate_graph: ox.Store, variant: GateInput) -> None:
    """An input is refused, warned of, caught in either way, or valid, as the file says."""
    base = "http://localhost:8000/id/"
    parsed = ox.parse(_turtle(variant), format=ox.RdfFormat.TURTLE, base_iri=base)
    result, problems = gate_verdict(gate_graph, parsed)
    assert result in ALLOWED[variant["verdict"]], [problem.message for problem in problems]
