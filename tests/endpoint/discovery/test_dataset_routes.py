"""The description of the dataset: VoID, DCAT and schema.org, held against what SPARQL counts."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, VOID, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from tests.endpoint.discovery.conftest import Changing, counted
from tests.support.server import Launch, http_client
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.queries import questions

Rows = Callable[[str], list[dict[str, str]]]
_BASE = "http://localhost:8000"
_DATASET = URIRef(f"{_BASE}/dataset")
_GEONAMES = "https://sws.geonames.org/"
_DQV = Namespace(PREFIXES["dqv"])


def _value(graph: Graph, subject: URIRef, name: str) -> str:
    return str(graph.value(subject, VOID[name], any=False))


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("triples", "COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"),
        ("distinctSubjects", "COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        ("distinctObjects", "COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
        ("properties", "COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }"),
        ("classes", "COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }"),
        (
            "entities",
            f'COUNT(DISTINCT ?s) AS ?n) {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{_BASE}/id/")) }}',
        ),
    ],
)
def test_a_count_is_what_sparql_counts(void: Graph, rows: Rows, name: str, pattern: str) -> None:
    """Each count of the description is what the endpoint itself counts."""
    (row,) = rows(f"SELECT ({pattern}")
    assert _value(void, _DATASET, name) == row["n"]


def test_the_class_partition_is_what_sparql_counts(void: Graph, rows: Rows) -> None:
    """Every class has its partition, with as many entities as the endpoint counts."""
    counted = rows("SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c")
    partition = {
        (str(void.value(part, VOID["class"])), str(void.value(part, VOID.entities)))
        for part in void.objects(_DATASET, VOID.classPartition)
    }
    assert partition == {(row["c"], row["n"]) for row in counted}


def test_the_property_partition_is_what_sparql_counts(void: Graph, rows: Rows) -> None:
    """Every property has its partition, with its triples and distinct subjects and objects."""
    counted = rows(
        "SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects)"
        " (COUNT(DISTINCT ?o) AS ?objects)"
        " { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } } GROUP BY ?p"
    )
    names = (VOID.property, VOID.triples, VOID.distinctSubjects, VOID.distinctObjects)
    partition = {
        tuple(str(void.value(part, name)) for name in names)
        for part in void.objects(_DATASET, VOID.propertyPartition)
    }
    assert partition == {(row["p"], row["n"], row["subjects"], row["objects"]) for row in counted}


def test_the_linksets_are_what_sparql_counts(void: Graph, rows: Rows) -> None:
    """Every linkset from our things counts the links by its property into its target's space."""
    seen = 0
    for linkset in void.subjects(RDF.type, VOID.Linkset):
        if (linkset, VOID.subjectsTarget, _DATASET) not in void:
            continue
        target = void.value(linkset, VOID.objectsTarget)
        space, link = void.value(target, VOID.uriSpace), void.value(linkset, VOID.linkPredicate)
        (row,) = rows(
            f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?s ?o {{ ?s <{link}> ?o"
            f' FILTER(STRSTARTS(STR(?s), "{_BASE}/id/")'
            f' && STRSTARTS(STR(?o), "{space}")) }} }}'
        )
        assert _value(void, URIRef(str(linkset)), "triples") == row["n"], linkset
        seen += 1
    assert seen > 5


def test_there_are_linksets_to_everything_that_is_linked(void: Graph) -> None:
    """There are linksets to the UN's SDG vocabulary, to GeoNames and to Wikidata."""
    spaces = {str(space) for space in void.objects(predicate=VOID.uriSpace)}
    assert spaces >= {
        *("http://metadata.un.org/sdg/", _GEONAMES),
        *("http://www.wikidata.org/entity/", f"{_BASE}/id/"),
    }


def test_every_named_graph_is_a_dataset_with_its_licence(void: Graph, rows: Rows) -> None:
    """Every named graph is a dataset of the catalogue, with its triples and its licence."""
    counted = rows("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    licences = rows(f"SELECT ?g ?l {{ ?g <{DCTERMS.license}> ?l GRAPH ?g {{ ?s ?p ?o }} }}")
    graph_sizes = {
        (str(graph), str(void.value(graph, VOID.triples)))
        for graph in void.objects(_DATASET, VOID.subset)
        if (graph, RDF.type, DCAT.Dataset) in void
    }
    assert graph_sizes == {(row["g"], row["n"]) for row in counted}
    assert licences
    for row in licences:
        assert (URIRef(row["g"]), DCTERMS.license, URIRef(row["l"])) in void


def test_the_catalogue_has_all_that_dcat_ap_demands(void: Graph) -> None:
    """The description conforms to the mandatory part of DCAT-AP."""
    shapes = Graph().parse(Path(__file__).with_name("dcat-ap.ttl"))
    conforms, _, text = validate(void, shacl_graph=shapes)
    assert conforms, text


def test_a_catalogue_without_an_address_is_found_out(void: Graph) -> None:
    """The shapes of DCAT-AP find a distribution that lacks its address."""
    shapes = Graph().parse(Path(__file__).with_name("dcat-ap.ttl"))
    broken = Graph()
    broken += void
    distribution = broken.value(predicate=RDF.type, object=DCAT.Distribution, any=True)
    broken.remove((distribution, DCAT.accessURL, None))
    conforms, _, _ = validate(broken, shacl_graph=shapes)
    assert not conforms


def test_the_example_resources_are_described(void: Graph, client: httpx.Client) -> None:
    """Each example resource of ours leads to its description."""
    examples = [
        str(example).removeprefix(_BASE)
        for example in void.objects(_DATASET, VOID.exampleResource)
        if str(example).startswith(_BASE)
    ]
    assert len(examples) > 1
    for path in examples:
        assert client.get(path, follow_redirects=True).status_code == 200


_SHARES = {
    "sourced-policies": ("?it a usdg:Policy", "?it dcterms:source ?any"),
    "evidenced-claims": ("?policy usdg:claim ?it", "?it usdg:evidence|dcterms:source ?any"),
    "interlinked-cities": ("?it a usdg:City", "?it schema:sameAs ?any"),
}
_METRICS = "https://w3id.org/urbansdg/vocab/metric#"


def _measured(graph: Graph, metric: str) -> Decimal:
    """Return the value of the one measurement of a metric on the dataset."""
    (node,) = graph.subjects(_DQV.isMeasurementOf, URIRef(_METRICS + metric))
    assert (_DATASET, _DQV.hasQualityMeasurement, node) in graph
    assert (node, RDF.type, _DQV.QualityMeasurement) in graph
    assert (node, _DQV.computedOn, _DATASET) in graph
    return Decimal(str(graph.value(node, _DQV.value)))


@pytest.mark.parametrize("metric", _SHARES)
def test_a_share_is_what_sparql_counts(void: Graph, rows: Rows, metric: str) -> None:
    """Each share of the measurements of quality is what the endpoint itself counts."""
    things, having = _SHARES[metric]
    prologue = "".join(
        f"PREFIX {name}: <{PREFIXES[name]}>" for name in ("usdg", "dcterms", "schema")
    )
    whole, part = (
        int(rows(f"{prologue} SELECT (COUNT(DISTINCT ?it) AS ?n) {{ {pattern} }}")[0]["n"])
        for pattern in (things, f"{things} . {having}")
    )
    assert 0 < part <= whole
    assert abs(_measured(void, metric) - Decimal(part) / whole) < Decimal("0.0001")


@pytest.mark.parametrize(
    ("metric", "question", "name"),
    [
        ("policy-completeness", "completeness_of_policies", "policy"),
        ("city-completeness", "completeness_of_cities", "city"),
    ],
)
def test_completeness_is_the_mean_of_the_scores(
    void: Graph, rows: Rows, metric: str, question: str, name: str
) -> None:
    """The completeness of policies and of cities is the mean of what the question says of each."""
    text = next(candidate.text for candidate in questions() if candidate.name == question)
    solutions = rows(text.replace(f"SELECT DISTINCT ?{name} ", f"SELECT ?it ?{name} ", 1))
    scores = {row["it"]: int(row["score"]) for row in solutions}
    mean = Decimal(sum(scores.values())) / len(scores)
    assert 0 < mean < 10
    assert abs(_measured(void, metric) - mean) < Decimal("0.0001")


def test_every_metric_is_declared_and_measured(void: Graph, client: httpx.Client) -> None:
    """The metrics measured are those of the scheme, which the server serves, and on the page."""
    text = client.get("/vocab/metric", headers={"accept": "text/turtle"}).text
    declared = set(Graph().parse(data=text, format="turtle").subjects(RDF.type, _DQV.Metric))
    assert set(void.objects(None, _DQV.isMeasurementOf)) == declared
    page = client.get("/dataset.html").text
    assert all(f"/vocab/metric#{str(metric).removeprefix(_METRICS)}" in page for metric in declared)


@pytest.mark.parametrize("extension", ["nt", "rdf", "jsonld", "trig", "nq"])
def test_every_form_of_the_description_says_the_same(
    client: httpx.Client, void: Graph, extension: str
) -> None:
    """The description says the same in every format of RDF."""
    answer = client.get(f"/dataset.{extension}")
    form = ox.RdfFormat.from_extension(extension)
    assert form is not None
    assert answer.headers["content-type"].split(";")[0] == form.media_type
    graph = Graph()
    triples = (quad.triple for quad in ox.parse(answer.content, format=form))
    graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
    assert isomorphic(graph, void)


@pytest.mark.parametrize("path", ["/dataset", "/.well-known/void"])
def test_the_form_is_negotiated(client: httpx.Client, path: str) -> None:
    """Both addresses answer in the form that Accept prefers, and with 304 to who has it."""
    page = client.get(path, headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    turtle = client.get(path)
    assert turtle.headers["content-type"].startswith("text/turtle")
    assert turtle.headers["content-location"] == "/dataset.ttl"
    again = client.get(path, headers={"if-none-match": turtle.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"accept": "image/png"}).status_code == 406


def test_the_page_tells_search_engines_in_schema_org(client: httpx.Client, void: Graph) -> None:
    """The page has a schema.org Dataset whose downloads are those of the description."""
    page = client.get("/dataset.html").text
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    document = json.loads(script)
    assert document["@type"] == "Dataset"
    assert document["@id"] == str(_DATASET)
    downloads = {distribution["contentUrl"] for distribution in document["distribution"]}
    assert downloads == {str(dump) for dump in void.objects(_DATASET, VOID.dataDump)}
    assert f"<dd>{int(_value(void, _DATASET, 'triples')):,}</dd>" in page


def test_a_nested_dataset_has_what_search_engines_ask_for(client: httpx.Client) -> None:
    """Each part of the schema.org Dataset has a name, a description of 50 characters, a licence.

    A graph without a licence is no part. The schema.org profile has the same.
    """
    page = client.get("/dataset.html").text
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    parts = json.loads(script)["hasPart"]
    assert parts
    for part in parts:
        assert part["name"] != part["@id"]
        assert 50 <= len(part["description"]) <= 5000
        assert part["license"].startswith("http")
    answer = client.get("/dataset.nt", params={"_profile": "schema"})
    triples = [quad.triple for quad in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)]
    licensed = {triple.subject for triple in triples if triple.predicate.value.endswith("/license")}
    nested = {triple.object for triple in triples if triple.predicate.value.endswith("/hasPart")}
    assert len(nested) == len(parts)
    assert nested <= licensed


def test_the_page_draws_the_quality_on_scales_with_words(client: httpx.Client) -> None:
    """The page has a bar for each metric by its name in the reader's language, on its scale."""
    counted(client)
    page = client.get("/dataset?lang=fr", headers={"accept": "text/html"}).text
    for words in ("Exhaustivité des villes", "Affirmations étayées", "sur dix facettes"):
        assert words in page
    assert page.count('class="f-whole"') == 5
    assert 'href="/vocab/metric?lang=fr#city-completeness"' in page


def test_the_page_draws_the_growth_by_version(changing: Changing) -> None:
    """The page has the statements of each version as a line, and as a table."""
    page = changing.client.get("/dataset", headers={"accept": "text/html"}).text
    figure = page.partition("Statements in each version</figcaption>")[2].partition("</figure>")[0]
    rows = re.findall(r"<td><bdi>(\d+)</bdi></td><td class=\"number\">([\d,]+)</td>", figure)
    versions = {str(v.number): f"{v.triples:,}" for v in changing.store.versions() if v.number}
    assert dict(rows) == versions
    assert len(rows) > 3


def test_an_unknown_form_is_a_problem(client: httpx.Client) -> None:
    """A form that nobody offers is a problem document with status 404."""
    answer = client.get("/dataset.exe")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_property_without_a_namespace_is_described(launch: Launch, folder: Path) -> None:
    """A property such as `<urn:value>` is counted; it belongs to no vocabulary."""
    with launch(folder) as server, http_client(server.url) as client:
        description = counted(client)
    assert URIRef("urn:value") in set(description.objects(None, VOID.property))
    vocabularies = set(map(str, description.objects(None, VOID.vocabulary)))
    assert "http://example.org/" in vocabularies
    assert all(vocabulary.endswith(("#", "/")) for vocabulary in vocabularies)
