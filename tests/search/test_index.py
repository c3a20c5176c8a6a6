"""The index of a version finds what its things say, in every language."""

from pathlib import Path

import pytest

from urbansdg.search.index_build import index_folder, make_index
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.search_request import SearchRequest
from urbansdg.store import open_directory


@pytest.fixture(scope="module")
def index(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """Return the index of the bundled graph."""
    store = open_directory(bundled).versioned()
    catalogue = tmp_path_factory.mktemp("catalogue")
    version = store.current()
    make_index(store, version, catalogue)
    return SearchIndex.open(index_folder(catalogue, version.number))


def _first(index: SearchIndex, words: str, language: str = "en") -> tuple[str, str]:
    hit = index.search(SearchRequest(words, language=language)).hits[0]
    return hit.kind, hit.label


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("Seoul", ("city", "Seoul")),
        ("서울특별시", ("city", "Seoul")),
        ("首尔", ("city", "Seoul")),
        ("Sao Paulo", ("city", "São Paulo")),
        ("SDG 11", ("goal", "Sustainable cities and communities")),
        ("goal 11", ("goal", "Sustainable cities and communities")),
        ("목표 11", ("goal", "Sustainable cities and communities")),
        ("http://metadata.un.org/sdg/11", ("goal", "Sustainable cities and communities")),
        ("11.2", ("target", "Accessible and affordable transport for all")),
        ("http://www.wikidata.org/entity/Q8684", ("city", "Seoul")),
        ("https://www.wikidata.org/wiki/Q8684", ("city", "Seoul")),
        ("1835848", ("city", "Seoul")),
        ("KRSEL", ("city", "Seoul")),
        ("traffic congestion", ("policy", "Stockholm congestion tax")),
        ("교통", ("theme", "Transport")),
        ("النقل", ("theme", "Transport")),
    ],
)
def test_the_first_result_is_what_the_words_name(
    index: SearchIndex, words: str, thing: tuple[str, str]
) -> None:
    """Names, codes and IRIs find the thing that they name before those that mention it."""
    assert _first(index, words) == thing


@pytest.mark.parametrize(
    "words",
    [
        "버스",
        "대중교통",
        "교통 혼잡",
        "bus",
        "trafic",
        "公交",
        "ciclovía",
        "метро",
        "الحافلات",
        "バス",
    ],
)
def test_a_policy_is_found_by_an_everyday_word_for_its_theme(
    index: SearchIndex, words: str
) -> None:
    """The hidden labels of a theme find its policies in languages that they do not have."""
    results = index.search(SearchRequest(words, {"kind": frozenset({"policy"})}, limit=50))
    assert "Public transport reform of 2004" in {hit.label for hit in results.hits}
