"""The W3C's tests of SHACL Core (data-shapes test suite), which the sources of pyshacl bring.

`.ci/setup` downloads them; where they are absent the tests skip.
"""

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Namespace
from rdflib.namespace import SH
from rdflib.term import Node

from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.shapes.engine import compiled_engine, pyshacl_engine
from urbansdg.shapes.engine.shacl_to_sparql import compile_profile as plan_of
from urbansdg.shapes.model.rdf_terms import Term, term_of, to_rdflib
from urbansdg.shapes.model.shape_profile import ShapeProfile

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT: Final = Namespace("http://www.w3.org/ns/shacl-test#")
BASE: Final = "http://suite.example/"
FOLDER: Final = "sht_tests/core/"
DECIMAL: Final = f"{PREFIXES['xsd']}decimal"
ResultKey = tuple[str, str, str]
"""A result as it is compared: focus node, component, value."""


@dataclass(frozen=True)
class Outcome:
    """What came of one test: whether it is what the suite says, and who gave it."""

    name: str
    agrees: bool
    judged: frozenset[str]


@pytest.fixture(scope="module")
def files(root: Path) -> dict[str, bytes]:
    """Return the files of the suite by their addresses, or skip where they are absent."""
    archives = sorted((root / ".venv" / "w3c").glob("pyshacl-*.tar.gz"))
    if not archives:
        pytest.skip("the sources of pyshacl are not in .venv/w3c (.ci/setup downloads them)")
    with tarfile.open(archives[-1]) as archive:
        return dict(_members(archive))


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in archive.getmembers():
        content = archive.extractfile(member)
        if FOLDER in member.name and content is not None:
            yield BASE + member.name.partition(FOLDER)[2], content.read()


@pytest.fixture(scope="module")
def outcomes(files: dict[str, bytes]) -> list[Outcome]:
    """Return the outcome of every test of a report in the suite."""
    tests = sorted(name for name in files if name.endswith(".ttl"))
    return [outcome for name in tests for outcome in _run(files, name)]


def _quads(files: dict[str, bytes], name: str) -> list[ox.Quad]:
    return list(ox.parse(files[name], format=ox.RdfFormat.TURTLE, base_iri=name))


def _run(files: dict[str, bytes], name: str) -> Iterator[Outcome]:
    quads = _quads(files, name)
    manifest = to_rdflib(quads)
    for test in manifest.subjects(RDF.type, SHT.Validate):
        action, report = manifest.value(test, MF.action), manifest.value(test, MF.result)
        used = [
            str(manifest.value(action, predicate)) for predicate in (SHT.dataGraph, SHT.shapesGraph)
        ]
        data, shapes = (quads if part == name else _quads(files, part) for part in used)
        results, judged = _validated(data, ShapeProfile("w3c", to_rdflib(shapes)))
        yield Outcome(str(test), results == set(_expected_results(manifest, report)), judged)


def _validated(data: list[ox.Quad], shapes: ShapeProfile) -> tuple[set[ResultKey], frozenset[str]]:
    """Validate as the store does: by the compiled shapes, and by pyshacl what these leave."""
    store = ox.Store()
    store.extend(data)
    plan = plan_of(shapes, compiled_engine.subclasses(store, shapes))
    results = compiled_engine.run(store, plan.checks)
    if plan.uncovered:
        judged = pyshacl_engine.run(to_rdflib(data), shapes)
        results += [result for result in judged if result.shape in plan.uncovered]
    plain_results = {
        (_plain(result.focus), result.component, _plain(result.value)) for result in results
    }
    return plain_results, plan.uncovered


def _expected_results(manifest: Graph, report: Node | None) -> Iterator[ResultKey]:
    for result in manifest.objects(report, SH.result):
        focus, value = (manifest.value(result, predicate) for predicate in (SH.focusNode, SH.value))
        component = str(manifest.value(result, SH.sourceConstraintComponent))
        name = component.removeprefix(str(SH)).removesuffix("ConstraintComponent")
        terms = (None if node is None else term_of(node) for node in (focus, value))
        yield _plain(next(terms)), name, _plain(next(terms))


def _plain(term: Term | None) -> str:
    """Return a term for comparison: numbers by value, as the store keeps them."""
    if isinstance(term, ox.Literal) and term.datatype.value == DECIMAL:
        return f"{Decimal(term.value).normalize():f}"
    return "" if isinstance(term, ox.BlankNode) else str(term)


def _names(outcomes: Iterable[Outcome]) -> list[str]:
    return sorted(outcome.name.removeprefix(BASE) for outcome in outcomes)


def test_every_test_of_shacl_core_gives_the_report_of_the_w3c(outcomes: list[Outcome]) -> None:
    """Of every test of SHACL Core, the results are those that the W3C expects, each told once."""
    assert len(outcomes) >= 98
    assert _names(outcome for outcome in outcomes if not outcome.agrees) == []


def test_what_is_not_compiled_is_named(outcomes: list[Outcome]) -> None:
    """The compiled shapes pass most tests alone; what they leave to pyshacl is this and no more.

    Qualified shapes, pairs and properties of a node shape's values, bounds that are no numbers,
    datatypes whose lexical space is not in our table, and shapes of shapes.
    """
    judged = _names(outcome for outcome in outcomes if outcome.judged)
    kinds = {name.rpartition("/")[2].rpartition("-")[0] or name for name in judged}
    assert kinds == {
        *("qualified", "qualifiedValueShape", "qualifiedMinCountDisjoint"),
        *("qualifiedValueShapesDisjoint", "equals", "disjoint", "minInclusive"),
        *("property", "datatype-ill", "shacl", "validation-reports/shared"),
    }
    assert len(judged) < len(outcomes) / 5
