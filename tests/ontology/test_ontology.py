"""The ontology and its schemes: one violation query for each rule, no rows means good."""

import re
from collections import Counter
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, URIRef
from rdflib.collection import Collection

from urbansdg.ontology.namespaces import PREFIXES, USDG, VOCAB

_LANGUAGES = {"en", "fr", "es", "ru", "zh", "ar", "ko"}
_STATUS = URIRef("http://www.w3.org/2003/06/sw-vocab-status/ns#term_status")
_HERE = Path(__file__).resolve().parents[2]
_FILES = sorted(
    file for file in (_HERE / "ontology").rglob("*.ttl") if file.parent.name != "versions"
)
_RULES = {
    "Problem: a term has no label, or several. Solution: give it one rdfs:label in English.": """
        SELECT ?term { ?term rdfs:isDefinedBy ?any
          { SELECT ?term (COUNT(?label) AS ?labels) { ?term rdfs:isDefinedBy ?o
              OPTIONAL { ?term rdfs:label ?label FILTER(LANG(?label) = "en") } } GROUP BY ?term }
          FILTER(?labels != 1) }""",
    "Problem: a term has no definition. Solution: say in one sentence what it is.": """
        SELECT ?term { ?term rdfs:isDefinedBy ?any
          FILTER NOT EXISTS { ?term skos:definition ?text
                              FILTER(REGEX(?text, "^[A-Z].+[.]$")) } }""",
    "Problem: a term has no example. Solution: add a skos:example.": """
        SELECT ?term { ?term rdfs:isDefinedBy ?any
          FILTER NOT EXISTS { ?term skos:example ?text } }""",
    "Problem: two terms have one label. Solution: choose another word for one of them.": """
        SELECT ?term { ?term rdfs:label ?label . ?other rdfs:label ?label
          FILTER(?term != ?other)
          FILTER(EXISTS { ?term a owl:Class } = EXISTS { ?other a owl:Class }) }""",
    "Problem: a class begins small or a property large. Solution: rename it.": """
        SELECT ?term { ?term rdfs:isDefinedBy ?any
          BIND(REGEX(STRAFTER(STR(?term), "#"), "^[A-Z]") AS ?large)
          FILTER(?large != EXISTS { ?term a owl:Class }) }""",
    "Problem: a definition is used twice. Solution: say what tells the two apart.": """
        SELECT ?term { ?term skos:definition ?text . ?other skos:definition ?text
          FILTER(?term != ?other) }""",
    "Problem: a concept is not in its scheme. Solution: link the two both ways.": """
        SELECT ?term { ?term a skos:Concept
          FILTER NOT EXISTS { ?term skos:inScheme ?s ; skos:topConceptOf ?s .
                              ?s skos:hasTopConcept ?term ; a skos:ConceptScheme } }""",
    "Problem: a concept has no definition. Solution: say in one sentence what belongs to it.": """
        SELECT ?term { ?term skos:inScheme ?s
          FILTER NOT EXISTS { ?term skos:definition ?text FILTER(REGEX(?text, "[.]$")) } }""",
}


@pytest.fixture(scope="module")
def ontology() -> Graph:
    """Return the ontology with its schemes."""
    graph = Graph()
    for file in _FILES:
        graph.parse(file)
    return graph


@pytest.mark.parametrize("rule", _RULES)
def test_no_term_breaks_a_rule_of_style(ontology: Graph, rule: str) -> None:
    """No term of the ontology or of its schemes breaks a rule of the term style."""
    rows = ontology.query(_RULES[rule], initNs={"rdfs": RDFS, "skos": SKOS, "owl": OWL})
    assert [str(row) for row in rows] == [], rule


def test_each_example_is_a_triple_with_its_term(ontology: Graph) -> None:
    """Each example is Turtle that uses its term; prefixes are the project's and scheme names."""
    prefixes = PREFIXES | {
        file.stem: f"{VOCAB}{file.stem}#" for file in _FILES if file.parent.name == "vocab"
    }
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items())
    for term, example in ontology.subject_objects(SKOS.example):
        text = f"@base <http://localhost:8000/id/> .\n{head}{example}"
        triples = Graph().parse(data=text, format="turtle")
        assert any(term in triple for triple in triples), f"{term}: {example}"


def test_terms_are_named_in_seven_languages(ontology: Graph) -> None:
    """Each term has one name in the six UN languages and in Korean."""
    for term in ontology.subjects(RDFS.isDefinedBy):
        labels = ontology.objects(term, RDFS.label)
        languages = [str(getattr(label, "language", None)) for label in labels]
        assert sorted(languages) == sorted(_LANGUAGES), term


def test_a_deprecated_term_is_archaic(ontology: Graph) -> None:
    """A term is deprecated exactly where its status is archaic."""
    archaic = {
        term for term, status in ontology.subject_objects(_STATUS) if str(status) == "archaic"
    }
    terms = set(ontology.subjects(RDFS.isDefinedBy))
    assert archaic == {term for term in ontology.subjects(OWL.deprecated) if term in terms}


def test_schemes_and_concepts_are_named_in_seven_languages(ontology: Graph) -> None:
    """Each scheme and concept has one name in the six UN languages and in Korean."""
    for kind in (SKOS.ConceptScheme, SKOS.Concept):
        for concept in ontology.subjects(RDF.type, kind):
            labels = ontology.objects(concept, SKOS.prefLabel)
            languages = [str(getattr(label, "language", None)) for label in labels]
            assert sorted(languages) == sorted(_LANGUAGES), concept


def test_a_theme_has_words_to_search_for_in_each_language(ontology: Graph) -> None:
    """Each theme has three hidden labels or more a language; none is a name of it (SKOS S13)."""
    for theme in ontology.subjects(SKOS.inScheme, URIRef(f"{VOCAB}theme")):
        words = list(ontology.objects(theme, SKOS.hiddenLabel))
        counts = Counter(str(getattr(word, "language", None)) for word in words)
        assert all(counts[language] >= 3 for language in _LANGUAGES), theme
        assert not set(words) & set(ontology.objects(theme, SKOS.prefLabel)), theme


def test_themes_are_linked_to_eurovoc_and_unbis(ontology: Graph) -> None:
    """Each theme but heritage is linked to EuroVoc or UNBIS, to a concept once and with its label.

    Two themes may have one broader concept; no two are the same as one.
    """
    text = (_HERE / "ontology" / "vocab" / "theme.ttl").read_text("utf-8")
    matches = re.findall(r"skos:(\w+)Match (eurovoc|unbis):(\w+) ;  # [A-Z ]+\n", text)
    assert len(matches) == text.count("Match ")
    links = [
        (theme, str(link), kind)
        for theme in ontology.subjects(SKOS.inScheme, URIRef(f"{VOCAB}theme"))
        for kind in ("exact", "close", "broad", "narrow", "related")
        for link in ontology.objects(theme, SKOS[f"{kind}Match"])
    ]
    assert len(links) == len(matches)
    assert {str(theme).partition("#")[2] for theme, _, _ in links} == {
        str(theme).partition("#")[2]
        for theme in ontology.subjects(SKOS.inScheme, URIRef(f"{VOCAB}theme"))
    } - {"heritage"}
    same = [link for _, link, kind in links if kind in {"exact", "close"}]
    assert len(same) == len(set(same))
    assert all(
        re.match(r"http://(eurovoc\.europa\.eu|metadata\.un\.org/thesaurus)/", link[1])
        for link in links
    )


def test_two_concepts_of_a_scheme_have_different_names(ontology: Graph) -> None:
    """Two concepts of one scheme have different names in every language."""
    for scheme in ontology.subjects(RDF.type, SKOS.ConceptScheme):
        concepts = list(ontology.subjects(SKOS.inScheme, scheme))
        names = [name for concept in concepts for name in ontology.objects(concept, SKOS.prefLabel)]
        assert len(set(names)) == len(names), scheme


def test_each_scheme_stands_in_the_file_of_its_name(root: Path) -> None:
    """Each scheme stands in the file of its name, and under the namespace of schemes."""
    for file in sorted((root / "ontology" / "vocab").glob("*.ttl")):
        schemes = set(Graph().parse(file).subjects(RDF.type, SKOS.ConceptScheme))
        assert schemes == {URIRef(VOCAB + file.stem)}


def test_every_class_is_disjoint_with_the_others_unless_it_is_a_place(root: Path) -> None:
    """The profile lists every class that has no subclass; places are listed as usdg:Place only."""
    graph = Graph().parse(root / "ontology" / "ontology.ttl")
    graph.parse(root / "ontology" / "urbansdg-owl.ttl")
    members = Collection(graph, next(graph.objects(None, OWL.members)))
    place = URIRef(USDG.Place)
    places = set(graph.subjects(RDFS.subClassOf, place))
    classes = {term for term in graph.subjects(RDF.type, OWL.Class) if str(USDG) in str(term)}
    leaves = classes - places - set(graph.objects(None, RDFS.subClassOf))
    assert set(members) == {*leaves, place}


def test_everything_that_the_ontology_uses_is_declared_as_owl_2_dl_demands(root: Path) -> None:
    """Each class and property that is used is declared, and no property is of two kinds.

    OWL 2 DL (structural specification, sections 5.8 and 3): without declarations a text cannot be
    read as axioms; a property is an object, a datatype or an annotation property, not two of them.
    """
    graph = Graph()
    for name in ("ontology.ttl", "cube.ttl"):
        graph.parse(root / "ontology" / name)
    kinds = ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    properties = [set(graph.subjects(RDF.type, OWL[kind])) for kind in kinds]
    every = {term for some in properties for term in some}
    classes = set(graph.subjects(RDF.type, OWL.Class))
    own = (str(RDF), str(RDFS), str(OWL))
    used = {predicate for predicate in graph.predicates() if not str(predicate).startswith(own)}
    named = {
        term
        for predicate in (RDF.type, RDFS.subClassOf)
        for term in graph.objects(None, predicate)
        if not str(term).startswith(own)
    }
    assert used - every == set()
    assert named - classes == set()
    assert len(every) == sum(map(len, properties))
    assert classes & every == set()


def test_prefixes_are_those_of_the_project() -> None:
    """A prefix means the same in every file of the ontology and in the code."""
    for file in _FILES:
        for prefix, iri in re.findall(r"@prefix (\w+): <([^>]+)>", file.read_text("utf-8")):
            assert PREFIXES.get(prefix, iri) == iri, file


def test_no_code_speaks_of_a_term_that_the_ontology_lacks(root: Path, ontology: Graph) -> None:
    """Every usdg: term that code, shapes, queries or docs speak of is in the ontology."""
    own = {str(term) for term in ontology.subjects() if str(term).startswith(str(USDG))}
    unknown = {
        (str(file.relative_to(root)), name)
        for ending in ("py", "ttl", "rq", "md")
        for folder in ("shapes", "store", "loaders", "queries", "endpoint", "docs", "ontology")
        for file in (root / folder).rglob(f"*.{ending}")
        for name in re.findall(r"\busdg:(\w+)", file.read_text("utf-8"))
        if str(USDG[name]) not in own
    }
    assert unknown == set()


def test_every_term_of_the_ontology_is_used(root: Path, ontology: Graph) -> None:
    """Shapes, loaders or the store use every term, except superclasses and deprecated terms."""
    own = {str(term) for term in ontology.subjects(RDFS.isDefinedBy)}
    own -= {str(term) for term in ontology.objects(None, RDFS.subClassOf)}
    own -= {str(term) for term in ontology.subjects(OWL.deprecated)}
    used = {
        str(USDG[name])
        for ending in ("py", "ttl")
        for folder in ("shapes", "store", "loaders")
        for file in (root / folder).rglob(f"*.{ending}")
        for name in re.findall(r"\busdg:(\w+)", file.read_text("utf-8"))
    }
    assert own - used == set()
