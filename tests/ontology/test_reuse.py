"""The reuse of other vocabularies: a decision on each coined term, and the alignments."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
import rdflib.namespace as known
from rdflib import OWL, RDFS, SKOS, Graph, URIRef
from rdflib.term import Node

from urbansdg.ontology.namespaces import PREFIXES, USDG

_ROW: Final = re.compile(
    r"^\| `(\w+)` \| (.+) \| (aligned|kept|replaced) \| (.+\.) \|$", re.MULTILINE
)
_RELATIONS: Final = {
    *(RDFS.subClassOf, RDFS.subPropertyOf, SKOS.closeMatch, SKOS.relatedMatch),
    *(OWL.equivalentClass, OWL.equivalentProperty),
}
_ALIGNED: Final = {
    "http://data.europa.eu/m8g/": "Participation hasCompetentAuthority hasCost hasParticipation"
    " role",
    "http://purl.org/vocab/cpsv#": "PublicService",
    "http://www.w3.org/2006/vcard/ns#": "hasURL",
    "http://www.w3.org/ns/adms#": "status",
}
"""Terms that were looked up in the documents of vocabularies that rdflib does not know."""


@pytest.fixture(scope="module")
def ontology(root: Path) -> Graph:
    """Return the ontology without its schemes."""
    return Graph().parse(root / "ontology" / "ontology.ttl")


@pytest.fixture(scope="module")
def alignments(root: Path) -> Graph:
    """Return all alignments."""
    graph = Graph()
    for file in (root / "ontology" / "alignments").glob("*.ttl"):
        graph.parse(file)
    return graph


@pytest.fixture(scope="module")
def decisions(root: Path) -> list[tuple[str, str]]:
    """Return each term in the table, with the decision on it."""
    text = (root / "docs" / "reference" / "reuse.md").read_text("utf-8")
    return [(match[1], match[3]) for match in _ROW.finditer(text)]


def _names(terms: Iterable[Node]) -> set[str]:
    """Return the local names of our terms among some."""
    own = str(USDG)
    return {str(term).removeprefix(own) for term in terms if str(term).startswith(own)}


def test_each_coined_term_has_one_row(ontology: Graph, decisions: list[tuple[str, str]]) -> None:
    """Every term of the ontology is in the table once, in order, and no other term is."""
    terms = _names(ontology.subjects(RDFS.isDefinedBy))
    named = [term for term, _ in decisions]
    assert terms - set(named) == set(), "add a row for each to docs/reference/reuse.md"
    assert set(named) - terms == set(), "remove these rows from docs/reference/reuse.md"
    assert named == sorted(named, key=lambda name: (name[0].islower(), name.lower()))
    assert len(named) == len(set(named))


def test_a_decision_is_what_was_done(
    ontology: Graph, alignments: Graph, decisions: list[tuple[str, str]]
) -> None:
    """A deprecated term is replaced, a term in an alignment is aligned, and others are kept."""
    deprecated = _names(ontology.subjects(OWL.deprecated))
    aligned = _names(alignments.subjects()) - deprecated
    for term, decision in decisions:
        if term in deprecated:
            assert decision == "replaced", term
        elif term in aligned:
            assert decision == "aligned", f"{term}: the alignments have it"
        else:
            assert decision != "aligned", f"{term}: add it to ontology/alignments/"


def test_the_table_is_read_whole(root: Path, decisions: list[tuple[str, str]]) -> None:
    """Every row of the table has a term, vocabularies, a decision and a reason in a sentence."""
    text = (root / "docs" / "reference" / "reuse.md").read_text("utf-8")
    assert len(decisions) == len(re.findall(r"^\| `", text, re.MULTILINE)) > 100


def test_the_alignments_state_nothing_about_the_terms_of_others(
    ontology: Graph, alignments: Graph
) -> None:
    """In every statement of an alignment, the subject is ours and the object is not."""
    own = set(ontology.subjects(RDFS.isDefinedBy))
    for subject, relation, other in alignments:
        assert subject in own, subject
        assert relation in _RELATIONS, relation
        assert isinstance(other, URIRef)
        assert not other.startswith(str(USDG)), other


def test_the_alignments_name_terms_that_exist(alignments: Graph) -> None:
    """Every foreign term in an alignment is one that its vocabulary has."""
    closed = (known.DCAT, known.DCTERMS, known.ORG, known.PROV, known.SOSA, known.TIME)
    schema = PREFIXES["schema"]
    for other in set(map(str, alignments.objects())):
        if other.startswith(schema):  # tests/ontology/test_vocabularies.py has the list
            continue
        space = next((space for space in _ALIGNED if other.startswith(space)), None)
        if space is not None:
            assert other.removeprefix(space) in _ALIGNED[space].split(), other
        else:
            assert any(URIRef(other) in vocabulary for vocabulary in closed), other
