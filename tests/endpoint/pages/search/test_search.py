"""The search: what it finds, in which formats, and how its answers are cached."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from tests.endpoint.pages.conftest import See

_ATOM = "{http://www.w3.org/2005/Atom}"
_OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_SEOUL = "http://localhost:8000/id/city/1835848"
_CONGESTION_TAX = "http://localhost:8000/id/policy/2673730-congestion-tax"


def _results(browser: httpx.Client, **parameters: str) -> dict[str, Any]:
    answer = browser.get("/search", params=parameters, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    results: dict[str, Any] = answer.json()
    return results


@pytest.mark.parametrize(
    ("words", "iri"),
    [
        ("seoul", _SEOUL),
        ("SÉOUL", _SEOUL),
        ("서울", _SEOUL),
        ("서울특별시", _SEOUL),
        ("париж", "http://localhost:8000/id/city/2988507"),
        ("corredores verdes", "http://localhost:8000/id/policy/3674962-green-corridors"),
        ("verdes corredores", "http://localhost:8000/id/policy/3674962-green-corridors"),
        ("traffic congestion", _CONGESTION_TAX),
        ("stokholm", "http://localhost:8000/id/city/2673730"),
        ("可持续城市", "http://metadata.un.org/sdg/11"),
        ("SDG 11", "http://metadata.un.org/sdg/11"),
        ("11.2", "http://metadata.un.org/sdg/11.2"),
        ("http://www.wikidata.org/entity/Q8684", _SEOUL),
        (_SEOUL, _SEOUL),
    ],
)
def test_a_search_finds_words_codes_and_iris(browser: httpx.Client, words: str, iri: str) -> None:
    """The search finds words of every language, alternative names, mistakes, codes and IRIs."""
    results = _results(browser, q=words)["results"]
    assert iri in [result["iri"] for result in results]


def test_a_policy_in_english_is_found_in_korean_by_its_theme(browser: httpx.Client) -> None:
    """The labels of what a thing is linked to count, in all languages."""
    results = _results(browser, q="교통", kind="policy")
    assert results["total"]
    assert {result["kind"] for result in results["results"]} == {"policy"}


def test_a_result_has_what_the_interface_promises(browser: httpx.Client) -> None:
    """A result has an IRI, a kind, a label, a snippet, a score; facets have labels and counts."""
    listed = _results(browser, q="bus", goal="11")
    assert set(listed) >= {"total", "results", "facets"}
    first = listed["results"][0]
    assert set(first) == {"iri", "kind", "label", "snippet", "score"}
    goal = next(value for value in listed["facets"]["goal"] if value["value"] == "11")
    assert goal["count"] == listed["total"]
    assert goal["label"] == "11 Sustainable cities and communities"


def test_a_page_of_results_marks_the_words(see: See) -> None:
    """The page has the words in its box and its title, their number, and marks in snippets."""
    page = see("/search?q=bus")
    assert re.search(r"Found: \d+", page.text)
    assert "<mark>bus</mark>" in page.page
    assert any(node.get("name") == "q" and node.get("value") == "bus" for node in page.all("input"))


def test_a_target_has_its_code_before_its_name(see: See) -> None:
    """A reader who searches for 11.2 sees the code in the result."""
    page = see("/search?q=11.2")
    assert "11.2 Accessible and affordable transport for all" in page.text


def test_results_come_in_pages_with_totals(see: See, browser: httpx.Client) -> None:
    """Results come in pages of twenty; each names the number of pages and leads to the others."""
    first = see("/search?kind=city")
    assert "Found: 68" in first.text
    assert "Page 1 of 4" in first.text
    after = next(link["href"] for link in first.all("a") if link.get("rel") == "next")
    assert after == "/search?kind=city&page=2"
    cities = [to for to in see(after).links.values() if to.startswith("/doc/city/")]
    assert not set(cities) & set(first.links.values())
    links = browser.get("/search?kind=city&page=2").headers["link"]
    assert 'page=1>; rel="prev"' in links
    assert 'page=4>; rel="last"' in links
    see("/search?kind=city&page=5", 404)


def test_facets_narrow_a_search_and_are_removed(see: See) -> None:
    """A facet is a box of a form; a chosen one is a link that removes it."""
    page = see("/search?q=bus&theme=transport&country=KR")
    boxes = [node for node in page.all("input") if node.get("type") == "checkbox"]
    checked = {(node["name"], node["value"]) for node in boxes if "checked" in node}
    assert checked == {("theme", "transport"), ("country", "KOR")}
    removing = {node.get("aria-label"): node["href"] for node in page.all("a") if "href" in node}
    assert removing["Remove the filter Country: Republic of Korea"] == (
        "/search?q=bus&theme=transport"
    )
    assert page.links["Clear all filters"] == "/search?q=bus"


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("/search", "Write what you look for"),
        ("/search?q=%20%20", "Write what you look for"),
        ("/search?q=xqzwvkjy", "Check the spelling"),
        ("/search?q=bus&country=VUT", "Remove a filter"),
        ("/search?q=" + "bus%20" * 500, "Only the first 500 characters were searched."),
    ],
)
def test_an_empty_or_too_long_search_says_what_to_do(see: See, address: str, hint: str) -> None:
    """A search without words or results, and one that is too long, are pages that help."""
    assert hint in see(address).text


def test_a_search_as_sparql_has_the_results_of_its_facets(browser: httpx.Client, see: See) -> None:
    """The query of a search runs at `/sparql`, and has the things of the same facets."""
    listed = _results(browser, kind="policy", goal="11", region="142", has="budget")
    page = see("/search?kind=policy&goal=11&region=142&has=budget")
    address = page.links["Run the query"]
    assert urlsplit(address).path == "/sparql"
    query = parse_qs(urlsplit(address).query)["query"][0]
    assert query.strip() in page.text_of("pre")
    answer = browser.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == listed["total"]
    assert {row["thing"] for row in rows} == {result["iri"] for result in listed["results"]}


def test_a_search_of_all_kinds_as_sparql_has_no_parts_of_things(browser: httpx.Client) -> None:
    """The query of a search has as many rows as the search: parts of things are no results."""
    for facets in ({"kind": "other"}, {"kind": "other,city"}, {"language": "en"}):
        headers = {"accept": "application/sparql-query"}
        query = browser.get("/search", params=facets, headers=headers).text
        answer = browser.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == _results(browser, **facets)["total"]


def test_a_search_as_sparql_finds_the_words(browser: httpx.Client) -> None:
    """The query of a search with words finds things with the words as they are written."""
    headers = {"accept": "application/sparql-query"}
    query = browser.get("/search?q=night bus&kind=policy", headers=headers)
    assert query.headers["content-type"] == "application/sparql-query"
    answer = browser.get("/sparql", params={"query": query.text}, headers={"accept": "text/csv"})
    assert "/id/policy/example-haneul-night-buses" in answer.text


def test_a_search_as_feed_is_atom_with_the_elements_of_opensearch(browser: httpx.Client) -> None:
    """The feed of a search has its results with their pages, and how many there are."""
    answer = browser.get("/search?q=bus&format=atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.text)
    entries = feed.findall(f"{_ATOM}entry")
    assert int(feed.findtext(f"{_OPENSEARCH}totalResults") or 0) >= len(entries) > 5
    for entry in entries:
        names = {"id", "title", "updated"}
        assert all(entry.findtext(f"{_ATOM}{name}") for name in names)
    selves = [link for link in feed.findall(f"{_ATOM}link") if link.get("rel") == "self"]
    assert [link.get("href") for link in selves] == [
        "http://localhost:8000/search?q=bus&format=atom"
    ]


def test_results_are_downloaded_as_csv(browser: httpx.Client) -> None:
    """The download has all results, one a row."""
    total = _results(browser, kind="city")["total"]
    answer = browser.get("/search.csv?kind=city")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="search.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == total
    assert set(rows[0]) == {"iri", "name", "language"}


def test_a_search_of_a_version_is_cached_by_it(browser: httpx.Client) -> None:
    """Answers have entity tags of the version, and `version=` may be cached for a day."""
    answer = browser.get("/search?q=bus")
    tag = answer.headers["etag"]
    assert browser.get("/search?q=bus", headers={"if-none-match": tag}).status_code == 304
    assert answer.headers["cache-control"].startswith("public, max-age=0")
    assert "Accept" in answer.headers["vary"]
    pinned = browser.get("/search?q=bus&version=1")
    assert "max-age=86400" in pinned.headers["cache-control"]
    assert "This is version 1." in pinned.text
    head = browser.head("/search?q=bus")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("version", "status"), [("99", 404), ("9" * 18, 404), ("x", 400), ("-1", 400)]
)
def test_a_version_that_does_not_exist_is_an_error(
    browser: httpx.Client, version: str, status: int
) -> None:
    """A version that never existed is 404, and an invalid number 400."""
    for path in ("/search", "/suggest", "/policies", "/policies.csv"):
        answer = browser.get(
            path,
            params={"q": "a", "version": version}
            if path in {"/search", "/suggest"}
            else {"version": version},
        )
        assert answer.status_code == status, path


def test_suggestions_are_in_the_format_of_opensearch(browser: httpx.Client) -> None:
    """Suggestions are the words, and for each thing a name, a description and an address."""
    answer = browser.get("/suggest?q=seo")
    assert answer.headers["content-type"] == "application/x-suggestions+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    words, names, descriptions, addresses = answer.json()
    assert words == "seo"
    assert len(names) == len(descriptions) == len(addresses) <= 10
    place = addresses.index("http://localhost:8000/doc/city/1835848")
    assert (names[place], descriptions[place]) == ("Seoul", "City")
    tag = answer.headers["etag"]
    assert browser.get("/suggest?q=seo", headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("words", "name", "language"),
    [
        ("서울특", "서울특별시", "ko"),
        ("스톡", "스톡홀름", "ko"),
        ("daka", "Dakar", "en"),
        ("11.2", "Accessible and affordable transport for all", "en"),
        ("SDG 11", "Sustainable cities and communities", "en"),
        ("http://www.wikidata.org/entity/Q8684", "Seoul", "en"),
    ],
)
def test_suggestions_complete_what_is_written(
    browser: httpx.Client, words: str, name: str, language: str
) -> None:
    """A suggestion is a name that has the words, in whichever language they are written."""
    answer = browser.get("/suggest", params={"q": words, "lang": language})
    _, names, _, _ = answer.json()
    assert name in names


def test_nothing_is_suggested_for_nothing(browser: httpx.Client) -> None:
    """Without words there are no suggestions."""
    assert browser.get("/suggest").json() == ["", [], [], []]


def test_browsers_can_search_from_their_own_box(browser: httpx.Client) -> None:
    """The OpenSearch description names the page of results, the suggestions and the feed."""
    root = ET.fromstring(browser.get("/opensearch.xml").text)
    urls = {node.get("type"): node.get("template") for node in root.findall(f"{_OPENSEARCH}Url")}
    base = "http://localhost:8000"
    assert urls["text/html"] == f"{base}/search?q={{searchTerms}}&page={{startPage?}}"
    assert urls["application/x-suggestions+json"] == f"{base}/suggest?q={{searchTerms}}"
    assert urls["application/atom+xml"] == (
        f"{base}/search?q={{searchTerms}}&page={{startPage?}}&format=atom"
    )
    assert urls["application/json"] == (
        f"{base}/search?q={{searchTerms}}&page={{startPage?}}&format=json"
    )


def test_the_words_of_a_search_are_in_the_language_of_the_reader(see: See) -> None:
    """Labels of facets and kinds are in the reader's language, numbers in its format."""
    page = see(f"/search?q={quote('교통')}&lang=ko")
    for word in ("필터", "세부목표", "정책", "찾은 수: "):
        assert word in page.text
