"""The figures of questions as images: what they name, who may embed them, what is refused."""

import re
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.support.server import Server
from urbansdg.endpoint.figures.svg_image import style_hash
from urbansdg.ontology.namespaces import PREFIXES

_SVG = "{http://www.w3.org/2000/svg}"
_DCTERMS = f"{{{PREFIXES['dcterms']}}}"
_BARS = "/figure/goals_of_cities.svg"
_TARGET = "/figure/policies_for_target.svg"


def _get(server: Server, path: str, **headers: str) -> httpx.Response:
    return httpx.get(server.url + path, headers=headers, timeout=60, follow_redirects=True)


def test_a_figure_is_an_image_with_its_licence_and_its_citation(serving: Server) -> None:
    """The image has its licence and citation in its metadata and, visibly, in its caption."""
    answer = _get(serving, f"{_TARGET}?target=11.2&version=1&lang=en")
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ET.fromstring(answer.content)  # our own server
    (licence,) = root.iter(f"{_DCTERMS}license")
    assert licence.attrib[f"{{{PREFIXES['rdf']}}}resource"].startswith(
        "https://creativecommons.org/"
    )
    (citation,) = root.iter(f"{_DCTERMS}bibliographicCitation")
    address = (citation.text or "").rpartition(" ")[2]
    assert parse_qs(urlsplit(address).query) == {"target": ["11.2"], "version": ["1"]}
    visible = "".join(element.text or "" for element in root.iter(f"{_SVG}text"))
    assert address in visible
    assert "Licence: https://creativecommons.org/" in visible
    assert 'rel="license"' in answer.headers["link"]


def test_any_site_may_embed_a_figure(serving: Server) -> None:
    """The fields let other sites frame and read the image; its style is allowed by its hash."""
    headers = _get(serving, _BARS).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    policy = headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert f"style-src {style_hash()}" in policy
    assert "default-src 'none'" in policy


def test_a_figure_of_a_version_is_kept_by_caches_for_a_day(serving: Server) -> None:
    """A figure of a version is fresh for a day; that of the current one is validated by its tag."""
    pinned, current = _get(serving, f"{_BARS}?version=1"), _get(serving, _BARS)
    assert "max-age=86400" in pinned.headers["cache-control"]
    assert "max-age=0" in current.headers["cache-control"]
    again = _get(serving, _BARS, **{"If-None-Match": current.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == current.headers["etag"]


def test_a_figure_is_in_the_language_of_the_reader(serving: Server) -> None:
    """The words and the direction follow `lang`, else Accept-Language, which caches heed."""
    arabic = _get(serving, f"{_BARS}?lang=ar")
    assert arabic.headers["content-language"] == "ar"
    assert 'direction="rtl"' in arabic.text
    korean = _get(serving, _BARS, **{"Accept-Language": "ko"})
    assert korean.headers["content-language"] == "ko"
    assert "Accept-Language" in korean.headers["vary"]
    assert korean.headers["etag"] != arabic.headers["etag"]


def test_a_figure_has_the_tag_of_all_languages_that_the_reader_wishes(serving: Server) -> None:
    """Names follow every language of Accept-Language: other names are another entity tag."""
    english = _get(serving, _BARS, **{"Accept-Language": "en"})
    japanese = _get(serving, _BARS, **{"Accept-Language": "ja,en"})
    assert english.headers["content-language"] == japanese.headers["content-language"]
    assert english.headers["etag"] != japanese.headers["etag"]


def test_the_links_of_a_figure_lead_to_this_server(serving: Server) -> None:
    """Links in an image are absolute, so that they hold where it is embedded."""
    text = _get(serving, f"{_TARGET}?lang=en").text
    links = re.findall(r'<a [^>]*href="([^"]+)"', text)
    assert links
    assert all(link.startswith("http://localhost:8000/doc/") for link in links)


def test_a_figure_can_be_asked_for_by_its_view(serving: Server) -> None:
    """`view` selects the chart; a view that the answer lacks is 404, and names those it has."""
    assert _get(serving, f"{_TARGET}?view=timeline").status_code == 200
    answer = _get(serving, f"{_TARGET}?view=map")
    assert answer.status_code == 404
    assert "timeline" in answer.json()["remedy"]


def test_amounts_in_several_currencies_are_groups_of_bars(serving: Server) -> None:
    """The budgets for a target are bars with a scale for each currency, by its name."""
    text = _get(serving, f"{_TARGET}?target=11.2&view=bar&lang=en").text
    for currency in ("US Dollar (USD)", "Indian Rupee (INR)", "Swedish Krona (SEK)"):
        assert f">{currency}</text>" in text
    assert "Unit: " in text.partition("<desc")[2].partition("</desc>")[0]


def test_a_line_of_amounts_names_their_currency(serving: Server) -> None:
    """The amounts of a year are in a currency, which the axis and the description name."""
    address = "/figure/budgets_for_target_by_year.svg?target=11.2&code=USD&view=line&lang=ko"
    text = _get(serving, address).text
    assert ">미국 달러 (USD)</text>" in text
    assert "단위: 미국 달러 (USD)." in text.partition("<desc")[2].partition("</desc>")[0]


def test_the_page_of_a_question_leads_to_its_figure(serving: Server) -> None:
    """A figure on the page of a question links to the image, of the same version."""
    page = _get(serving, "/questions/policies_for_target?view=timeline", Accept="text/html").text
    (address,) = re.findall(r'href="(/figure/policies_for_target\.svg[^"]+)"', page)
    address = address.replace("&amp;", "&")
    assert "version=1" in address
    assert "view=timeline" in address
    assert _get(serving, address).headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/figure/no_such.svg", 404),
        ("/figure/..%2f..%2fetc.svg", 404),
        ("/figure/%00.svg", 404),
        ("/figure/.svg", 404),
        ("/figure/goals_of_cities.png", 404),
        ("/figure/" + "a" * 3000 + ".svg", 404),
        (f"{_BARS}?view=pie", 400),
        (f"{_BARS}?view=table", 400),
        (f"{_BARS}?view=%3Cscript%3E", 400),
        (f"{_BARS}?format=png", 400),
        (f"{_BARS}?version=x", 400),
        (f"{_BARS}?version=1&version=1", 400),
        (f"{_BARS}?version=-1", 400),
        (f"{_BARS}?version=99999", 404),
        (f"{_BARS}?unknown=1", 400),
        (f"{_TARGET}?target=%3Cscript%3Ealert(1)%3C/script%3E", 400),
        (f"{_TARGET}?target=11.2&target=11.3", 400),
        (f"{_TARGET}?target=11.2%20%7D%20%23", 400),
        (f"{_BARS}?" + "&".join(f"lang=en{n}" for n in range(200)), 400),
        ("/figure/contacts_of_city.svg", 404),
    ],
)
def test_what_cannot_be_drawn_is_a_problem_and_no_image(
    serving: Server, path: str, status: int
) -> None:
    """Whatever is asked for wrongly is answered with a problem document that is no SVG."""
    answer = _get(serving, path, Accept="image/svg+xml,image/*,*/*;q=0.8")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "<svg" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_figure_is_only_read(serving: Server, method: str) -> None:
    """Methods that write are refused."""
    assert httpx.request(method, serving.url + _BARS, timeout=60).status_code == 405


def test_head_has_the_fields_of_get(serving: Server) -> None:
    """HEAD is answered with the fields of GET and no body."""
    head = httpx.head(serving.url + _BARS, timeout=60)
    assert head.status_code == 200
    assert head.headers["content-type"] == "image/svg+xml"
    assert head.content == b""
