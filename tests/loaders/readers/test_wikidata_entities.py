"""Cities of Wikidata's entities, from documents and lines of a dump.

No file of Wikidata is among the data of the project; the entities follow its published data model.
"""

import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.support.wikidata_entity import (
    Json,
    city_entity,
    entity,
    item_value,
    quantity_value,
    snak,
    statement,
    time_value,
)
from urbansdg.errors import Severity, SourceUnreadable
from urbansdg.loaders import load
from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.loaders.readers.places.wikidata_entities import READER
from urbansdg.ontology.iris import Iris
from urbansdg.store import GraphStore

_IRIS = Iris("http://localhost:8000")
_SEOUL = "1835848"
Reading = Callable[..., Draft]


def _people(amount: str, year: str, rank: str = "normal", source: str = "") -> Json:
    when = {"P585": time_value(f"+{year}-00-00T00:00:00Z")} if year else {}
    return statement("P1082", quantity_value(amount), rank, source, when)


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    """Return what reads entities as a document of Special:EntityData."""

    def drafted(*entities: Json) -> Draft:
        file = tmp_path / "entities.json"
        file.write_text(json.dumps({"entities": {one["id"]: one for one in entities}}), "utf-8")
        assert reader_of(file) is READER
        return READER.read(file, None, ReadContext(tmp_path, _IRIS))

    return drafted


def _triples(draft: Draft) -> set[str]:
    return {str(quad.triple) for file in draft.files for quad in ox.parse(path=str(file))}


def _values(draft: Draft) -> dict[str, str]:
    """Return the values of the observations by the end of their IRIs."""
    return {
        str(quad.subject).rpartition("/")[2].rstrip(">"): quad.object.value
        for file in draft.files
        for quad in ox.parse(path=str(file))
        if quad.predicate.value.endswith("obsValue") and isinstance(quad.object, ox.Literal)
    }


def test_a_city_has_its_names_position_country_and_links(read: Reading) -> None:
    """Labels and aliases, coordinates, country, GeoNames id and UN/LOCODE are loaded."""
    more = (statement("P1566", "3067696"), statement("P1937", "CZ PRG"))
    text = "\n".join(_triples(read(city_entity("Q1085", *more))))
    assert f"<{_IRIS.city('3067696')}>" in text
    for value in (
        '"Prague"@en', '"Praha"@cs', '"프라하"@ko', '"City of Prague"@en', '"Prag"@de',
        "<http://www.wikidata.org/entity/Q1085>", "<https://sws.geonames.org/3067696/>",
        '"CZPRG"', f"<{_IRIS.country('CZE')}>", '"50.0875"', "POINT(14.421389 50.0875)",
    ):  # fmt: skip
        assert value in text


def test_a_label_that_only_repeats_another_is_left_out(read: Reading) -> None:
    """A label in a rare language is loaded if it is another name."""
    labels = {"en": "Prague", "vec": "Prague", "hsb": "Praha"}
    text = "\n".join(_triples(read(city_entity("Q1085", **labels))))
    assert "@vec" not in text
    assert '"Praha"@hsb' in text


def test_a_city_of_the_graph_has_its_key(read: Reading) -> None:
    """An item that the graph has is that city, of whatever class, and keeps its country."""
    seoul = entity("Q8684", {"en": "Seoul"}, [_people("+9586195", "2019")])
    text = "\n".join(_triples(read(seoul)))
    assert f"<{_IRIS.city(_SEOUL)}>" in text
    assert f"<{_IRIS.country('KOR')}>" in text


def test_populations_have_their_years_ranks_and_sources(read: Reading) -> None:
    """A year has its best value, with the address of its reference or else the page of the item."""
    draft = read(
        city_entity(
            "Q1085",
            _people("+1301132", "2021", source="https://csu.example/2021"),
            _people("+1", "2021", "deprecated"),
            _people("+1400000", "2022"),
            _people("+1357326", "2022", "preferred"),
        )
    )
    assert _values(draft) == {"wikidata-population-2021": "1301132",
                              "wikidata-population-2022": "1357326"}  # fmt: skip
    text = "\n".join(_triples(draft))
    assert "<https://csu.example/2021>" in text
    assert "<https://www.wikidata.org/wiki/Q1085>" in text


@pytest.mark.parametrize(
    ("population", "what"),
    [
        ([_people("+1", "2021", "deprecated")], "populations of deprecated rank (1)"),
        ([_people("+1", "")], "populations without a year (1)"),
        ([_people("+1.5", "2021")], "populations without a whole number (1)"),
        (
            [_people("+1", "2021") | {"qualifiers": {"P518": [snak("P518", item_value("Q2"))]}}],
            "populations of a part of a city (1)",
        ),
        (
            [_people("+1", "2021"), _people("+2", "2021")],
            "populations of a year with several values (2)",
        ),
    ],
)
def test_what_is_left_out_is_counted(read: Reading, population: list[Json], what: str) -> None:
    """A population that is wrong, of no year, of a part or ambiguous is counted and not loaded."""
    draft = read(city_entity("Q1085", *population))
    assert _values(draft) == {}
    notes = [problem for problem in draft.problems if problem.code == "left-out"]
    assert [(note.message, note.severity) for note in notes] == [
        (f"Left out: {what}.", Severity.INFO)
    ]


def test_other_entities_are_counted(read: Reading) -> None:
    """An item that is no city, and a property, are counted in one message each."""
    bridge = entity("Q5", {"en": "Bridge"}, [statement("P31", item_value("Q12280"))])
    draft = read(bridge, bridge | {"id": "Q6"}, city_entity())
    assert [problem.message for problem in draft.problems] == [
        "Left out: items that are no cities (2)."
    ]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (entity("Q1", {"en": "X"}, [statement("P31", item_value("Q515"))]), "unknown-country"),
        (city_entity("Q9", statement("P1566", _SEOUL)), "wrong-identifier"),
        (city_entity("Q1085", x="?") | {"aliases": {}}, "no-name"),
    ],
)
def test_a_city_that_cannot_be_loaded_is_reported(read: Reading, changed: Json, code: str) -> None:
    """A city without a country, with the identifier of another, or without a name is a warning."""
    draft = read(changed)
    assert [(problem.code, problem.severity) for problem in draft.problems] == [
        (code, Severity.WARNING)
    ]
    assert _triples(draft) == set()


@pytest.mark.parametrize("ending", ["json", "jsonl", "json.gz", "json.bz2"])
def test_lines_of_a_dump_are_read(tmp_path: Path, ending: str) -> None:
    """A dump has one entity in a line, in an array, and may be compressed."""
    lines = ",\n".join(json.dumps(one) for one in (city_entity(), city_entity("Q2", en="Brno")))
    content = f"[\n{lines}\n]\n".encode()
    if ending.endswith("gz"):
        content = gzip.compress(content)
    elif ending.endswith("bz2"):
        content = bz2.compress(content)
    file = tmp_path / f"dump.{ending}"
    file.write_bytes(content)
    assert reader_of(file) is READER
    text = "\n".join(_triples(READER.read(file, None, ReadContext(tmp_path, _IRIS))))
    assert f"<{_IRIS.city('Q2')}>" in text
    assert '"Praha"@cs' in text


def test_a_broken_dump_is_reported_with_its_line(tmp_path: Path) -> None:
    """A line that is not JSON is named, and a cut archive is reported."""
    file = tmp_path / "dump.json"
    file.write_text(f"[\n{json.dumps(city_entity())},\n{{oops\n]", "utf-8")
    with pytest.raises(SourceUnreadable) as error:
        READER.read(file, None, ReadContext(tmp_path, _IRIS))
    assert error.value.reason.place.line == 3
    cut = tmp_path / "cut.json.gz"
    lines = "".join(f"{json.dumps(city_entity(f'Q{number}'))},\n" for number in range(1, 3000))
    cut.write_bytes(gzip.compress(f"[\n{lines}]".encode())[:-2000])
    assert READER.reads(cut)
    with pytest.raises(SourceUnreadable):
        READER.read(cut, None, ReadContext(tmp_path, _IRIS))


def test_cities_are_published_beside_those_of_the_graph(graph: Path, tmp_path: Path) -> None:
    """A load is valid by the shapes, and the same file again changes nothing."""
    store = GraphStore.open(graph)
    seoul = entity(
        "Q8684",
        {"en": "Seoul", "fr": "Séoul", "ka": "სეული"},
        [statement("P17", item_value("Q884")), _people("+9411260", "2021")],
    )
    file = tmp_path / "cities.json"
    entities = {"Q8684": seoul, "Q1085": city_entity("Q1085", _people("+1357326", "2022"))}
    file.write_text(json.dumps({"entities": entities}), "utf-8")
    assert load([file], store, "test").problems == ()
    count = len(store.read(store.current()))
    load([file], store, "test")
    assert len(store.read(store.current())) == count


def test_an_identifier_of_another_type_is_left_out(read: Reading) -> None:
    """An external id that is an object, which the data model does not allow, is no id."""
    draft = read(city_entity("Q1085", statement("P1566", {"x": 5})))
    assert not any("geonames" in triple for triple in _triples(draft))
