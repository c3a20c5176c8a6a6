"""The published sources of ../shared/data: each loads, and what is left out is told row by row."""

from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import InvalidData
from urbansdg.loaders import LoadOptions, LoadResult, initialise, load
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import GraphStore, Published

pytestmark = pytest.mark.long

_LOS_ANGELES = "5368361"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> GraphStore:
    """Return a graph with the bundled data."""
    store = GraphStore.create(tmp_path_factory.mktemp("graph") / "var", "http://localhost:8000")
    initialise(store, "test")
    return store


def _loaded(
    store: GraphStore, folder: Path, city: str | None = None
) -> tuple[LoadResult, Counter[str]]:
    """Load a folder; return what came of it, and how often each problem was found."""
    loaded = load([folder], store, "test", options=LoadOptions(city=city))
    return loaded, Counter(problem.code for problem in loaded.problems)


def _count(store: GraphStore, graph: str, pattern: str) -> int:
    prologue = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    rows = store.read(store.current()).query(
        f"{prologue}SELECT * WHERE {{ GRAPH <{store.iris.graph(graph)}> {{ {pattern} }} }}"
    )
    assert isinstance(rows, ox.QuerySolutions)
    return sum(1 for _ in rows)


@pytest.fixture(scope="module")
def los_angeles(store: GraphStore, shared: Path) -> tuple[LoadResult, Counter[str]]:
    """Load the site of Los Angeles; return what `_loaded` does."""
    return _loaded(store, shared / "data" / "la-open-sdg", _LOS_ANGELES)


def test_the_template_files_of_los_angeles_are_refused_by_name(
    store: GraphStore, shared: Path, los_angeles: tuple[LoadResult, Counter[str]]
) -> None:
    """Of Los Angeles' 248 files, 110 are placeholders and 4 a demonstration; each is named."""
    folder = shared / "data" / "la-open-sdg"
    loaded, codes = los_angeles
    assert (codes["placeholder"], codes["demonstration"]) == (110, 4)
    refused = [
        problem for problem in loaded.problems if problem.code in {"placeholder", "demonstration"}
    ]
    assert len({problem.place.file for problem in refused}) == 114
    assert any(problem.place.file == "indicator_1-4-2.csv" for problem in refused)
    values = sum(
        1
        for table in (folder / "data").glob("*.csv")
        if table.name not in {problem.place.file for problem in refused}
        and table.name != "indicator_8-4-2.csv"  # not started: numbers of groups A and B
        for line in table.read_text("utf-8-sig").splitlines()[1:]
        if line.rpartition(",")[2].strip()
    )
    read = _count(store, "la-open-sdg", "?value a qb:Observation")
    twice = [problem for problem in loaded.problems if problem.code == "value-twice"]
    repeated = sum(1 + len(problem.related) for problem in twice)
    assert read == values - repeated - codes["bad-number"] - codes["bad-year"]
    assert codes["not-started"] == 1
    assert read > 3000


@pytest.mark.usefixtures("los_angeles")
def test_the_same_site_twice_changes_nothing(store: GraphStore, shared: Path) -> None:
    """A site that is loaded again makes no version."""
    folder = shared / "data" / "la-open-sdg"
    assert not isinstance(_loaded(store, folder, _LOS_ANGELES)[0].outcome, Published)


def test_the_metros_of_the_sdsn_that_are_known_are_read(store: GraphStore, shared: Path) -> None:
    """Of 105 metros those whose main city the graph has are read, with 57 indicators at most."""
    loaded, codes = _loaded(store, shared / "data" / "sdsn-us-cities-2019")
    assert isinstance(loaded.outcome, Published)
    graph = "2019uscitiesindexresults"
    cities = 105 - codes["unknown-city"] - codes["ambiguous-city"]
    assert _count(store, graph, "SELECT DISTINCT ?c { ?v sdmx-dimension:refArea ?c }") == cities
    assert cities >= 4
    assert _count(store, graph, "?indicator a usdg:CityIndicator") == 57
    assert _count(store, graph, "?indicator skos:broadMatch ?target") >= 50


def test_chicagos_actions_and_projects_become_policies(store: GraphStore, shared: Path) -> None:
    """The disclosure gives 5 actions and 16 projects; its 5 goals name no target."""
    _, codes = _loaded(store, shared / "data" / "cdp-chicago-2025")
    graph = "cdp-disclosure-4887398"
    assert _count(store, graph, "?policy a usdg:Policy") == 5 + 16
    assert codes["no-target"] == 5
    stated = _count(store, graph, "?policy usdg:budget ?budget")
    assert stated + codes["no-amount"] == 5 + 16 - 1  # one amount is null, and says nothing at all
    written_out = 'FILTER(CONTAINS(?text, "\\\\n")) ?policy dcterms:abstract ?text'
    assert _count(store, graph, written_out) == 0


def test_undps_solutions_are_read_or_left_out_one_by_one(store: GraphStore, shared: Path) -> None:
    """Each of the 125 solutions is read, or left out with a reason and its line."""
    loaded, codes = _loaded(store, shared / "data" / "undp-local-government")
    read = _count(store, "undp-solutions", "?policy a usdg:Policy")
    assert read == codes["city-from-text"] > 10
    assert read + codes["no-city"] + codes["no-source"] == 125
    problems = [
        problem for problem in loaded.problems if problem.code in {"no-city", "city-from-text"}
    ]
    assert {problem.place.line for problem in problems} == set(range(1, 126))
    mojibake = 'FILTER(CONTAINS(?text, "\u201a\u00c4\u00f4")) ?policy dcterms:abstract ?text'
    assert _count(store, "undp-solutions", mojibake) == 0


def test_codes_of_countries_and_ports_are_linked(store: GraphStore, shared: Path) -> None:
    """249 countries get their links; 301 items with several codes are told and left out."""
    _loaded(store, shared / "data" / "country-codes-m49")
    linked = "SELECT DISTINCT ?country { ?country schema:sameAs ?link }"
    assert _count(store, "country-codes", linked) == 249
    with pytest.raises(InvalidData) as error:  # the bundled cities have their codes already
        _loaded(store, shared / "data" / "openclimate-locode-wikidata")
    codes = Counter(problem.code for problem in error.value.problems)
    assert codes["several-codes"] == 301


def test_the_official_wording_is_read_and_drift_is_reported(
    store: GraphStore, shared: Path
) -> None:
    """Of 249 rows of the framework one has no code; retired keys of the wording are reported."""
    _, codes = _loaded(store, shared / "data" / "sdg-framework-2023")
    assert codes == {"unknown-code": 1}
    worded = "SELECT DISTINCT ?thing { ?thing skos:definition ?text }"
    assert _count(store, "sdg-framework-2023", worded) == 169 + 232 - 1
    _, codes = _loaded(store, shared / "data" / "sdg-translations")
    assert codes == {"retired-code": 5 * 7}
    arabic = 'SELECT DISTINCT ?thing { ?thing skos:definition ?text FILTER(LANG(?text) = "ar") }'
    assert _count(store, "sdg-translations", arabic) > 17 + 169
