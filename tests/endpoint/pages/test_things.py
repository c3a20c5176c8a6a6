"""The pages of policies, cities, goals, targets and themes."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

from urbansdg.ontology.namespaces import PREFIXES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.endpoint.pages.conftest import See

_POLICY = "/doc/policy/example-haneul-night-buses"
_CITY = "/doc/city/example-haneul"
_THEME = f"/describe?uri={quote('https://w3id.org/urbansdg/vocab/theme#transport', safe='')}"


def _goal(code: str) -> str:
    return f"/describe?uri=http://metadata.un.org/sdg/{code}"


def test_a_policys_page_tells_all_that_is_known_in_the_order_of_asking(see: See) -> None:
    """The page of a policy has every facet, from the summary to the sources."""
    page = see(_POLICY)
    headings = [
        *("Summary", "Profile", "The idea", "Status and period", "Contribution to the goals"),
        *("Budget", "Staff", "Stakeholders", "Obstacles and responses", "Outcomes", "Lessons"),
        *("Lineage", "Events", "Media", "Opinions", "Whom to ask", "Similar policies", "Sources"),
    ]
    headings_there = re.findall(r"<h2[^>]*>([^<]*)</h2>", page.page)
    headings_there.remove("On this page")
    assert headings_there[: len(headings)] == headings
    for fact in (
        "six routes that all meet at the harbour",
        "September 2016 \u2013 December 31, 2020",
        "₩1,250,000.50",
        "11.2 Accessible and affordable transport for all",
        "People without a car get home at night",
        "Average rating: 4 of 5, from 2 ratings",
        "Six lines that meet, instead of one along the harbour",
    ):
        assert fact.casefold() in page.text.casefold()


def test_an_obstacle_stands_beside_the_plan_that_answered_it(see: See) -> None:
    """An obstacle and the plan that answered it are in one pair."""
    (pair,) = re.findall(r'<li class="pair">(.*?)</li>', see(_POLICY).page, re.DOTALL)
    assert pair.index("Too few drivers") < pair.index("A bonus for hours at night")
    assert "All six routes ran from the third month on" in pair


def test_an_outcome_has_what_was_measured_before_and_after(see: See) -> None:
    """The outcome of a policy shows both values with their years and their unit."""
    text = see(_POLICY).text
    assert "Before · 2015 310.5 thousand journeys a year" in text
    assert "After · 2019 170 thousand journeys a year" in text


def test_a_source_says_whether_it_was_checked(see: See) -> None:
    """Beside a source stands the day on which it was checked, or that it is not checked."""
    assert "haneul.example/budget/2018 (source checked November 1, 2026)" in see(_POLICY).text
    assert "source not checked" in see("/doc/policy/2643743-congestion-charge").text
    assert "출처 미확인" in see("/doc/policy/2643743-congestion-charge?lang=ko").text


def test_a_reply_stands_under_the_opinion_that_it_answers(see: See) -> None:
    """Opinions come with their ratings, and replies under them."""
    page = see(_POLICY).page
    opinion = page.index("The riders were counted for one week only")
    assert opinion < page.index('class="replies"') < page.index("Counters at the doors")


def test_media_are_links_with_the_text_that_stands_for_them(see: See) -> None:
    """A picture is a link with its alternative text; the page loads nothing from elsewhere."""
    page = see(_POLICY)
    assert "A bus with lit windows stands at a harbour at night" in page.text
    assert page.links["haneul.example/media/harbour.jpg"].startswith("https://haneul.example/")
    assert not page.all("img")


def test_a_citys_page_tells_what_it_is_and_what_it_does(see: See) -> None:
    """The page of a city has its profile, its place, policies by goal, figures and offers."""
    page = see(_CITY)
    for fact in (
        *("Republic of Korea", "512,400", "Cities at Night", "36°, 124.5°"),
        *("11 Sustainable cities and communities", "Night buses for Haneul", "Rain from the roofs"),
        *("Baseline: 310.5 (2015) → Aim: 100 (2030)", "Offer", "Visits to the night bus centre"),
        *("Until June 30, 2029", "No one is left behind", "night@haneul.example"),
    ):
        assert fact in page.text
    assert "81.5" in page.links
    assert "per cent of the population" in page.text
    assert page.links["On OpenStreetMap"].startswith(
        "https://www.openstreetmap.org/?mlat=36&mlon=124.5"
    )
    (point,) = (c for c in page.all("circle") if c.get("class") == "f-point f-focus")
    assert 0 < float(point["cx"]) < 420


def test_a_citys_page_draws_its_region_goals_time_and_indicators(see: See) -> None:
    """The page of a city has figures of its region, its goals, its policies and its indicators."""
    page = see(_CITY)
    captions = [
        "Haneul (example city) and the cities of this graph around it",
        "Policies by goal",
        "The policies over time",
        "Journeys on foot after midnight (fictitious) (thousand journeys a year)",
    ]
    for caption in captions:
        assert caption in page.text
    assert len(page.all("figure")) >= len(captions)
    assert "no statement by the United Nations" in page.text
    assert page.text.count("The figures of this chart as a table") == len(page.all("figure"))


def test_a_goals_page_draws_its_cities_and_its_regions(see: See) -> None:
    """The page of a goal has a map of its cities, whose circles lead to lists, and its regions."""
    page = see(_goal("11"))
    wide = page.page.partition('<g class="f-wide">')[2].partition('<g class="f-narrow">')[0]
    assert sum(map(int, re.findall(r'class="f-number"[^>]*>(\d+)<', wide))) == 34
    assert re.search(r'href="/policies\?goal=11&amp;city=\d+%2C', wide)
    assert "Policies by region of the world" in page.text


def test_a_countrys_page_draws_its_cities_with_borders_and_goals(see: See) -> None:
    """The page of a country has a regional map with the disclaimer, and its policies by goal."""
    page = see("/doc/country/KOR")
    assert any(path.get("class") == "f-border" for path in page.all("path"))
    assert "no statement by the United Nations" in page.text
    assert "Policies by goal" in page.text


def test_the_map_around_a_city_has_its_policies(see: See) -> None:
    """The map around a city, and its table, have the number of policies of each city."""
    text = see("/doc/city/1835848").text
    table = text.partition("City Policies")[2].partition("On OpenStreetMap")[0]
    assert "Seoul 2" in table
    assert "Suwon 0" in table


def test_an_indicators_page_has_a_line_for_each_city(see: See) -> None:
    """The page of an indicator has a line chart of its values, with a line for each city."""
    page = see("/doc/indicator/example-on-foot")
    assert "thousand journeys a year by city" in page.text
    assert any("f-line f-s0" in path.get("class", "") for path in page.all("path"))


def test_a_policys_page_draws_its_time_budgets_outcomes_and_transfers(see: See) -> None:
    """The page of a policy has figures of its stages, budgets, outcomes, and of its transfers."""
    page = see("/doc/policy/example-haneul-night-buses")
    for caption in (
        "Phases and status over time",
        "Budgets by stage (KRW)",
        "Before and after (thousand journeys a year)",
        "From which city to which city",
    ):
        assert caption in page.text
    assert any(path.get("class") == "f-arc" for path in page.all("path"))


def test_a_goals_page_has_its_targets_and_the_cities_that_act(see: See) -> None:
    """The page of a goal leads to its targets in order, to cities, and to the UN."""
    page = see(_goal("11"))
    targets = [text for text in page.links if re.match(r"11\.\w ", text)]
    codes = [text.split()[0] for text in targets]
    assert codes == [f"11.{digit}" for digit in "1234567abc"]
    assert page.links[targets[1]] == _goal("11.2")
    assert page.links["At the United Nations"] == "http://metadata.un.org/sdg/11"
    assert page.links["Seoul"] == "/doc/city/1835848"
    assert page.links["Stockholm congestion tax"] == "/doc/policy/2673730-congestion-tax"


def test_a_targets_page_leads_up_to_its_goal_and_down_to_its_indicators(see: See) -> None:
    """The page of a target is between its goal and its indicators, with who acts on it."""
    page = see(_goal("11.2"))
    assert page.links["Goals"] == "/goals"
    assert page.links["11 Sustainable cities and communities"] == _goal("11")
    assert page.links["11.2.1 People near public transport"] == _goal("C110201")
    assert "Public transport reform of 2004" in page.text


def test_a_themes_page_has_its_definition_and_its_policies(see: See) -> None:
    """The page of a theme defines it, leads to the vocabulary, and to policies and cities."""
    page = see(_THEME)
    assert "How people and goods move" in page.text
    assert page.links["In the vocabulary"] == "/vocab/theme#transport"
    assert page.links["Themes"] == "/themes"
    assert "Public transport reform of 2004" in page.text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            _POLICY,
            {"ko": "예산", "fr": "Obstacles et réponses", "es": "Presupuesto", "ru": "Бюджет"},
        ),
        (
            _CITY,
            {"ko": "목표별 정책", "fr": "République de Corée", "zh": "大韩民国", "ar": "السكان"},
        ),
        (_goal("11"), {"fr": "Villes et communautés durables", "zh": "可持续城市和社区"}),
        (_THEME, {"ko": "교통", "es": "Transporte", "ar": "النقل"}),
    ],
)
def test_a_page_is_in_the_language_that_is_asked_for(
    see: See, address: str, words: dict[str, str]
) -> None:
    """With `?lang=` the page is in that language: its own words, the names, and `lang` itself."""
    joint = "&" if "?" in address else "?"
    for language, word in words.items():
        page = see(f"{address}{joint}lang={language}")
        assert word in page.text, (language, word)
        (top,) = page.all("html")
        direction = "rtl" if language == "ar" else "ltr"
        assert top == {"lang": language, "dir": direction}


def test_a_wish_for_hundreds_of_languages_is_cut(browser: httpx.Client) -> None:
    """Of a very long list of languages the first ones count."""
    wish = "ko, " + ", ".join(f"x-{number}" for number in range(500))
    assert '<html lang="ko"' in browser.get(_CITY, headers={"accept-language": wish}).text


def test_numbers_money_and_dates_are_written_as_the_language_has_them(see: See) -> None:
    """Figures follow the language of the page."""
    assert "1 250 000,50" in see(f"{_POLICY}?lang=fr").text.replace("\u202f", " ")
    assert "31 декабря 2020" in see(f"{_POLICY}?lang=ru").text
    assert "2016년 6월 14일" in see(f"{_POLICY}?lang=ko").text
    assert "512.400" in see(f"{_CITY}?lang=es").text


def test_text_in_another_language_than_the_pages_says_so(see: See) -> None:
    """Text without a translation falls back to English, marked with its language."""
    page = see(f"{_POLICY}?lang=ar")
    paragraphs = [paragraph for paragraph in page.all("p") if paragraph.get("class") == "text"]
    assert paragraphs
    assert all((paragraph["lang"], paragraph["dir"]) == ("en", "ltr") for paragraph in paragraphs)


def test_a_page_asked_for_in_a_language_leads_on_in_it(see: See, browser: httpx.Client) -> None:
    """The links of a page keep the language that was asked for, and `/id/` does too."""
    page = see(f"{_CITY}?lang=fr")
    others = {link["href"] for link in page.all("a") if link.get("hreflang")}
    links = set(page.links.values()) - others
    local = {to for to in links if to.startswith("/") and "." not in to.split("?")[0]}
    assert len(local) > 10
    assert all("lang=fr" in to for to in local)
    thing = browser.get("/id/city/example-haneul?lang=fr")
    assert thing.headers["location"] == f"{_CITY}?lang=fr"


def test_an_address_with_a_language_is_one_page_for_everybody(browser: httpx.Client) -> None:
    """`?lang=` overrides Accept-Language, and an invalid language is ignored."""
    pages = [
        browser.get(f"{_CITY}?lang=ko", headers={"accept-language": wish}).text
        for wish in ("fr", "en")
    ]
    assert pages[0] == pages[1]
    odd = browser.get(f"{_CITY}?lang=%22%3E%3Cscript%3E")
    assert 'lang="en"' in odd.text
    assert "<script>" not in odd.text


@pytest.mark.parametrize("address", [_POLICY, _CITY, _goal("11"), "/doc/opinion/example-2"])
def test_a_page_has_no_fact_that_its_document_lacks(
    see: See, browser: httpx.Client, address: str
) -> None:
    """Every text of a page, except the words of the layout, is in the RDF of the document."""
    joint = "&format=" if "?" in address else "."
    page = see(f"{address}{joint}html")
    answer = browser.get(f"{address}{joint}nt")
    quads = list(ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES))
    texts = {quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)}
    paragraphs = {
        paragraph
        for paragraph in re.findall(r'<p class="text"[^>]*><bdi>([^<]*)</bdi>', page.page)
        if paragraph.endswith("(fictitious).")
    }
    assert paragraphs <= texts
    named = {text for text in page.links if text.endswith("(fictitious)") and ") of " not in text}
    assert named
    assert named <= texts


def test_every_statement_of_a_document_is_on_its_page(see: See) -> None:
    """A page of a kind of its own ends with all statements, properties unknown to it included."""
    page = see("/doc/city/1835848")
    assert "Every statement of this document" in page.text
    assert "UN/LOCODE" in page.text or "unLocode" in page.text
    assert "서울" in page.text


@pytest.mark.parametrize(
    ("language", "rows"),
    [
        ("en", ("written on", "on", "purpose", "replies", "author role")),
        ("ko", ("작성일", "대상", "작성 동기", "답변", "작성자 역할")),
        ("fr", ("écrit le", "au sujet de", "but", "répond")),
        ("ru", ("дата написания", "цель", "отвечает")),
    ],
)
def test_a_row_is_headed_in_the_language_of_the_reader(
    browser: httpx.Client, language: str, rows: tuple[str, ...]
) -> None:
    """The properties of every vocabulary, and the values that are terms, have names of words."""
    headers = {"accept-language": language}
    page = browser.get("/doc/opinion/example-3", headers=headers).text
    seen = {text.strip() for text in re.findall(r">([^<>]+)<", page)}
    assert seen >= set(rows)
    assert not seen & {"created", "hasTarget", "motivatedBy", "replying"}


def test_every_term_with_a_word_has_one_in_each_language(root: Path) -> None:
    """No word for a term of others is missing, and each term is one of a known vocabulary."""
    table = (root / "endpoint" / "html" / "terms.csv").read_text("utf-8")
    for row in csv.DictReader(table.splitlines()):
        assert all(row.values()), row["key"]
        assert row["key"].partition(":")[0] in PREFIXES


@pytest.mark.parametrize("kind", ["city", "policy"])
def test_every_thing_of_the_bundled_data_has_its_page(browser: httpx.Client, kind: str) -> None:
    """Whatever is missing, a city and a policy have their page."""
    listed = browser.get(f"/search?kind={kind}&format=csv").text.splitlines()[1:]
    paths = [line.partition(",")[0].partition("/id/")[2] for line in listed]
    assert len(paths) > 40
    statuses = {path: browser.get(f"/doc/{path}").status_code for path in paths}
    assert {path for path, status in statuses.items() if status != 200} == set()
