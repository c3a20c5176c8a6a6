"""The overviews of policies: totals, regions with their gaps, the table and its order."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.endpoint.pages.conftest import Seen
from tests.support.server import Start, http_client
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import Document
from urbansdg.endpoint.pages.overviews.overview_queries import countries_query, rows_query
from urbansdg.endpoint.pages.overviews.overview_subject import OverviewSubject, subject_of
from urbansdg.endpoint.pages.overviews.policy_overview import (
    PolicyCounts,
    PolicyOverview,
    PolicyRow,
)
from urbansdg.endpoint.pages.overviews.table_view import TableView
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.endpoint.pages.things.policy_table import table_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.endpoint.pages.conftest import See

_TARGET = "/describe?uri=http://metadata.un.org/sdg/11.2"
_GOAL = "/describe?uri=http://metadata.un.org/sdg/11"


def _csv(browser: httpx.Client, query: str) -> list[dict[str, str]]:
    answer = browser.post("/sparql", data={"query": query}, headers={"accept": "text/csv"})
    return list(csv.DictReader(answer.text.splitlines()))


def _figures(page: Seen) -> list[tuple[str, int]]:
    pairs = re.findall(r"<div><dt>([^<]*)</dt><dd>([\d,]+)</dd></div>", page.page)
    return [(name, int(number.replace(",", ""))) for name, number in pairs]


def _policies(page: Seen) -> list[str]:
    """Return the names of the policies in the table of a page, in its order."""
    (table,) = re.findall(r'<table class="policies">.*?</table>', page.page, re.DOTALL)
    return re.findall(r'<th scope="row"><a[^>]*><bdi>([^<]*)</bdi>', table)


def _links(page: Seen, text: str) -> str:
    (table,) = re.findall(r'<table class="policies">.*?</table>', page.page, re.DOTALL)
    hrefs = re.findall(r'<th scope="col"[^>]*><a href="([^"]*)">' + text, table)
    return str(hrefs[0]).replace("&amp;", "&").partition("#")[0]


@pytest.mark.parametrize("address", [_TARGET, _GOAL])
def test_the_totals_of_a_page_are_those_of_its_query(
    see: See, browser: httpx.Client, address: str
) -> None:
    """Policies, cities, countries, budgets and outcomes are counted over the whole graph."""
    link = "addressesTarget" if address == _TARGET else "addressesGoal"
    iri = address.partition("uri=")[2]
    rows = _csv(browser, countries_query(f"?policy usdg:{link} <{iri}> ."))
    one = f"SELECT DISTINCT ?p ?c ?n ?b ?o {{ ?p a <{_USDG}Policy> ; <{_USDG}{link}> <{iri}> ."
    more = f"""OPTIONAL {{ ?p <{_USDG}leadCity> ?c OPTIONAL {{ ?c <{_USDG}country> ?n }} }}
        BIND(EXISTS {{ ?p <{_USDG}budget> [] }} AS ?b)
        BIND(EXISTS {{ ?p <{_USDG}outcome> [] }} AS ?o) }}"""
    policies = _csv(browser, one + more)
    expected = [
        len({policy["p"] for policy in policies}),
        len({policy["c"] for policy in policies}),
        len({policy["n"] for policy in policies}),
        len({policy["p"] for policy in policies if policy["b"] == "true"}),
        len({policy["p"] for policy in policies if policy["o"] == "true"}),
    ]
    assert sum(int(row["policies"]) for row in rows) == expected[0]
    assert [number for _, number in _figures(see(address))] == expected


_USDG = "https://w3id.org/urbansdg/ontology#"


def test_a_target_shows_the_regions_without_a_policy(see: See) -> None:
    """The page of a target names each smallest region that has no policy on it."""
    page = see(_TARGET)
    (gaps,) = re.findall(r'<p class="gaps">.*?</p>', page.page, re.DOTALL)
    assert "Central Asia" in gaps
    assert "Caribbean" in gaps
    assert "Eastern Asia" not in gaps
    assert "Oceania" not in gaps
    rows = dict(
        re.findall(
            r'<th scope="row"><a[^>]*><bdi>([^<]*)</bdi>.*?</th>\s*<td class="number">(.*?)</td>',
            page.page,
        )
    )
    assert rows["Oceania"] == "0"
    assert re.search(r">5</a>", rows["Eastern Asia"])
    assert int(re.findall(r">(\d+)</a>", rows["Asia"])[0]) == 7


def test_an_indicator_of_a_target_has_its_tier_and_custodian(see: See) -> None:
    """The page of a target lists its indicators by name, with tier and custodian agency."""
    text = see(_TARGET).text
    assert "11.2.1 People near public transport Tier 1 United Nations Human Settlements" in text


def test_the_way_to_an_indicator_names_its_goal_and_its_target(see: See) -> None:
    """The breadcrumbs of an indicator have its goal and its target with their names."""
    page = see("/describe?uri=http://metadata.un.org/sdg/C110201")
    way = page.page.partition('<nav class="crumbs"')[2].partition("</nav>")[0]
    assert re.findall(r"<bdi>([^<]*)</bdi>", way)[1:] == [
        "11 Sustainable cities and communities",
        "11.2 Accessible and affordable transport for all",
        "People near public transport",
    ]


def test_a_goal_has_its_targets_with_their_policies(see: See) -> None:
    """The page of a goal counts the policies and the cities of each of its targets."""
    assert "11.2 Accessible and affordable transport for all 23 20" in see(_GOAL).text


def test_the_table_is_sorted_by_the_column_of_a_reader(see: See) -> None:
    """A heading leads to the table in its order, and again to the reverse; blanks are last."""
    page = see(_TARGET)
    assert _policies(page)[0] == "365-Euro-Jahreskarte"
    by_year = see(_links(page, "Start"))
    assert _policies(by_year)[0] == "Rede Integrada de Transporte"
    assert _policies(by_year)[-1] in {
        "Menged Le Sewe (Streets for People)",
        "Metrobús, Corredor Insurgentes",
    }
    newest = see(_links(by_year, "Start"))
    assert _policies(newest)[0] == "Congestion Relief Zone"
    assert set(_policies(newest)) == set(_policies(page))


def test_the_table_has_the_policies_that_pass_the_filters(see: See) -> None:
    """Filters by region, status and part narrow the table, and it says how many are left."""
    page = see(f"{_TARGET}&region=030&has=outcome")
    assert _policies(page) == ["Night buses for Haneul (fictitious)"]
    assert "1–1 of 1" in page.text  # noqa: RUF001  # a range
    options = [option.get("value") for option in page.all("option") if "selected" in option]
    assert options == ["030", "outcome"]
    nothing = see(f"{_TARGET}&region=143")
    assert "No policy passes these filters." in nothing.text
    other = see(f"{_TARGET}&sort=nonsense&list=x&has=%3Cscript%3E&status=%22")
    assert "No policy passes these filters." in other.text
    assert "<script>" not in other.page


def test_a_long_table_comes_in_pages() -> None:
    """A table has 50 rows a page, and the pages together have all policies."""
    base = "http://localhost:8000"
    iris = [f"{base}/id/policy/p{number:03}" for number in range(120)]
    rows = tuple(PolicyRow(iri, None, None, None, "", 0, 0, frozenset()) for iri in iris)
    subject = OverviewSubject(f"{base}/id/country/KOR", "country", "")
    counts = PolicyCounts(policies=len(rows))
    overview = PolicyOverview(subject, counts, (), (), (), rows, (), (), (), {})
    document = Document(subject.iri, (), {}, (), 0, is_counted=True, names=(), beside={}, briefs=())
    facts = PageFacts(document, SiteLinks(base, LanguagePreference()))
    pages = [table_of(overview, facts, TableView(number=number)) for number in (1, 2, 3)]
    assert [len(page.lines) for page in pages] == [50, 50, 20]
    assert len({line.policy.iri for page in pages for line in page.lines}) == 120
    assert [(page.turn.before is None, page.turn.after is None) for page in pages] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert (pages[2].first, pages[2].last, pages[2].matching) == (101, 120, 120)


@pytest.mark.parametrize(
    ("address", "facts"),
    [
        ("/doc/country/KOR", ("Eastern Asia", "KOR, KR, 410", "Seoul", "Night buses for Haneul")),
        ("/doc/area/142", ("Eastern Asia", "Policies by goal", "Seoul", "Transjakarta busway")),
        ("/doc/region/KR-11", ("Republic of Korea", "Seoul", "Public transport reform of 2004")),
        ("/doc/organisation/un-habitat", ("Indicators in its care", "11.2.1 People near")),
        ("/doc/organisation/c40", ("Member cities", "Seoul", "Policies by goal", "www.c40.org")),
        (
            "/describe?uri=http://metadata.un.org/sdg/C110201",
            ("Tier 1", "United Nations Human Settlements", "Values by city", "81.5", "Haneul"),
        ),
    ],
)
def test_a_page_of_a_place_or_an_organisation_has_its_policies(
    see: See, address: str, facts: tuple[str, ...]
) -> None:
    """Countries, regions, organisations, networks and indicators show what readers look for."""
    text = see(address).text
    for fact in facts:
        assert fact in text


def test_a_region_has_its_name_in_korean(see: See) -> None:
    """A country or a region without a Korean name in the graph has that of Unicode CLDR."""
    text = see(f"{_TARGET}&lang=ko").text
    assert "동아시아" in text
    assert "대한민국" in text


def test_only_kinds_with_policies_have_an_overview() -> None:
    """A city, which has a page of its own, and an unknown thing have no overview."""
    assert subject_of("http://localhost:8000/id/city/1", ()) is None
    assert subject_of("https://w3id.org/urbansdg/vocab/licence#x", ()) is None
    theme = subject_of("https://w3id.org/urbansdg/vocab/theme#transport", ())
    assert theme is not None
    assert "skos:broader*" in rows_query(theme.policies)


def test_a_page_whose_counts_take_too_long_has_the_rest(bundled: Path, serve: Start) -> None:
    """Where the counts of policies run into a limit, a page is shown without its overview."""
    address = "/describe?uri=http://metadata.un.org/sdg/11.2"
    with (
        serve(bundled, query_seconds=0.000_1) as server,
        http_client(server.url, headers={"accept": "text/html", "accept-language": "en"}) as client,
    ):
        answer = client.get(address)
        home = client.get("/")
        data = client.get(address, headers={"accept": "text/turtle"})
    assert (answer.status_code, home.status_code, data.status_code) == (200, 200, 200)
    page = Seen(answer.text)
    assert "Accessible and affordable transport for all" in page.text
    assert "By region" not in page.text
    assert page.links["Show all"] == "/policies?target=11.2"
    assert answer.headers["cache-control"] == "no-store"
