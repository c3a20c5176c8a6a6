"""The comparison of cities: what it counts, which cities it proposes, and what it refuses."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.endpoint.pages.page_data import page_json, refusal
from urbansdg.endpoint.html.interface_texts import LANGUAGES
from urbansdg.endpoint.pages.comparison.city_comparison import (
    CityFacts,
    CityPopulation,
    costs_of,
    facts_of,
)
from urbansdg.endpoint.pages.comparison.similar_cities import similar_cities
from urbansdg.endpoint.pages.page_form import as_csv
from urbansdg.ontology.namespaces import VOCAB

if TYPE_CHECKING:
    from tests.endpoint.pages.conftest import See

_BASE = "http://localhost:8000/id/city/"
_SEOUL, _LONDON = f"{_BASE}1835848", f"{_BASE}2643743"
_TWO = "/compare?city=1835848&city=2643743"
_HANEUL = "/compare?city=example-haneul&city=example-bada"
_NUMBER_OF_POLICIES = """PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
SELECT (COUNT(DISTINCT ?policy) AS ?n) {{
    ?policy usdg:leadCity|usdg:partnerCity <{city}> ; {way} <{about}> }}"""


def test_numbers_of_policies_are_those_of_sparql(browser: httpx.Client) -> None:
    """Each number of policies by goal, target and theme is the one that SPARQL counts."""
    document = page_json(browser, _TWO)
    ways = {
        "goals": "usdg:addressesGoal",
        "targets": "usdg:addressesTarget",
        "themes": "usdg:theme",
    }
    for kind, way in ways.items():
        assert document["topics"][kind]
        for topic in document["topics"][kind]:
            for city in (_SEOUL, _LONDON):
                query = _NUMBER_OF_POLICIES.format(city=city, way=way, about=topic["iri"])
                answer = browser.get(
                    "/sparql",
                    params={"query": query},
                    headers={"accept": "application/sparql-results+json"},
                )
                number = int(answer.json()["results"]["bindings"][0]["n"]["value"])
                assert topic["policies"].get(city, 0) == number


def test_a_comparison_has_one_goal_where_one_is_asked_for(browser: httpx.Client) -> None:
    """`?goal=11` leaves the policies for this goal."""
    whole, narrowed = (page_json(browser, f"{_TWO}{goal}") for goal in ("", "&goal=13"))
    assert narrowed["goal"] == "13"
    assert [city["policies"] for city in whole["cities"]] == [2, 2]
    assert [city["policies"] for city in narrowed["cities"]] == [0, 1]
    assert all(set(topic["policies"]) == {_LONDON} for topic in narrowed["topics"]["targets"])


def test_a_comparison_is_narrowed_to_a_theme(browser: httpx.Client, see: See) -> None:
    """`?theme=` leaves the policies on a theme, in every number and in the lists."""
    document = page_json(browser, f"{_TWO}&theme=green-space")
    assert document["theme"] == f"{VOCAB}theme#green-space"
    assert [city["policies"] for city in document["cities"]] == [1, 0]
    assert [len(city["listed"]) for city in document["cities"]] == [1, 0]
    page = see(f"{_TWO}&theme=green-space")
    chosen = [option["value"] for option in page.all("option") if "selected" in option]
    assert chosen == ["green-space"]
    assert "theme=green-space" in page.links["Add to the comparison"]


def test_a_comparison_says_whom_to_ask(browser: httpx.Client, see: See) -> None:
    """The policies of each city are listed, with the offices that one may ask about them."""
    city = page_json(browser, _HANEUL)["cities"][0]
    assert len(city["listed"]) == 2
    office = city["offices"][0]
    assert office["name"] == "Night bus office of Haneul (fictitious)"
    assert office["email"] == "mailto:night@haneul.example"
    page = see(_HANEUL)
    assert page.links["night@haneul.example"] == "mailto:night@haneul.example"


def test_indicators_and_costs_are_drawn(see: See) -> None:
    """An indicator with several values is a chart with a line for each city, beside its table."""
    page = see("/compare?city=example-haneul&city=1835848")
    captions = page.text
    assert "Drinking water used (fictitious) (million cubic metres a year)" in captions
    assert "Cost per inhabitant (KRW)" in captions
    assert page.page.count("<figure") == 3
    assert "<figure" not in see("/compare?city=2643743").page


def test_differences_are_what_one_city_alone_has(browser: httpx.Client) -> None:
    """A topic of one city alone is `only` there, and `lacking` in the other."""
    document = page_json(browser, _TWO)
    seoul, london = document["differences"]
    assert (seoul["city"], london["city"]) == (_SEOUL, _LONDON)
    for kind in ("targets", "themes"):
        assert seoul["only"][kind] == london["lacking"][kind]
        assert london["only"][kind] == seoul["lacking"][kind]
    assert "http://metadata.un.org/sdg/3.9" in london["only"]["targets"]


def test_costs_are_per_inhabitant(browser: httpx.Client) -> None:
    """The cost per inhabitant is the total of the stated costs over the latest population."""
    document = page_json(browser, _HANEUL)
    people = {city["iri"]: city["population"]["value"] for city in document["cities"]}
    costs = [cost for cost in document["budgets"] if cost["city"] == f"{_BASE}example-haneul"]
    assert costs
    for cost in costs:
        assert cost["per_inhabitant"] == pytest.approx(
            cost["amount"] / people[cost["city"]], abs=0.005
        )


def test_one_total_of_a_policy_counts() -> None:
    """Of the planned and the spent total of a policy, the spent one counts, in its currency."""
    stage = f"{VOCAB}budget-stage#"
    same = {"city": "urn:city", "policy": "urn:policy", "currency": "KRW"}
    rows = [
        same | {"stage": f"{stage}planned", "amount": "900", "year": "2024"},
        same | {"stage": f"{stage}spent", "amount": "700", "year": "2022"},
        same | {"policy": "urn:other", "amount": "50"},
        same | {"currency": "EUR", "stage": f"{stage}planned", "amount": "8", "year": "2021"},
        same | {"policy": "urn:wrong", "amount": "-5"},
    ]
    euro, won = costs_of(rows)
    assert (euro.currency, euro.amount, euro.policies) == ("EUR", Decimal(8), 1)
    assert (won.currency, won.amount, won.policies) == ("KRW", Decimal(750), 2)
    assert won.years == ("2022", "2022")
    facts = CityFacts("urn:city", None, (), CityPopulation(Decimal(7), "2020", None))
    assert won.per_inhabitant(facts) == Decimal("107.14")


def test_the_latest_population_counts() -> None:
    """Of several populations the latest is compared; one that is not positive is none."""
    city = {"city": "urn:city", "country": "urn:country", "area": "urn:area"}
    rows = [
        city | {"people": "5", "period": "2010"},
        city | {"people": "7", "period": "2020", "kind": "urn:kind"},
        city | {"people": "0", "period": "2021"},
        {"city": "urn:empty"},
    ]
    facts = facts_of(rows)
    assert facts["urn:city"].population == CityPopulation(Decimal(7), "2020", "urn:kind")
    assert facts["urn:city"].areas == ("urn:area",)
    assert facts["urn:empty"] == CityFacts("urn:empty", None, (), None)


def test_indicators_stand_side_by_side(browser: httpx.Client) -> None:
    """Each indicator has the values of all cities, in the order of their periods."""
    document = page_json(browser, _HANEUL)
    values = {
        indicator["iri"]: [(seen["period"], seen["value"]) for seen in indicator["values"]]
        for indicator in document["indicators"]
    }
    water = "http://localhost:8000/id/indicator/example-drinking-water"
    assert values[water] == [("2018", 40.2), ("2022", 35.9)]


def test_similar_cities_have_their_reasons(browser: httpx.Client, see: See) -> None:
    """Similar cities are proposed with reasons in words, and a link that adds each."""
    document = page_json(browser, _TWO)
    assert document["similar"]
    assert not {city["iri"] for city in document["similar"]} & {_SEOUL, _LONDON}
    for city in document["similar"]:
        assert city["reasons"]
        assert all(reason["text"] for reason in city["reasons"])
    page = see(_TWO)
    added = [
        link["href"]
        for link in page.all("a")
        if link.get("aria-label", "").startswith("Add to the comparison: ")
    ]
    assert len(added) == len(document["similar"])
    assert len(page_json(browser, added[0])["cities"]) == 3


def test_similar_cities_have_policies_that_count(browser: httpx.Client) -> None:
    """With a theme or a goal, only cities with a policy for it are proposed, with their number."""
    for narrowed in ("&theme=air-quality", "&goal=4"):
        similar = page_json(browser, f"/compare?city=1835848{narrowed}")["similar"]
        for city in similar:
            document = page_json(browser, f"/compare?city={city['iri']}{narrowed}")
            assert document["cities"][0]["policies"] == city["policies"] > 0
        assert similar


def test_a_city_is_similar_by_place_size_and_topics() -> None:
    """The country counts more than the region; a shared topic alone is a reason too."""
    population = CityPopulation(Decimal(100), "2020", None)
    mine = CityFacts("urn:mine", "urn:here", ("urn:area",), population)
    near = CityFacts("urn:near", "urn:here", ("urn:area",), None)
    next_door = CityFacts("urn:next", "urn:there", ("urn:area",), None)
    far = CityFacts("urn:far", "urn:far-away", (), CityPopulation(Decimal(201), "2020", None))
    topics: dict[str, dict[str, dict[str, int]]] = {
        "goals": {},
        "targets": {},
        "themes": {"urn:water": {"urn:mine": 1, "urn:far": 2}},
    }
    cities = similar_cities(mine, (far, next_door, near, mine), topics, 5)
    assert [city.facts.iri for city in cities] == ["urn:near", "urn:next", "urn:far"]
    assert [[why.name for why in city.reasons] for city in cities] == [
        ["country"],
        ["area"],
        ["themes"],
    ]


def test_a_city_is_chosen_without_a_script(see: See) -> None:
    """Words find a city; the list then offers it, and the first one is selected."""
    page = see("/compare?city=1835848&q=lond")
    boxes = [box for box in page.all("input") if box.get("type") == "checkbox"]
    assert [box["value"] for box in boxes] == ["1835848"]
    options = [option["value"] for option in page.all("option")]
    assert "2643743" in options
    assert "1835848" not in options
    selected = [option["value"] for option in page.all("option") if "selected" in option]
    assert selected == ["2643743"]
    done = see("/compare?city=2643743&q=lond")
    assert not [option for option in done.all("option") if "selected" in option]
    assert "Choose a city to begin" in see("/compare").text
    assert "No city has “zzzz” in its name" in see("/compare?q=zzzz").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_comparison_is_in_the_language_of_the_reader(see: See, language: str) -> None:
    """Every text of the page is there in seven languages."""
    page = see(f"{_HANEUL}&lang={language}")
    assert f'<html lang="{language}"' in page.page
    assert ("Policies by goal" in page.text) == (language == "en")
    assert ("Add to the comparison" in page.page) == (language == "en")


def test_the_comparison_is_a_table_in_csv(browser: httpx.Client) -> None:
    """CSV has one value in each row, with the city and the topic by IRI and by name."""
    answer = browser.get(f"{_TWO}&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["city"] for row in rows} == {_SEOUL, _LONDON}
    assert {"population", "policies", "policies by goals"} <= {row["measure"] for row in rows}
    assert all(row["value"] for row in rows)


def test_a_cell_is_never_a_formula() -> None:
    """A text that a spreadsheet would evaluate has an apostrophe before it; a number has not."""
    rows = as_csv([("=1+1", "@x", "-text", -5, Decimal("-1.5"), "plain")]).decode("utf-8-sig")
    assert rows == "'=1+1,'@x,'-text,-5,-1.5,plain\r\n"


def test_a_comparison_is_sent_once(browser: httpx.Client) -> None:
    """The entity tag of a comparison is answered with 304, and each form has its own."""
    page = browser.get(_TWO)
    assert browser.get(_TWO, headers={"if-none-match": page.headers["etag"]}).status_code == 304
    data = browser.get(_TWO, headers={"accept": "application/json"})
    assert data.headers["etag"] != page.headers["etag"]
    assert "Accept" in page.headers["vary"]


def test_crawlers_do_not_follow_combinations(browser: httpx.Client) -> None:
    """A comparison is not indexed and not followed; the page to choose cities on is."""
    assert browser.get(_TWO).headers["x-robots-tag"] == "noindex, nofollow"
    assert "x-robots-tag" not in browser.get("/compare").headers


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("city=no-such-city", 404, "Unknown city"),
        ("city=http://localhost:8000/id/country/KOR", 404, "Unknown city"),
        ("city=..", 404, "Unknown city"),
        ("city=../../etc/passwd", 400, "neither the IRI nor the key"),
        ("city=<script>alert(1)</script>", 400, "neither the IRI nor the key"),
        ("city=x:" + 3000 * "y", 400, "neither the IRI nor the key"),
        ("&".join(f"city=c{number}" for number in range(6)), 400, "6 cities specified"),
        ("goal=18", 400, "Unknown goal"),
        ("goal=<b>", 400, "Unknown goal"),
        ("theme=<b>", 400, "neither the IRI nor the key of a theme"),
        ("theme=x:" + 3000 * "y", 400, "neither the IRI nor the key of a theme"),
        ("towns=1835848", 400, "Use only: city, format, goal, lang, q, theme"),
        ("format=exe", 406, "Unknown format"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    browser: httpx.Client, query: str, status: int, words: str
) -> None:
    """Unknown cities and goals, six cities, other parameters and IRIs that are none are refused."""
    assert "<b>" not in refusal(browser, f"/compare?{query}", status, words)


def test_the_same_city_twice_is_one_city(browser: httpx.Client) -> None:
    """A city that is named twice, by its key and by its IRI, is compared once."""
    document = page_json(browser, f"/compare?city=1835848&city={_SEOUL}&city=1835848&city=")
    assert [city["iri"] for city in document["cities"]] == [_SEOUL]


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", '"', "\\", "?x } #", "x" * 5000])
def test_words_are_text(browser: httpx.Client, words: str) -> None:
    """The words of a search for a city reach neither the query nor the page as code."""
    answer = browser.get("/compare", params={"q": words})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
