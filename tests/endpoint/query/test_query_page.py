"""`/sparql?query=` in a browser: the query, its result or its error, on a page."""

import html
import io
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import openpyxl
import pytest

from tests.support.page_scripts import scripts_of
from tests.support.server import Server
from urbansdg.endpoint.query.query_page import lines_around
from urbansdg.errors import Place, Problem

_BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
_CITIES = """PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
SELECT ?city (COUNT(?it) AS ?policies)
WHERE { ?it usdg:leadCity ?city }
GROUP BY ?city ORDER BY ?city LIMIT 9"""
_SEOUL = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?city WHERE { ?city skos:prefLabel "Seoul"@en }"""
_EVERYTHING = "SELECT * { ?s ?p ?o }"
_HTML = "text/html; charset=utf-8"


def _page(server: Server, query: str, **parameters: str) -> httpx.Response:
    return httpx.get(
        server.sparql, params={"query": query} | parameters, headers=_BROWSER, timeout=60
    )


def _links(page: httpx.Response) -> list[str]:
    return [html.unescape(href) for href in re.findall(r'href="([^"]+)"', page.text)]


def _textarea(page: httpx.Response) -> str:
    match = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
    assert match is not None
    return html.unescape(match[1])


def test_a_browser_gets_a_page_with_the_query_and_its_rows(serving: Server) -> None:
    """A browser gets a page: the query to edit, the rows, their number, the time, the version."""
    page = _page(serving, _CITIES)
    assert page.status_code == 200
    assert page.headers["content-type"] == _HTML
    assert page.headers["urbansdg-version"] == "1"
    assert page.headers["content-language"] == "en"
    assert {"Accept", "Accept-Language"} <= set(page.headers["vary"].split(", "))
    assert _textarea(page) == _CITIES
    assert "Rows: 9" in page.text
    assert "Version 1 of the graph" in page.text
    assert re.search(r"Time: 0\.\d+ s", page.text)


def test_things_are_links_with_their_names_in_the_language_of_the_reader(serving: Server) -> None:
    """An IRI of the graph is its name in the reader's language, and leads to its page."""
    page = _page(serving, _SEOUL, lang="ko")
    assert re.search(r'<a href="/doc/city/1835848\?lang=ko"[^>]*><bdi>서울', page.text)
    assert 'lang="ko"' in page.text


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/sparql-results+json"),
        ("application/sparql-results+json, text/html", "application/sparql-results+json"),
        ("text/html;q=0.5, text/csv", "text/csv; charset=utf-8"),
        ("text/html, */*", "application/sparql-results+json"),
        ("text/html, */*;q=0.1", _HTML),
        ("text/html", _HTML),
    ],
)
def test_a_machine_gets_what_it_got(serving: Server, accept: str, kind: str) -> None:
    """Only a client that prefers HTML to all formats of results gets the page."""
    answer = httpx.get(serving.sparql, params={"query": _SEOUL}, headers={"Accept": accept})
    assert answer.headers["content-type"] == kind


def test_a_format_that_is_named_comes_before_the_page(serving: Server) -> None:
    """A browser that names a format gets the format."""
    assert _page(serving, _SEOUL, format="csv").headers["content-type"] == "text/csv; charset=utf-8"


def test_the_page_shows_the_first_rows_and_counts_all(serving: Server) -> None:
    """Of many rows the page shows two hundred, and says how many there are."""
    page = _page(serving, _EVERYTHING)
    assert page.text.count("<tr>") == 201
    assert re.search(r"Rows: 2\d,\d{3}", page.text)
    assert "shows the first 200 rows" in page.text
    assert len(page.content) < 400_000


def test_a_download_is_of_the_version_of_the_page(serving: Server) -> None:
    """Each download names the version, so that it has the rows of the page."""
    links = [link for link in _links(_page(serving, _CITIES)) if "format=" in link]
    formats = {parse_qs(urlsplit(link).query)["format"][0]: link for link in links}
    assert set(formats) == {"csv", "tsv", "json", "xml", "xlsx"}
    for link in formats.values():
        answer = httpx.get(serving.url + link, headers=_BROWSER)
        assert answer.status_code == 200
        assert answer.headers["cache-control"].startswith("public, max-age=86400")
    sheet = openpyxl.load_workbook(
        io.BytesIO(httpx.get(serving.url + formats["xlsx"]).content)
    ).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == ["city", "policies"]
    assert str(sheet["A2"].value).startswith("http")


def test_a_permanent_link_names_the_version(serving: Server) -> None:
    """The permanent link is the whole address of the page of this version."""
    (link,) = (
        link
        for link in _links(_page(serving, _CITIES, lang="fr"))
        if link.startswith("http") and "/sparql?" in link and "version=1" in link
    )
    assert "lang=" not in link
    page = httpx.get(serving.url + "/sparql?" + link.partition("?")[2], headers=_BROWSER)
    assert page.status_code == 200
    assert 'name="version" value="1"' in page.text


@pytest.mark.parametrize(("query", "answer"), [("ASK {}", "yes"), ("ASK { ?s ?s 1 }", "no")])
def test_ask_is_answered_with_yes_or_no(serving: Server, query: str, answer: str) -> None:
    """The answer to ASK is a word."""
    assert f"<strong>{answer}</strong>" in _page(serving, query).text


def test_a_graph_is_a_table_of_triples(serving: Server) -> None:
    """CONSTRUCT is shown as triples, and can be saved as RDF."""
    page = _page(serving, "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 3")
    assert "Rows: 3" in page.text
    formats = {parse_qs(urlsplit(link).query).get("format", [""])[0] for link in _links(page)}
    assert {"turtle", "ntriples", "jsonld", "rdfxml"} <= formats


def test_no_rows_are_said_in_words(serving: Server) -> None:
    """A result without rows says so."""
    assert "Nothing in the graph matches" in _page(serving, "SELECT ?s { ?s ?s 1 }").text


@pytest.mark.parametrize(
    ("query", "status", "place", "mark"),
    [
        ("SELECT *\r\nWHERE { ?s ?p }", 400, "Line 2, column 15", "<mark>}</mark>"),
        ("SELECT", 400, "Line 1, column 7", "<mark> </mark>"),
        ("", 400, "Line 1, column 1", "<mark> </mark>"),
        ("SELECT ?x { BIND(<script>1</script> AS ?x) }", 400, "Line 1", "<mark>"),
    ],
)
def test_an_error_stands_beside_the_query_which_is_not_lost(
    serving: Server, query: str, status: int, place: str, mark: str
) -> None:
    """An error keeps its status, marks its place in the query, and the query can be edited."""
    page = _page(serving, query)
    assert page.status_code == status
    assert place in page.text
    assert mark in page.text
    assert _textarea(page) == query
    assert all(' src="/static/' in script for script in scripts_of(page.text))


@pytest.mark.parametrize(
    ("parameters", "status"),
    [({"version": "99"}, 404), ({"timeout": "soon"}, 400), ({"timeout": "1ms"}, 504)],
)
def test_any_error_keeps_the_query(
    serving: Server, parameters: dict[str, str], status: int
) -> None:
    """The query is on the page of every error, whatever went wrong."""
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    page = _page(serving, query, **parameters)
    assert page.status_code == status
    assert _textarea(page) == query


def test_a_longer_answer_is_counted_up_to_the_limit(server: Server) -> None:
    """Of an answer that is longer than a limit the page shows the first rows, and says so."""
    page = _page(server, "SELECT * { ?s ?p ?o }", **{"max-rows": "9000"})
    assert page.status_code == 200
    assert page.text.count("<tr>") == 201
    assert "Rows: more than" in page.text


def test_a_form_may_send_a_long_query_by_post(serving: Server) -> None:
    """A query that no address has room for is sent by POST, and its page has buttons for links."""
    query = f"{_CITIES}\n# {'x' * 20_000}"
    page = httpx.post(serving.sparql, data={"query": query}, headers=_BROWSER)
    assert page.status_code == 200
    assert _textarea(page) == query
    assert 'method="post"' in page.text
    assert '<button form="ask" name="format" value="csv">' in page.text


@pytest.mark.parametrize("term", ["<javascript:alert(1)>", '"<img src=x onerror=alert(1)>"'])
def test_values_of_a_query_are_neither_scripts_nor_links_of_ours(
    serving: Server, term: str
) -> None:
    """What a query makes up is text on the page, and never a script."""
    page = _page(serving, f"SELECT ?x {{ BIND({term} AS ?x) }}")
    assert page.status_code == 200
    assert "<img" not in page.text
    assert 'href="javascript' not in page.text
    assert page.headers["x-robots-tag"] == "noindex"


def test_the_address_of_another_site_is_not_vouched_for(serving: Server) -> None:
    """A made-up address of another site is a link that search engines do not follow."""
    page = _page(serving, "SELECT ?x { BIND(<http://example.org/offer> AS ?x) }")
    assert 'href="http://example.org/offer" title="http://example.org/offer" rel="nofollow' in (
        page.text
    )


def test_the_names_of_columns_are_texts(serving: Server) -> None:
    """A variable with any letters is the head of its column."""
    assert "<bdi>도시</bdi>" in _page(serving, "SELECT ?도시 { BIND(1 AS ?도시) }").text


def test_lines_around_a_place_are_few_and_short() -> None:
    """Of a long query the lines around the place are shown, each cut."""
    query = "\n".join(f"line {n} {'x' * 1000}" for n in range(1, 100))
    problem = Problem("query-syntax", "Wrong.", "Fix it.", Place(line=50, column="900"))
    lines = lines_around(query, problem)
    assert [line.number for line in lines] == [48, 49, 50, 51, 52]
    assert max(len(line.before + line.mark + line.after) for line in lines) <= 1200
    assert lines_around(query, Problem("x", "a", "b", Place(line=1000))) == []
