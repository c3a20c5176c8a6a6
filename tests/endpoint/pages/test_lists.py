"""The ways to pages: the home page, the lists, the search, and what is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.pages.lists.home_page import counts
from urbansdg.endpoint.pages.lists.thing_list import ThingList

if TYPE_CHECKING:
    from tests.endpoint.pages.conftest import See

_THEME = "https://w3id.org/urbansdg/vocab/theme#transport"
_LISTS = (
    *("policies", "cities", "goals", "themes"),
    *("organisations", "networks", "countries", "indicators"),
)
_KINDS = ("/", "/doc/city/1835848", "/goals", "/search?q=bus", "/dataset", "/sparql", "/ontology")


def test_the_home_page_tells_what_there_is(browser: httpx.Client, see: See) -> None:
    """The home page has figures, the goals in their order, the newest policies, and a search."""
    assert browser.get("/feed.atom").status_code == 200  # waits until it is known what is new
    page = see("/")
    assert re.search(r"44\s*</dd>", page.page)
    assert "Policies 44" in page.text
    codes = re.findall(r'<li class="g(\d+)">', page.page)
    assert codes == [str(number) for number in range(1, 18)]
    assert page.text.index("Newest policies") < page.text.index("Ahmedabad Heat Action Plan")
    assert {"action": "/search", "method": "get", "class": "search big"} in page.all("form")


def test_the_home_page_draws_the_cities_and_counts_the_policies_of_goals(see: See) -> None:
    """The circles of the map have all policies with a lead city; the tiles count their policies."""
    page = see("/")
    wide = page.page.partition('<g class="f-wide">')[2].partition('<g class="f-narrow">')[0]
    circles = re.findall(r'<text class="f-number"[^>]*>(\d+)</text>', wide)
    assert sum(map(int, circles)) == 44
    joined = re.findall(r'<a href="/policies\?city=([^"]+)"><title>[^<]*: (\d+)<', wide)
    assert joined
    assert all(1 < len(cities.split("%2C")) <= int(number) for cities, number in joined)
    assert re.search(
        r"Sustainable cities and communities</span> <span[^>]*>Policies: 34<", page.page
    )


def test_the_home_page_says_which_policies_its_chart_leaves_out(see: See) -> None:
    """A policy of which no start is recorded is in the tile of its goal, and not in the chart."""
    page = see("/").page
    tiles = sum(map(int, re.findall(r">Policies: (\d+)<", page)))
    drawn = sum(map(int, re.findall(r"<td[^>]*>(\d+)</td>", page.partition("Decade</th>")[2])))
    assert drawn < tiles
    undated = re.search(r"start is not recorded are not in this chart: (\d+)", page)
    assert undated is not None
    assert 0 < int(undated[1]) <= tiles - drawn


def test_a_thing_that_two_graphs_speak_of_is_counted_once() -> None:
    """The figures count things, not the graphs that speak of them; the tiles have short names."""
    store = ox.Store()
    goal, alt = "http://metadata.un.org/sdg/11", "http://www.w3.org/2004/02/skos/core#altLabel"
    for graph in ("urn:one", "urn:two"):
        kind = "<http://metadata.un.org/sdg/ontology#Goal>"
        store.load(
            f"<{goal}> a {kind} ; <{alt}> 'Cities'@en ;"
            "<http://www.w3.org/2004/02/skos/core#prefLabel> 'Make cities inclusive'@en .",
            format=ox.RdfFormat.TURTLE,
            to_graph=ox.NamedNode(graph),
        )
    assert counts("1", store)["goals"] == 1
    assert (
        ThingList(store, SiteLinks("http://localhost:8000", LanguagePreference())).short(goal).text
        == "Cities"
    )


@pytest.mark.parametrize("name", _LISTS)
def test_a_list_leads_to_everything_of_its_kind(see: See, name: str) -> None:
    """Each list is reached from the home page, and leads to things that are described."""
    home = see("/")
    assert f"/{name}" in home.links.values()
    page = see(f"/{name}")
    ours = [to for to in page.links.values() if to.startswith(("/doc/", "/describe"))]
    assert ours
    see(ours[-1])


def test_a_long_list_comes_in_pages(see: See, browser: httpx.Client) -> None:
    """A list has a hundred things a page, and each page leads to the next, in Link too."""
    addresses: set[str] = set()
    address = "/countries"
    for _ in range(3):
        page = see(address)
        addresses |= {to for to in page.links.values() if to.startswith("/doc/country/")}
        address = next((link["href"] for link in page.all("a") if link.get("rel") == "next"), "")
    assert (len(addresses), address) == (249, "")
    link = browser.get("/countries?page=2").headers["link"]
    assert 'countries?page=1>; rel="prev"' in link
    assert 'countries?page=3>; rel="next"' in link


def test_a_list_is_by_name_in_the_readers_language(see: See) -> None:
    """The order of a list is that of the names in the reader's language."""
    first = [to for to in see("/cities?lang=ko").links.values() if to.startswith("/doc/city/")]
    other = [to for to in see("/cities").links.values() if to.startswith("/doc/city/")]
    assert first[0].split("?")[0] != other[0]


@pytest.mark.parametrize(
    ("name", "iri", "policy"),
    [
        ("goal", "http://metadata.un.org/sdg/13", "Tokyo Cap-and-Trade Program"),
        ("target", "http://metadata.un.org/sdg/11.2", "Stockholm congestion tax"),
        ("theme", _THEME, "Stockholm congestion tax"),
        ("city", "http://localhost:8000/id/city/1835848", "Cheonggyecheon restoration"),
    ],
)
def test_policies_are_narrowed_by_what_they_are_on(
    see: See, name: str, iri: str, policy: str
) -> None:
    """The list of policies can be narrowed to those on a goal, a target, a theme, of a city."""
    page = see(f"/policies?{name}={quote(iri, safe='')}")
    policies = [to for to in page.links.values() if to.startswith("/doc/policy/")]
    assert policy in page.links
    assert len(policies) < 42


def test_all_mentions_of_a_thing_come_in_pages(see: See) -> None:
    """The things that point at one are listed in pages that lead on to the last."""
    address = f"/mentions?uri={quote('https://w3id.org/urbansdg/ontology#Country', safe='')}"
    first = see(address)
    after = next(link["href"] for link in first.all("a") if link.get("rel") == "next")
    countries = [to for to in see(after).links.values() if to.startswith("/doc/country/")]
    assert len(countries) > 90
    assert not set(countries) & set(first.links.values())


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/mentions", 400),
        ("/mentions?uri=http://nobody.example/x", 404),
        ("/policies?page=2", 404),
        ("/policies?page=0", 404),
        ("/policies?page=x", 404),
        ("/policies?page=99999999999", 404),
        ("/policies?goal=no%20iri", 400),
        ("/policies?goal=http://e/%3E%20%7D", 400),
    ],
)
def test_what_no_list_has_is_said(see: See, address: str, status: int) -> None:
    """An unknown page of a list, and an invalid filter, are answered with a page of 4xx."""
    see(address, status)


def test_what_is_not_there_is_a_page_for_browsers_only(browser: httpx.Client, see: See) -> None:
    """A browser gets a page that leads on, in its language; others get a problem document."""
    page = see("/doc/city/none?lang=fr", 404)
    assert "Cette page n\u2019existe pas" in page.text
    assert page.links["Accueil"] == "/?lang=fr"
    assert "default-src 'none'" in browser.get("/none").headers["content-security-policy"]
    for accept in ("*/*", "text/turtle", "application/ld+json"):
        answer = browser.get("/doc/city/none", headers={"accept": accept})
        assert answer.headers["content-type"].startswith("application/")
        assert answer.json()["status"] == 404


def test_a_query_that_cannot_be_read_is_told_to_a_browser_on_a_page(see: See) -> None:
    """The query form shows the error of a query on a page, escaped."""
    page = see("/sparql?query=%3Cscript%3E", 400)
    assert "<script>" not in page.page
    assert "&lt;script&gt;" in page.page
    assert "Change it on this page." in page.text
    assert "Go back" not in page.text


@pytest.mark.parametrize("address", _KINDS)
def test_a_page_leads_to_its_other_languages(see: See, address: str) -> None:
    """Each page names its language, leads to the others, and is one address for all of them."""
    page = see(address)
    joint = "&" if "?" in address else "?"
    others = {link["hreflang"]: link["href"] for link in page.all("link") if link.get("hreflang")}
    assert set(others) == {"en", "ko", "fr", "es", "ar", "zh", "ru"}
    assert others["ar"] == f"{address}{joint}lang=ar"
    menu = {link["hreflang"]: link["href"] for link in page.all("a") if link.get("hreflang")}
    assert menu == others
    (own,) = (link["href"] for link in page.all("link") if link.get("rel") == "canonical")
    assert own == address
    assert see(others["ar"]).all("html") == [{"lang": "ar", "dir": "rtl"}]


def test_a_page_of_a_long_address_has_a_form_for_its_languages(see: See) -> None:
    """An address over 1,000 characters is on its page once, and the language menu is a form."""
    words = "bus " * 300
    page = see(f"/search?q={quote(words)}")
    buttons = {button.get("value") for button in page.all("button") if button.get("name") == "lang"}
    assert buttons == {"en", "ko", "fr", "es", "ar", "zh", "ru"}
    assert not any(link.get("hreflang") for link in (*page.all("a"), *page.all("link")))
    assert see(f"/search?q={quote(words)}&lang=ar").all("html") == [{"lang": "ar", "dir": "rtl"}]


@pytest.mark.parametrize("address", [*_KINDS, "/none"])
def test_a_page_has_what_every_page_has(browser: httpx.Client, see: See, address: str) -> None:
    """Each page has one heading, a way to its content, one script, and an icon."""
    page = see(address, 404 if address == "/none" else 200)
    assert len(page.all("h1")) == 1
    assert page.links["Skip to the content"] == "#main"
    assert {"id": "main", "tabindex": "-1"} in page.all("main")
    scripts = [script for script in page.all("script") if script.get("type") is None]
    own = [script["src"] for script in scripts if address != "/sparql"]  # it has an editor too
    assert own == (["/static/site.js"] if address != "/sparql" else [])
    assert not page.all("style")
    assert not any(name.startswith("on") or name == "style" for _, e in page.elements for name in e)
    (icon,) = (link["href"] for link in page.all("link") if link.get("rel") == "icon")
    assert browser.get(icon).headers["content-type"] == "image/svg+xml"
    assert browser.get("/favicon.ico").headers["location"] == icon


@pytest.mark.parametrize("address", ["/doc/city/1835848", "/dataset", "/vocab/theme"])
def test_a_page_leads_to_its_forms_in_rdf(browser: httpx.Client, see: See, address: str) -> None:
    """Each document leads to itself in Turtle, JSON-LD, N-Triples and RDF/XML."""
    page = see(address)
    for name, ending in (("Turtle", "ttl"), ("JSON-LD", "jsonld"), ("RDF/XML", "rdf")):
        assert page.links[name] == f"{address}.{ending}"
        assert browser.get(page.links[name]).status_code == 200
