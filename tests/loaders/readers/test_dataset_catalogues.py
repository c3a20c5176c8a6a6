"""Catalogues of the data portals of cities: DCAT-AP in RDF, and data.json of DCAT-US 1.1.

No catalogue is among the data of the project; the files follow the published schemas.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib import Graph

from urbansdg.errors import Severity, SourceUnreadable
from urbansdg.loaders import LoadOptions, load
from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.loaders.readers.catalogues.data_json import READER as DATA_JSON
from urbansdg.loaders.readers.catalogues.dcat_catalogue import READER as DCAT
from urbansdg.loaders.readers.rdf.rdf_file import READER as RDF
from urbansdg.loaders.tables.dataset_catalogues import entry_key, stated_measures
from urbansdg.ontology.iris import Iris
from urbansdg.store import GraphStore

_IRIS = Iris("http://localhost:8000")
_SEOUL = "1835848"
_DATASET: dict[str, Any] = {
    "@type": "dcat:Dataset",
    "title": "Bus stops",
    "description": "<p>Stops of <b>buses</b>.</p>",
    "identifier": "https://data.example.gov/api/views/abcd-1234",
    "accessLevel": "public",
    "modified": "2026-03-04T05:06:07",
    "issued": "2020-05",
    "landingPage": "https://data.example.gov/d/abcd-1234",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "keyword": ["bus", "SDG 11.2"],
    "theme": ["Transportation"],
    "publisher": {"@type": "org:Organization", "name": "City of Seoul"},
    "contactPoint": {"fn": "Ada Person", "hasEmail": "mailto:ada@example.gov"},
    "distribution": [
        {
            "@type": "dcat:Distribution",
            "downloadURL": "https://data.example.gov/abcd-1234.csv",
            "mediaType": "text/csv",
            "format": "CSV",
        },
        {"@type": "dcat:Distribution", "title": "no address"},
    ],
}
_CATALOGUE = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<https://data.example/catalogue> a dcat:Catalog ;
    dcterms:title "Offene Daten"@de ; foaf:homepage <https://data.example/> ;
    dcat:dataset <https://data.example/set/stops> , <https://data.example/set/secret> .

<https://data.example/set/stops> a dcat:Dataset ;
    dcterms:title "Haltestellen"@de , "Stops"@en ;
    dcterms:description "Alle Haltestellen"@de ;
    dcterms:publisher [ a foaf:Agent ; foaf:name "Stadt"@de ; foaf:homepage <https://stadt.example/> ] ;
    dcterms:spatial <https://sws.geonames.org/1835848/> , [ a dcterms:Location ; skos:prefLabel "Atlantis" ] ;
    dcterms:issued "2021-02-03" ; dcterms:modified "2024-05-06T07:08:09Z" ;
    dcat:theme <http://publications.europa.eu/resource/authority/data-theme/TRAN> ,
        <http://metadata.un.org/sdg/11> ;
    dcat:keyword "Bus"@de ;
    dcat:contactPoint [ vcard:fn "Ada Person" ] ;
    dcat:distribution <https://data.example/set/stops/csv> .

<https://data.example/set/stops/csv> a dcat:Distribution ;
    dcat:accessURL <https://data.example/stops> ; dcat:downloadURL <https://data.example/stops.csv> ;
    dcterms:format <http://publications.europa.eu/resource/authority/file-type/CSV> ;
    dcterms:license <http://dcat-ap.de/def/licenses/cc-by> .

<https://data.example/set/secret> a dcat:Dataset ;
    dcterms:title "Intern"@de ;
    dcterms:accessRights <http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC> .
"""  # noqa: E501
Reading = Callable[..., Draft]


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    """Return what reads a data.json with some data sets."""

    def drafted(*datasets: dict[str, Any], city: str | None = None) -> Draft:
        file = tmp_path / "data.json"
        catalogue = {
            "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
            "dataset": list(datasets),
        }
        file.write_text(json.dumps(catalogue), "utf-8")
        assert reader_of(file) is DATA_JSON
        return DATA_JSON.read(file, None, ReadContext(tmp_path, _IRIS, city=city))

    return drafted


def _triples(draft: Draft) -> set[str]:
    return {str(quad.triple) for file in draft.files for quad in ox.parse(path=str(file))}


def test_a_data_set_of_data_json_is_described(read: Reading) -> None:
    """Title, publisher, licence, dates, keywords and distributions are stated, and no person."""
    draft = read(_DATASET)
    text = "\n".join(_triples(draft))
    for part in (
        'title> "Bus stops"@und', 'description> "Stops of buses ."@und', 'keyword> "bus"@und',
        'keyword> "Transportation"@und', "license> <https://creativecommons.org/licenses/by/4.0/>",
        'modified> "2026-03-04"^^<http://www.w3.org/2001/XMLSchema#date>',
        'issued> "2020-05"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>',
        "subject> <http://metadata.un.org/sdg/11.2>",
        "downloadURL> <https://data.example.gov/abcd-1234.csv>",
        "mediaType> <https://www.iana.org/assignments/media-types/text/csv>",
        'format> "CSV"', '"City of Seoul"',
        "sameAs> <https://data.example.gov/api/views/abcd-1234>",
    ):  # fmt: skip
        assert part in text
    assert "Ada" not in text
    assert text.count("ns/dcat#Distribution>") == 1
    assert draft.problems == ()


@pytest.mark.parametrize(
    ("spatial", "city", "area"),
    [
        ("Seoul, Korea", None, f"city/{_SEOUL}"),
        ("", _SEOUL, f"city/{_SEOUL}"),
        ("United States", _SEOUL, "country/USA"),
        ("Atlantis", _SEOUL, None),
        ("-87.9,41.6,-87.5,42.0", _SEOUL, None),
        ('{"type":"Point","coordinates":[1,2]}', None, None),
    ],
)
def test_the_place_of_a_data_set_is_the_stated_one(
    read: Reading, spatial: str, city: str | None, area: str | None
) -> None:
    """A place of the graph is linked, --city stands for no place, and others are counted."""
    draft = read(_DATASET | {"spatial": spatial}, city=city)
    links = [line for line in _triples(draft) if "dc/terms/spatial>" in line]
    places = [line.partition("spatial> ")[2] for line in links]
    assert places == ([] if area is None else [f"<{_IRIS.base}/id/{area}>"])
    notes = [problem for problem in draft.problems if problem.code == "left-out"]
    assert len(notes) == (area is None)


def test_what_is_not_public_or_has_no_title_is_left_out(read: Reading) -> None:
    """Data sets with restricted access are counted, and one without a title is a warning."""
    draft = read(
        _DATASET,
        _DATASET | {"identifier": "b", "accessLevel": "non-public"},
        _DATASET | {"identifier": "c", "accessLevel": "restricted public"},
        _DATASET | {"identifier": "d", "title": " "},
    )
    assert [(problem.code, problem.severity) for problem in draft.problems] == [
        ("no-title", Severity.WARNING),
        ("left-out", Severity.INFO),
        ("left-out", Severity.INFO),
    ]
    assert sum("ns/dcat#Dataset>" in line for line in _triples(draft)) == 1


def test_two_data_sets_with_one_identifier_are_reported(read: Reading) -> None:
    """Data sets that would become one are left out, and the others are loaded."""
    draft = read(_DATASET, _DATASET | {"title": "Other"}, _DATASET | {"identifier": "b"})
    assert [problem.code for problem in draft.problems] == ["duplicate-thing"]
    assert sum("ns/dcat#Dataset>" in line for line in _triples(draft)) == 1


@pytest.mark.parametrize("syntax", ["turtle", "xml", "json-ld", "nt"])
def test_a_catalogue_is_read_in_each_syntax(tmp_path: Path, syntax: str) -> None:
    """DCAT-AP in Turtle, RDF/XML, JSON-LD and N-Triples gives the same facts."""
    ending = {"turtle": "ttl", "xml": "rdf", "json-ld": "jsonld", "nt": "nt"}[syntax]
    file = tmp_path / f"catalogue.{ending}"
    file.write_bytes(Graph().parse(data=_CATALOGUE).serialize(format=syntax, encoding="utf-8"))
    assert reader_of(file) is DCAT
    draft = DCAT.read(file, None, ReadContext(tmp_path, _IRIS))
    text = "\n".join(_triples(draft))
    for part in (
        'title> "Offene Daten"@de', 'title> "Haltestellen"@de', 'title> "Stops"@en',
        'keyword> "Bus"@de', '"Stadt"@de', "homepage> <https://stadt.example/>",
        "theme> <http://publications.europa.eu/resource/authority/data-theme/TRAN>",
        "subject> <http://metadata.un.org/sdg/11>", f"spatial> <{_IRIS.city(_SEOUL)}>",
        "accessURL> <https://data.example/stops>",
        "license> <http://dcat-ap.de/def/licenses/cc-by>",
        "sameAs> <https://data.example/set/stops>",
    ):  # fmt: skip
        assert part in text
    assert "Ada" not in text
    assert "Intern" not in text
    notes = sorted(problem.message for problem in draft.problems)
    assert [note.partition(":")[0] for note in notes] == [
        "Left out of the places that data sets cover",
        "Left out",
    ]


def test_rdf_of_our_own_is_no_catalogue(tmp_path: Path) -> None:
    """A file that uses our terms, or no data sets of DCAT, is read as RDF."""
    file = tmp_path / "own.ttl"
    for text in (
        f"@prefix usdg: <https://w3id.org/urbansdg/ontology#> .\n{_CATALOGUE}",
        "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<urn:x> dcat:startDate 2020 .",
    ):
        file.write_text(text, "utf-8")
        assert reader_of(file) is RDF


def test_a_file_without_data_sets_is_refused(tmp_path: Path) -> None:
    """A data.json whose list of data sets is an object is one problem."""
    file = tmp_path / "data.json"
    start = '{"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": {}}'
    file.write_text(start, "utf-8")
    with pytest.raises(SourceUnreadable):
        DATA_JSON.read(file, None, ReadContext(tmp_path, _IRIS))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("SDG 11", ("11",)),
        ("sdg11.2", ("11.2",)),
        ("ODS 13", ("13",)),
        ("UN SDG 11.B", ("11.b",)),
        ("Sustainable Development Goal 3", ("3",)),
        ("http://metadata.un.org/sdg/6.1", ("6.1",)),
        ("http://metadata.un.org/sdg/06", ("6",)),
        ("SDG 18", ()),
        ("SDG", ()),
        ("goal 11", ()),
        ("11", ()),
        ("http://metadata.un.org/sdg/C110201", ()),
    ],
)
def test_a_goal_is_stated_only_by_its_name(text: str, codes: tuple[str, ...]) -> None:
    """A goal or target counts where the portal names it; a number alone does not."""
    assert stated_measures([text]) == codes


def test_keys_of_data_sets_differ() -> None:
    """Identifiers that only differ in case, signs or their beginning have keys of their own."""
    identifiers = ("a-1", "A-1", "a/1", "https://x.example/a-1", "https://y.example/a-1", "é")
    assert len({entry_key("portal", text) for text in identifiers}) == len(identifiers)
    assert entry_key("portal", "a-1") == "portal-a-1"


def test_a_catalogue_is_published(graph: Path, tmp_path: Path) -> None:
    """Both forms are valid by the shapes, with the city of the option."""
    store = GraphStore.open(graph)
    portal, catalogue = tmp_path / "portal.json", tmp_path / "catalogue.ttl"
    document = {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema"}
    portal.write_text(json.dumps(document | {"dataset": [_DATASET]}), "utf-8")
    catalogue.write_text(_CATALOGUE, "utf-8")
    loaded = load([portal, catalogue], store, "test", options=LoadOptions(city=_SEOUL))
    assert {problem.severity for problem in loaded.problems} == {Severity.INFO}
    rows = store.read(store.current()).query(
        "SELECT ?title { ?set a <http://www.w3.org/ns/dcat#Dataset> ; "
        f"<http://purl.org/dc/terms/spatial> <{_IRIS.city(_SEOUL)}> ; "
        "<http://purl.org/dc/terms/title> ?title }",
        use_default_graph_as_union=True,
    )
    assert isinstance(rows, ox.QuerySolutions)
    assert {row["title"].value for row in rows} == {"Bus stops", "Haltestellen", "Stops"}


@pytest.mark.parametrize(
    "change",
    [
        {"license": "http://[bad", "landingPage": "javascript:alert(1)"},
        {"modified": "2026-02-31", "issued": "R/P1Y"},
        {"language": ["not a tag!"]},
        {"title": "\u202eevil\u0000", "keyword": ["bus", None, 5, {"a": 1}]},
        {"publisher": "text", "distribution": {"accessURL": "https://x.example"}},
        {"publisher": {"name": "!!!"}, "theme": "x", "spatial": {"type": "Point"}},
        {"distribution": [{"downloadURL": "https://x.example/100%"}, None, "x"]},
    ],
)
def test_a_faulty_member_does_not_refuse_the_catalogue(
    graph: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    """A member of another form, a bad address, date or language is left out of its data set."""
    file = tmp_path / "portal.json"
    document = {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema"}
    file.write_text(json.dumps(document | {"dataset": [_DATASET | change, None, 5]}), "utf-8")
    assert load([file], GraphStore.open(graph), "test", dry_run=True).problems == ()
