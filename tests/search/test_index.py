"""The index of a version finds what its things say, in every language."""

from dataclasses import replace
from pathlib import Path

import pytest

from urbansdg.ontology.iris import is_fictitious
from urbansdg.search.index_build import index_folder, make_index
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.search_request import SearchRequest
from urbansdg.search.text_units import key_of
from urbansdg.store import GraphStore


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
        ("SDG11", ("goal", "Sustainable cities and communities")),
        ("الهدف \u0661\u0661", ("goal", "Sustainable cities and communities")),
        ("цель 11", ("goal", "Sustainable cities and communities")),
        ("具体目标 11.2", ("target", "Accessible and affordable transport for all")),
        ("SDG 11.2 bus", ("policy", "Janmarg bus rapid transit")),
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


def test_short_words_are_not_looked_for_inside_others(index: SearchIndex) -> None:
    """A search for "bus" finds bus policies first, and nothing about abuse."""
    results = index.search(SearchRequest("bus", limit=50))
    assert "bus" in results.hits[0].label.lower()
    assert not [hit for hit in results.hits if "abuse" in hit.label.lower()]


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("congestoin", "ongestion"),
        ("Metrocabel", "Metrocable"),
        ("Seuol", "Seoul"),
        ("Prais", "Paris"),
        ("Stokholm", "Stockholm"),
        ("Transpotr", "Transport"),
        ("서욿", "Seoul"),
        ("기후변화 적웅", "Climate adaptation"),
        ("Сокгольм", "Stockholm"),
    ],
)
def test_a_spelling_error_is_forgiven(index: SearchIndex, words: str, label: str) -> None:
    """A word with an error finds what the word finds."""
    results = index.search(SearchRequest(words))
    assert results.is_forgiving
    assert label in results.hits[0].label


def test_what_matches_as_written_comes_before_what_is_similar(index: SearchIndex) -> None:
    """Of few matches as written, each has a higher score than any that has one word only."""
    results = index.search(SearchRequest("Stockholm referendum", limit=50))
    both = [hit for hit in results.hits if hit.score > 1_000]
    assert [hit.label for hit in both] == [hit.label for hit in results.hits[: len(both)]]
    assert 0 < len(both) < len(results.hits)


def test_a_snippet_marks_the_words_that_match(index: SearchIndex) -> None:
    """The marks of a snippet are at the words of the query, also in another form."""
    hit = index.search(SearchRequest("flooded")).hits[0]
    assert {hit.snippet[start:end] for start, end in hit.marks} <= {"flood", "floods"}
    assert hit.marks


@pytest.mark.parametrize(
    "words",
    [
        *("", "   ", "!!!", "\x00", "a" * 10_000, "11." * 200, "<" * 400, "~bus", "'\"()*:^", "💧"),
        *("\ud800", "http://", "http://%zz/%", "٣", "a\u202eb", "ก็", "-" * 499 + "x", "SDG 99"),
    ],
)
def test_no_words_break_a_search(index: SearchIndex, words: str) -> None:
    """Whatever the words are, a search, a suggestion and a list of candidates have an answer."""
    assert index.search(SearchRequest(words)).total >= 0
    assert index.suggestions(words) is not None
    assert index.candidates(words, ("city",), 5) is not None


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


def test_an_empty_version_has_an_index(tmp_path: Path) -> None:
    """The index of a graph without things opens, and finds nothing."""
    store = GraphStore.create(tmp_path / "graph", "http://localhost:8000")
    make_index(store, store.current(), tmp_path)
    index = SearchIndex.open(index_folder(tmp_path, 0))
    assert index.search(SearchRequest("bus")).total == 0
    assert index.search(SearchRequest()).hits == ()


@pytest.mark.parametrize("sort", ["relevance", "name", "newest"])
def test_pages_of_results_have_each_thing_once(index: SearchIndex, sort: str) -> None:
    """In every order, the pages of a search together have each result once."""
    request = SearchRequest("transport", limit=7, sort=sort)
    total = index.search(request).total
    pages = [index.search(replace(request, offset=at)).hits for at in range(0, total, 7)]
    iris = [hit.iri for page in pages for hit in page]
    assert len(iris) == len(set(iris)) == total


def test_things_are_sorted_by_name_in_the_language_of_the_reader(index: SearchIndex) -> None:
    """Sorted by name, cities follow the alphabet in the reader's language, goals their numbers."""
    for language in ("en", "ko", "ar"):
        filters = {"kind": frozenset({"city"})}
        request = SearchRequest(filters=filters, sort="name", language=language, limit=100)
        cities = index.search(request).hits
        labels = [key_of(hit.label) for hit in cities if not is_fictitious(hit.iri)]
        assert labels == sorted(labels)
    goals = SearchRequest(filters={"kind": frozenset({"goal"})}, sort="name", limit=17)
    numbers = [int(hit.iri.rpartition("/")[2]) for hit in index.search(goals).hits]
    assert numbers == list(range(1, 18))


@pytest.mark.parametrize(
    ("beginning", "name"),
    [("Seo", "Seoul"), ("서", "Seoul"), ("sustainable cit", "Sustainable cities and communities")],
)
def test_suggestions_complete_the_last_word(index: SearchIndex, beginning: str, name: str) -> None:
    """A name is suggested by the beginning of its last word."""
    suggested = index.suggestions(beginning)
    assert name in [text for candidate in suggested[:5] for _, text in candidate.names]


def test_candidates_are_of_the_kinds_that_are_asked_for(index: SearchIndex) -> None:
    """A misspelt name has its thing among the candidates, and none of another kind."""
    candidates = index.candidates("Stokholm", ("city",), 5)
    assert candidates[0].iri.endswith("/city/2673730")
    assert {candidate.kind for candidate in candidates} == {"city"}


@pytest.mark.parametrize(
    ("text", "name"), [("Lmia", "Lima"), ("Длеи", "Дели"), ("Aãm", "Amã"), ("لدنن", "لندن")]
)
def test_a_short_name_with_an_error_has_its_thing_as_a_candidate(
    index: SearchIndex, text: str, name: str
) -> None:
    """A short name is a candidate for a misspelt one, even where they share no part."""
    candidates = index.candidates(text, ("city",), 5)
    assert name in {own for candidate in candidates for _, own in candidate.names}


def test_of_several_things_with_one_name_the_city_is_suggested_first(index: SearchIndex) -> None:
    """The city of Seoul comes before the region and the government of that name."""
    assert index.suggestions("Seo", (), 3)[0].kind == "city"


@pytest.mark.parametrize("words", ["bus", "버스", "rain", "حافلة", "policy", "cooperation"])
def test_real_things_come_before_those_of_the_example(index: SearchIndex, words: str) -> None:
    """Among the results, each real thing comes before the example's, and these before terms."""
    hits = index.search(SearchRequest(words, limit=500)).hits
    ranks = [
        2 if hit.kind in {"term", "concept", "other"} else int(is_fictitious(hit.iri))
        for hit in hits
    ]
    assert ranks == sorted(ranks)
    assert {0, 1} <= set(ranks)


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("Haneul", "Haneul (example city)"),
        ("Hanuel", "Haneul (example city)"),
        ("Harbour line of Bada (fictitious)", "Harbour line of Bada (fictitious)"),
        ("harbour line", "Harbour line of Bada (fictitious)"),
    ],
)
def test_the_example_is_found_by_its_name(index: SearchIndex, words: str, label: str) -> None:
    """Who seeks the example by its name finds it first."""
    assert _first(index, words)[1] == label


@pytest.mark.parametrize(
    ("words", "language"),
    [("정책", "ko"), ("سياسة", "ar"), ("policy", "en"), ("política", "es"), ("政策", "zh")],
)
def test_the_name_of_a_kind_finds_things_of_it(
    index: SearchIndex, words: str, language: str
) -> None:
    """The word for a policy finds policies before the terms that have it in their names."""
    results = index.search(SearchRequest(words, language=language, limit=1_000))
    kinds = [hit.kind for hit in results.hits]
    assert kinds.count("policy") >= 39
    assert "term" in kinds
    assert kinds.index("term") > max(at for at, kind in enumerate(kinds) if kind == "policy")


def test_a_word_and_the_name_of_a_kind_are_sought_together(index: SearchIndex) -> None:
    """A search for "traffic policy", in Korean too, finds policies on traffic."""
    for words in ("traffic policy", "교통 정책"):
        results = index.search(SearchRequest(words))
        assert not results.is_forgiving
        assert {hit.kind for hit in results.hits[:8]} == {"policy"}


@pytest.mark.parametrize("language", ["en", "ko", "ar"])
def test_lists_end_with_the_example(index: SearchIndex, language: str) -> None:
    """Sorted by name, the things of the example come after all real ones."""
    request = SearchRequest("", {"kind": frozenset({"policy"})}, 0, 500, "name", language)
    invented = [is_fictitious(hit.iri) for hit in index.search(request).hits]
    assert invented == sorted(invented)
    assert set(invented) == {False, True}


def test_suggestions_begin_with_real_things(index: SearchIndex) -> None:
    """A real thing is suggested before one of the example, unless that has the very name."""
    iris = [candidate.iri for candidate in index.suggestions("bus", ("policy",))]
    invented = [is_fictitious(iri) for iri in iris]
    assert invented == sorted(invented)
    assert set(invented) == {False, True}
    assert index.suggestions("Haneul")[0].iri.endswith("/id/city/example-haneul")
