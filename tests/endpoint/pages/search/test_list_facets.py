"""The lists: facets with codes, totals, sorting, downloads, and what is refused."""

import csv
import io
import re
from urllib.parse import quote

import httpx
import pytest

from tests.endpoint.pages.conftest import See
from urbansdg.ontology.kinds_of_things import KINDS

_BASE = "http://localhost:8000"
_SAME = (
    ("goal=13", "goal=SDG%2013", f"goal={quote('http://metadata.un.org/sdg/13', safe='')}"),
    ("target=11.2", "target=11.2&goal=", "target=http://metadata.un.org/sdg/11.2"),
    ("theme=transport", f"theme={quote('https://w3id.org/urbansdg/vocab/theme#transport')}"),
    ("country=KR", "country=KOR", "country=kr", "country=410", f"country={_BASE}/id/country/KOR"),
    ("city=1835848", f"city={_BASE}/id/city/1835848"),
    ("region=142", f"region={_BASE}/id/area/142"),
    ("period=2000s", "period=2004"),
    ("goal=3&goal=13", "goal=3,13", "goal=13,3"),
)
"""Filters that say the same."""

_FILTERS = (
    *(("goal", "11"), ("target", "11.2"), ("theme", "transport"), ("status", "completed")),
    *(("type", "measure"), ("instrument", "economic"), ("country", "KOR"), ("region", "142")),
    *(("period", "2000s"), ("language", "en"), ("has", "budget"), ("city", "1835848")),
)


def _listed(browser: httpx.Client, query: str, name: str = "policies") -> dict[str, object]:
    answer = browser.get(f"/{name}?{query}", headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    listed: dict[str, object] = answer.json()
    return listed


def _policies(listed: dict[str, object]) -> list[str]:
    results = listed["results"]
    assert isinstance(results, list)
    return [result["iri"] for result in results]


@pytest.mark.parametrize("queries", _SAME)
def test_a_code_and_an_iri_narrow_a_list_alike(
    browser: httpx.Client, queries: tuple[str, ...]
) -> None:
    """A facet takes short codes, the spellings that people use, and IRIs."""
    first, *others = (_policies(_listed(browser, query)) for query in queries)
    assert 0 < len(first) < 44
    assert all(other == first for other in others)


@pytest.mark.parametrize(("facet", "code"), _FILTERS)
def test_the_query_of_a_list_has_its_things(browser: httpx.Client, facet: str, code: str) -> None:
    """The SPARQL query of a narrowed list has exactly the things of the list, in its order."""
    listed = _listed(browser, f"{facet}={code}")
    query = browser.get(f"/policies?{facet}={code}&format=sparql").text
    answer = browser.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sorted(row["thing"] for row in rows) == sorted(_policies(listed))
    assert listed["total"] == len(rows)


@pytest.mark.parametrize("name", [kind.plural for kind in KINDS])
def test_every_list_has_its_total_and_a_download(
    browser: httpx.Client, see: See, name: str
) -> None:
    """A list says how many things it has; the download has them all, with names."""
    listed = _listed(browser, "", name)
    assert f"Found: {listed['total']}" in see(f"/{name}").text
    answer = browser.get(f"/{name}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == listed["total"]
    assert all(row["iri"] and row["name"] for row in rows)


def test_the_download_of_policies_has_their_facts(browser: httpx.Client) -> None:
    """A row has the city, the country, codes of goals and targets, themes, status and years."""
    answer = browser.get("/policies?country=SE", headers={"accept": "text/csv"})
    (row,) = (row for row in csv.DictReader(io.StringIO(answer.text)) if "congestion" in row["iri"])
    assert row["city"] == "Stockholm"
    assert row["goals"] == "3 | 11"
    assert row["targets"] == "11.2 | 11.6"
    assert row["themes"] == "Air quality | Transport"
    assert row["start_year"] == "2007"


def test_a_list_is_sorted_by_name_or_by_its_latest_change(browser: httpx.Client) -> None:
    """The order is that of names, or of changes where it is asked for."""
    by_name = _policies(_listed(browser, "sort=name"))
    assert by_name == _policies(_listed(browser, ""))
    assert sorted(by_name) == sorted(_policies(_listed(browser, "sort=newest")))


def test_the_form_of_a_list_needs_no_script(see: See) -> None:
    """The facets are a form that is sent by GET; its choices have labels with numbers."""
    page = see("/policies?goal=11")
    assert {"method": "get", "action": "/policies"}.items() <= next(
        form.items() for form in page.all("form") if form.get("class") == "facets"
    )
    assert re.search(r"11 Sustainable cities and communities \(34\)", page.text)
    assert re.search(r"13 Climate action \(\d+\)", page.text)
    assert page.links["Clear all filters"] == "/policies"


def test_a_facet_is_open_where_one_of_its_values_is_chosen(see: See) -> None:
    """On a small window the facets are closed, except those with a chosen value."""
    facets = re.findall(
        r'<details class="facet"( open)?><summary>([^<]+)<', see("/policies?goal=11").page
    )
    assert len(facets) > 6
    assert [title for is_open, title in facets if is_open] == ["Goal"]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("gaol=11", "Did you mean goal?"),
        ("q=bus", "The parameters are: goal, target, theme"),
        ("<script>=1", "Unknown parameter"),
        ("goal=seventeen", "Invalid goal"),
        ("target=11", "Invalid target"),
        ("has=everything", "Invalid has"),
        ("country=a%20b", "Invalid country"),
        ("sort=random", "Invalid sort"),
        ("sort=name&sort=newest", "more than one sort"),
    ],
)
def test_a_wrong_parameter_is_named(browser: httpx.Client, see: See, query: str, text: str) -> None:
    """An unknown parameter and a wrong value are 400, for browsers a page, with what is known."""
    page = see(f"/policies?{query}", 400)
    assert text in page.text
    assert "<script>" not in page.page
    problem = browser.get(f"/policies?{query}", headers={"accept": "application/json"})
    assert problem.status_code == 400
    assert problem.json()["status"] == 400


def test_an_empty_list_says_what_to_do(see: See) -> None:
    """A list without a match leads to the whole list."""
    page = see("/policies?goal=17&country=VUT")
    assert "Nothing matches. Remove a filter, or see everything." in page.text
    assert page.links["Show all: Policies"] == "/policies"


@pytest.mark.parametrize(("accept", "status"), [("image/png", 406), ("*/*", 200), ("", 200)])
def test_a_list_is_sent_in_a_format_that_the_client_accepts(
    browser: httpx.Client, accept: str, status: int
) -> None:
    """A client that accepts no format of a list is answered with 406."""
    assert browser.get("/policies", headers={"accept": accept}).status_code == status
    assert browser.get("/policies?format=pdf").status_code == 406


def test_a_list_in_another_language_has_its_labels(see: See) -> None:
    """Labels of facets, and the headings, are in the reader's language."""
    page = see("/policies?theme=transport&lang=ar")
    assert "الموضوع: النقل" in page.text
    assert page.all("html") == [{"lang": "ar", "dir": "rtl"}]
