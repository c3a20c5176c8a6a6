"""What the page of a policy offers beside its facts: the box, whom to ask, similar policies."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from urbansdg.endpoint.html.interface_texts import LANGUAGES, InterfaceTexts
from urbansdg.endpoint.web.problem_details import ADVICE

if TYPE_CHECKING:
    from tests.endpoint.pages.conftest import See, Seen

_TAX = "/doc/policy/2673730-congestion-tax"
_NIGHT = "/doc/policy/example-haneul-night-buses"


def _box(page: Seen) -> str:
    (box,) = re.findall(r'<div class="box">.*?</div>\s*(?:<nav|</aside>)', page.page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", box).split())


def _section(page: Seen, anchor: str) -> str:
    (section,) = re.findall(rf'<section><h2 id="{anchor}">.*?</section>', page.page, re.DOTALL)
    return str(section)


def _description(page: Seen) -> dict[str, Any]:
    (text,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', page.page, re.DOTALL
    )
    description: dict[str, Any] = json.loads(text)
    return description


def test_the_box_of_a_policy_has_what_an_officer_asks_first(see: See) -> None:
    """City, status, period, budget and whom to ask stand in the box beside the text."""
    box = _box(see(_TAX))
    for fact in ("Stockholm", "In progress", "August 1, 2007", "SEK3,800,000,000", "2006", "Spent"):
        assert fact in box
    assert "Whom to ask City of Stockholm" in box
    assert "₩" in _box(see(_NIGHT))


def test_a_policy_without_an_office_leads_to_its_lead_organisation(see: See) -> None:
    """Without an office of its own or of its city, the lead organisation and the city are named."""
    section = _section(see(_TAX), "contacts")
    assert "No office to ask is recorded here yet." in section
    assert "City of Stockholm" in section


def test_a_policy_has_the_office_of_its_city(see: See) -> None:
    """A policy without an office of its own shows the office of its lead city."""
    section = _section(see("/doc/policy/example-bada-port-plan"), "contacts")
    assert "office@bada.example" in section


def test_similar_policies_share_topics(see: See) -> None:
    """The policies that share the most targets and themes are proposed, with what they share."""
    section = _section(see(_TAX), "similar")
    assert section.index("London Congestion Charge") < section.index("Superilla Barcelona")
    assert "11.2 Accessible and affordable transport for all" in section
    assert "2673730-congestion-tax" not in section


@pytest.mark.parametrize(
    ("address", "anchor", "text"),
    [
        ("/doc/policy/3530597-ecobici", "budget", "No budget is recorded here yet."),
        ("/doc/policy/3530597-ecobici", "outcomes", "No outcome is recorded here yet."),
        ("/doc/city/1275339", "policies", "No policy of this city is recorded here yet."),
    ],
)
def test_what_is_missing_is_said_with_the_way_to_add_it(
    see: See, address: str, anchor: str, text: str
) -> None:
    """An empty section says so, and leads to the steps for adding data."""
    section = _section(see(address), anchor)
    assert text in section
    assert 'href="/dataset#contribute"' in section
    assert "Add or correct data" in _section(see("/dataset"), "contribute")


def test_pages_of_policies_and_cities_describe_themselves_in_schema_org(see: See) -> None:
    """Search engines find the policy and the city in JSON-LD, with names and what they link to."""
    graph = _description(see(_TAX))["@graph"]
    policy = next(
        node for node in graph if node["id"].endswith("/id/policy/2673730-congestion-tax")
    )
    assert policy["type"] == "GovernmentService"
    assert policy["name"] == {"@language": "en", "@value": "Stockholm congestion tax"}
    assert {"id": "http://localhost:8000/id/city/2673730"} in policy["areaServed"]
    city = _description(see("/doc/city/1835848?lang=ko"))
    nodes = city.get("@graph", [city])
    assert any(node.get("type") == "City" for node in nodes)
    assert "서울" in json.dumps(nodes, ensure_ascii=False)
    assert '<script type="application/ld+json">' not in see("/doc/country/KOR").page


def test_a_description_in_a_page_runs_nothing(see: See) -> None:
    """Markup in data does not end the script element of a description."""
    page = see(_NIGHT).page
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert not set("<>&") & set(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_page_is_in_the_readers_language(browser: httpx.Client, language: str) -> None:
    """What happened and what to do next are in the reader's language; details are in English."""
    texts = InterfaceTexts(language)
    for address, status, name in (
        ("/doc/city/none", 404, "absent"),
        ("/doc/policy/bus-lane-of-seoul", 404, "absent"),
        ("/describe", 400, "request"),
        ("/doc/city/1835848.xlsx?_mediatype=no/such", 404, "absent"),
        ("/describe?uri=http://metadata.un.org/sdg/11&format=xyz", 406, "form"),
    ):
        joint = "&" if "?" in address else "?"
        answer = browser.get(f"{address}{joint}lang={language}")
        assert answer.status_code == status
        assert texts(f"fault_{name}") in answer.text
        assert texts(f"fault_{name}_advice") in answer.text
    assert 'value="bus lane of seoul"' in browser.get("/doc/policy/bus-lane-of-seoul").text


def test_every_status_of_an_error_has_words() -> None:
    """Each error that the server answers has a title and an advice in every language."""
    for language in LANGUAGES:
        texts = InterfaceTexts(language)
        for name in {*ADVICE.values(), "other"}:
            assert texts(f"fault_{name}")
            assert texts(f"fault_{name}_advice")
