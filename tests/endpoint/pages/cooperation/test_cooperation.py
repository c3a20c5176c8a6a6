"""The cooperation board: what is open, what matches and why, and whom it names."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Any

import httpx
import pyoxigraph as ox
import pytest

from tests.endpoint.pages.page_data import page_json, refusal
from urbansdg.endpoint.html.interface_texts import LANGUAGES
from urbansdg.endpoint.pages.cooperation.cooperation_board import (
    is_closed,
    is_future,
    matches_of,
    read_items,
)

if TYPE_CHECKING:
    from tests.endpoint.pages.conftest import See

_BOARD = "/cooperation?day=2026-11-30"
_ID = "http://localhost:8000/id"
_VISITS = f"{_ID}/cooperation/example-haneul-visits"
_MORE_LINES = f"{_ID}/cooperation/example-bada-more-lines"
_OFFER = """
PREFIX usdg: <https://w3id.org/urbansdg/ontology#> PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX vcard: <http://www.w3.org/2006/vcard/ns#> PREFIX foaf: <http://xmlns.com/foaf/0.1/>
<urn:offer> a usdg:CooperationOffer ; usdg:cooperatingCity <urn:city> ;
    dcterms:description "Text"@en ; usdg:contact <urn:office>, <urn:person> .
<urn:office> a vcard:Organization ; vcard:fn "Office" ;
    vcard:hasURL <javascript:alert(1)>, <https://city.example/office> .
<urn:person> a vcard:Individual ; vcard:fn "A person" ; vcard:hasEmail <mailto:p@city.example> .
"""


def _iris(document: Any) -> list[str]:  # noqa: ANN401  # JSON
    return [item["iri"].rpartition("/")[2] for item in document["results"]]


def test_what_closes_first_comes_first(browser: httpx.Client) -> None:
    """The board lists the open offers and requests of all cities by their last days."""
    document = page_json(browser, _BOARD)
    assert (document["total"], document["totals"]) == (4, {"open": 4, "closed": 0})
    days = [item["until"] for item in document["results"]]
    assert days == sorted(days)
    assert {item["kind"] for item in document["results"]} == {"offer", "request"}


def test_a_match_has_its_reasons(browser: httpx.Client, see: See) -> None:
    """A request matches an open offer of another city on the same theme or target, and says so."""
    items = {item["iri"]: item for item in page_json(browser, _BOARD)["results"]}
    (match,) = items[_VISITS]["matches"]
    assert match["iri"] == _MORE_LINES
    reasons = {reason["reason"]: reason["text"] for reason in match["reasons"]}
    assert reasons == {
        "themes": "Shared themes: Transport",
        "targets": "Shared targets: 11.2",
        "country": "Same country (Republic of Korea)",
    }
    (other,) = items[_MORE_LINES]["matches"]
    assert other["iri"] == _VISITS
    assert "Shared themes: Transport" in see(_BOARD).text


def test_the_matches_are_those_of_the_question(browser: httpx.Client) -> None:
    """The pairs of the board are those of the query `matching_cooperation` on the same day."""
    pairs = {
        (item["label"], match["label"])
        for item in page_json(browser, f"{_BOARD}&kind=request")["results"]
        for match in item["matches"]
    }
    query = """PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
        PREFIX dcterms: <http://purl.org/dc/terms/> SELECT DISTINCT ?request ?offer {
        ?asked a usdg:CooperationRequest ; usdg:cooperatingCity ?to ; dcterms:title ?request ;
            usdg:theme|usdg:concernsTarget ?about .
        ?given a usdg:CooperationOffer ; usdg:cooperatingCity ?from ; dcterms:title ?offer ;
            usdg:theme|usdg:concernsTarget ?about FILTER(?to != ?from) }"""
    headers = {"accept": "application/sparql-results+json"}
    answer = browser.get("/sparql", params={"query": query}, headers=headers).json()
    rows = answer["results"]["bindings"]
    assert pairs == {(row["request"]["value"], row["offer"]["value"]) for row in rows}
    assert pairs


def test_what_has_closed_is_apart(browser: httpx.Client, see: See) -> None:
    """After its last day an offer is in the list of the closed ones, and no longer matches."""
    later = "/cooperation?day=2029-06-30"
    assert page_json(browser, later)["totals"] == {"open": 2, "closed": 2}
    closed = page_json(browser, f"{later}&state=closed")
    assert _iris(closed) == ["example-bada-cisterns", "example-bada-more-lines"]
    assert [item["matches"] for item in page_json(browser, later)["results"]] == [[], []]
    assert "Closed on May 31, 2029" in see(f"{later}&state=closed").text
    assert "Open: 2" in see(later).text


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ("kind=offer", {"example-haneul-visits", "example-bada-cisterns"}),
        ("city=example-haneul", {"example-haneul-visits", "example-haneul-old-quarters"}),
        (
            f"city={_ID}/city/example-haneul&kind=request",
            {"example-haneul-old-quarters"},
        ),
        ("theme=heritage", {"example-bada-cisterns"}),
        ("goal=13", {"example-haneul-old-quarters"}),
        ("target=11.2", {"example-haneul-visits", "example-bada-more-lines"}),
        ("city=1835848", set()),
    ],
)
def test_a_board_is_narrowed(browser: httpx.Client, narrowed: str, expected: set[str]) -> None:
    """Kind, city, theme, goal and target narrow the board, each and together."""
    document = page_json(browser, f"{_BOARD}&{narrowed}")
    assert set(_iris(document)) == expected
    assert document["total"] == len(expected)


@pytest.mark.parametrize("narrowed", ["theme=waste", "city=1835848", "city=urn%3Anothing"])
def test_a_filter_that_selects_nothing_stays_selected(see: See, narrowed: str) -> None:
    """The form shows the theme or the city of an empty list, so that a reader sees why."""
    name = narrowed.partition("=")[0]
    markup = see(f"{_BOARD}&{narrowed}").page
    control = markup.partition(f'<select id="of-{name}"')[2].partition("</select>")[0]
    assert control.count(" selected") == 1


def test_only_offices_are_contacts() -> None:
    """A contact that is not an office is left out, and so is an address that runs code."""
    store = ox.Store()
    store.load(_OFFER, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("urn:graph"))
    (item,) = read_items(store, ["urn:offer"])
    (office,) = item.offices
    assert office.iri == "urn:office"
    assert office.ways == (("page", "https://city.example/office"),)


def test_matches_with_more_in_common_come_first() -> None:
    """Of two matches the one with more shared themes and targets is the first."""
    row = {"it": "urn:it", "here": "urn:a", "there": "urn:b", "last": "2029-01-01"}
    rows = [
        row | {"other": "urn:one", "theme": "urn:water"},
        row | {"other": "urn:two", "theme": "urn:water"},
        row | {"other": "urn:two", "target": "urn:11.2"},
    ]
    assert [match.iri for match in matches_of(rows, {})["urn:it"]] == ["urn:two", "urn:one"]


def test_a_day_that_cannot_be_read_closes_nothing() -> None:
    """The last day is still open, the day after is not; an unreadable day decides nothing."""
    day = date(2026, 11, 30)
    assert not is_closed("2026-11-30", day)
    assert is_closed("2026-11-29", day)
    assert is_future("2026-12-01", day)
    assert not is_closed("soon", day)
    assert not is_future("soon", day)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_board_is_in_the_language_of_the_reader(see: See, language: str) -> None:
    """Every text of the board is there in seven languages."""
    page = see(f"{_BOARD}&lang={language}")
    assert f'<html lang="{language}"' in page.page
    assert ("Shared themes" in page.text) == (language == "en")


def test_a_board_is_a_table_in_csv(browser: httpx.Client) -> None:
    """CSV has one offer or request in each row, with its office."""
    answer = browser.get(f"{_BOARD}&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 4
    visits = next(row for row in rows if row["iri"] == _VISITS)
    assert visits["office"] == "Night bus office of Haneul (fictitious)"
    assert visits["email"] == "mailto:night@haneul.example"
    assert visits["matches"] == _MORE_LINES


def test_an_empty_board_says_how_to_add_to_it(see: See) -> None:
    """Without an offer the page says how a city adds one."""
    assert "A city adds its own" in see("/cooperation?day=2040-01-01").text


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("kind=gift", 400, "Unknown kind"),
        ("state=ajar", 400, "Unknown state"),
        ("day=tomorrow", 400, "Unknown day"),
        ("day=2026-13-01", 400, "Unknown day"),
        ("goal=0", 400, "Unknown goal"),
        ("target=99.1", 400, "Unknown target"),
        ("target=<script>", 400, "Unknown target"),
        ("city=a b/", 400, "Unknown city"),
        ("theme=x> } #/", 400, "Unknown theme"),
        ("theme=" + 3000 * "x:", 400, "Unknown theme"),
        ("page=0", 404, "no such page"),
        ("page=99", 404, "no such page"),
        ("sort=name", 400, "Use only: city, day"),
        ("format=xls", 406, "Unknown format"),
    ],
)
def test_what_a_board_does_not_have_is_refused(
    browser: httpx.Client, query: str, status: int, words: str
) -> None:
    """Unknown kinds, states, days, codes, pages and parameters are refused, and never repeated."""
    refusal(browser, f"/cooperation?{query}", status, words)
