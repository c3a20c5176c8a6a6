"""The questions as pages: their lists, their forms, their answers."""

import csv
import html
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.support.server import Server
from urbansdg.endpoint.html.interface_texts import LANGUAGES, InterfaceTexts
from urbansdg.endpoint.questions.question_request import CONTROLS
from urbansdg.queries import ParameterKind, questions
from urbansdg.queries.question_words import question_words

_BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
_TARGET = "/questions/policies_for_target"
_CITY = "/questions/review_of_city"


def _get(server: Server, path: str, **headers: str) -> httpx.Response:
    return httpx.get(server.url + path, headers=_BROWSER | headers, timeout=60)


def _codes(page: httpx.Response) -> dict[str, str]:
    pairs = re.findall(
        r'<h3 id="code-\d">(\w+)</h3>\s*<pre[^>]*><code>(.*?)</code>', page.text, re.DOTALL
    )
    return {name: html.unescape(code) for name, code in pairs}


def test_the_list_has_every_question_in_the_language_of_the_reader(serving: Server) -> None:
    """The list leads to every question, in words of the reader's language."""
    page = _get(serving, "/questions?lang=ar")
    assert page.headers["content-language"] == "ar"
    for question in questions():
        assert f'href="/questions/{question.name}?lang=ar"' in page.text
        assert html.escape(question_words(question.name, "ar")) in html.unescape(page.text)


def test_the_list_as_json_has_the_parameters_and_the_query_of_each(serving: Server) -> None:
    """A machine gets the questions with their parameters and queries."""
    answer = _get(serving, "/questions", Accept="application/json")
    listed = {question["name"]: question for question in answer.json()["questions"]}
    assert set(listed) == {question.name for question in questions()}
    assert listed["policies_for_target"]["parameters"] == [
        {"name": "target", "kind": "target", "words": "The target", "example": "11.2"}
    ]
    assert httpx.post(serving.sparql, data={"query": listed["policies_for_target"]["query"]}).json()


@pytest.mark.parametrize("name", [question.name for question in questions()])
def test_every_question_is_a_page(serving: Server, name: str) -> None:
    """Each question is a page with its words, its form and its answer, of half the budget."""
    page = _get(serving, f"/questions/{name}?lang=fr", **{"Accept-Encoding": "br"})
    assert page.status_code == 200
    assert html.escape(question_words(name, "fr"), quote=False) in page.text
    assert 'id="result"' in page.text
    assert page.num_bytes_downloaded < 20_000


def test_parameters_do_not_collide_with_those_of_all_questions() -> None:
    """No parameter of a question has the name of one that every question has."""
    names = {parameter.name for question in questions() for parameter in question.parameters}
    assert names.isdisjoint(CONTROLS)


def test_things_are_named_in_the_language_of_the_reader(serving: Server) -> None:
    """Cities and concepts of an answer are links with names in the reader's language."""
    page = _get(serving, f"{_TARGET}?target=11.2&lang=ko")
    assert re.search(r'<a href="/doc/city/2988507\?lang=ko"[^>]*><bdi>파리</bdi>', page.text)
    assert "<bdi>도시</bdi>" in page.text


def test_an_answer_as_data_is_that_of_sparql(serving: Server) -> None:
    """A format or Accept gives the answer as data, with the validators and headers of /sparql."""
    rows = list(csv.DictReader(io.StringIO(_get(serving, f"{_TARGET}?format=csv").text)))
    assert list(rows[0])[:2] == ["city", "policy"]
    answer = _get(serving, f"{_TARGET}?target=11.2", Accept="application/sparql-results+json")
    assert len(answer.json()["results"]["bindings"]) == len(rows)
    assert answer.headers["urbansdg-version"] == "1"
    again = _get(
        serving,
        f"{_TARGET}?target=11.2",
        Accept="application/sparql-results+json",
        **{"If-None-Match": answer.headers["etag"]},
    )
    assert again.status_code == 304


def test_a_page_has_a_validator(serving: Server) -> None:
    """A page that the reader has is not sent again; caches keep pages and data apart."""
    page = _get(serving, _TARGET)
    assert {"Accept", "Accept-Language"} <= set(page.headers["vary"].split(", "))
    assert _get(serving, _TARGET, **{"If-None-Match": page.headers["etag"]}).status_code == 304
    other = _get(serving, f"{_TARGET}?target=11.7", **{"If-None-Match": page.headers["etag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (f"{_TARGET}?goal=11", "target"),
        (f"{_TARGET}?target=eleven", "target such as 11.2"),
        (f"{_TARGET}?target=11.99", "there is no target"),
        (f"{_TARGET}?target=11.2&target=11.1", "more than one target"),
        (f"{_TARGET}?target=11.2+%7D+INSERT", "target such as 11.2"),
        (f"{_CITY}?city=%3Cscript%3E", "city"),
        (f"{_CITY}?city=http://example.org/nowhere", "there is no city"),
        ("/questions/policies_in_force?year=MMVIII", "four digits"),
        ("/questions/framework_at_date?day=2026-02-30", "there is no day"),
        ("/questions/policies_within_means?most=1e9", "a number"),
        ("/questions/size_of_effects?x=1", "none"),
    ],
)
def test_a_wrong_parameter_is_400_and_names_the_right_ones(
    serving: Server, path: str, named: str
) -> None:
    """A wrong or unknown parameter is 400, for people and machines, and says what is expected."""
    page = _get(serving, path)
    assert page.status_code == 400
    assert named in html.unescape(page.text)
    assert "<script>" not in page.text
    answer = _get(serving, path, Accept="application/sparql-results+json")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in f"{answer.json()['detail']} {answer.json()['remedy']}"


@pytest.mark.parametrize("path", ["/questions/nothing", "/questions/..%2F", f"{_TARGET}?version=9"])
def test_what_is_not_there_is_404(serving: Server, path: str) -> None:
    """An unknown question and an unknown version are 404."""
    assert _get(serving, path).status_code == 404


@pytest.mark.parametrize("path", [f"{_TARGET}?version=x", f"{_TARGET}?version=1&version=1"])
def test_a_wrong_version_is_400(serving: Server, path: str) -> None:
    """A version that is not a number, or given twice, is refused."""
    assert _get(serving, path).status_code == 400


def test_many_parameters_are_refused(serving: Server) -> None:
    """Hundreds of parameters are refused, however they are named."""
    assert _get(serving, f"{_TARGET}?{'target=11.2&' * 500}").status_code == 400


@pytest.fixture
def indexed(serving: Server, soon: Callable[[Callable[[], bool]], bool]) -> Server:
    """Return the server when its search index is made."""
    suggest = f"{serving.url}/suggest?q=seoul"
    assert soon(lambda: httpx.get(suggest, timeout=60).status_code == 200)
    return serving


def test_a_city_is_given_by_its_name_in_any_language(indexed: Server) -> None:
    """A name that one city has is that city; the form then has its name and its key."""
    serving = indexed
    for name in ("Seoul", "서울", "SEOUL", "Seoul (1835848)", "1835848"):
        page = httpx.get(serving.url + _CITY, params={"city": name}, headers=_BROWSER, timeout=60)
        assert page.status_code == 200, name
        assert 'value="Seoul (1835848)"' in page.text


def test_a_misspelt_name_is_answered_with_those_that_are_alike(indexed: Server) -> None:
    """A name that no city has is 400, with buttons for the cities that may be meant."""
    page = httpx.get(indexed.url + _CITY, params={"city": "Seoull"}, headers=_BROWSER, timeout=60)
    assert page.status_code == 400
    assert re.search(r'<button name="city" value="1835848"[^>]*>Seoul \(1835848\)', page.text)
    assert 'value="Seoull"' in page.text


def test_code_to_copy_gets_the_answer(serving: Server, tmp_path: Path) -> None:
    """The code of the page, run as it stands, gets the rows of this version."""
    page = _get(serving, f"{_TARGET}?target=11.2")
    codes = {name: text.replace(_base(page), serving.url) for name, text in _codes(page).items()}
    assert set(codes) == {"curl", "Python", "R"}
    rows = list(csv.DictReader(io.StringIO(_get(serving, f"{_TARGET}?format=csv").text)))
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        ("bash", "-c", codes["curl"]),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    saved = (tmp_path / "policies_for_target.csv").read_text("utf-8")
    assert list(csv.DictReader(io.StringIO(saved))) == rows
    printed = subprocess.run(
        (sys.executable, "-c", codes["Python"]), env=environment, capture_output=True, check=True
    )
    assert printed.stdout.decode().strip() == f"{len(rows)} rows"


def test_values_in_code_cannot_end_its_strings(serving: Server) -> None:
    """A value with quotes, spaces and line breaks is encoded in the addresses of the code."""
    value = "'; rm -rf / #\"\n$(id)"
    page = httpx.get(
        f"{serving.url}/questions/policies_by_text", params={"word": value}, headers=_BROWSER
    )
    assert page.status_code == 200
    for code in _codes(page).values():
        assert "rm -rf" not in code
        assert "$(" not in code
    (address,) = re.findall(r"'(http[^']*)'", _codes(page)["curl"])
    assert dict(parse_qsl(urlsplit(address).query))["word"] == value.strip()


def test_a_page_of_a_version_stays_in_the_version(serving: Server) -> None:
    """The form, the tabs and the permanent link of a page of a version name the version."""
    page = _get(serving, "/questions/cities_within_distance?version=1&centre=1835848&most=2000")
    assert '<input type="hidden" name="version" value="1">' in page.text
    tabs = re.findall(r'<li><a href="(/questions/[^"]*)#result"', page.text)
    assert len(tabs) >= 2
    assert all("version=1" in tab for tab in tabs)
    assert "most=2000" in tabs[0]


def test_a_view_of_an_answer_is_drawn(serving: Server) -> None:
    """An answer with labels and numbers is drawn as bars, under the words of the question."""
    page = _get(serving, "/questions/cities_within_distance?view=bar")
    assert "<svg" in page.text
    assert "<figcaption>" in page.text


def _base(page: httpx.Response) -> str:
    address = _codes(page)["curl"].partition("'")[2]
    return address.partition("/questions/")[0]


def test_a_mistake_is_said_in_the_language_of_the_reader(serving: Server) -> None:
    """What is wrong with a field, and what to do, is in the reader's language."""
    page = _get(serving, "/questions/policies_in_force?year=MMVIII&lang=ko")
    assert page.status_code == 400
    assert "네 자리 연도를 넣으세요." in page.text
    assert 'value="MMVIII"' in page.text


@pytest.mark.parametrize("kind", get_args(ParameterKind))
def test_every_kind_of_parameter_has_words_for_a_mistake(kind: object) -> None:
    """Each kind of parameter has words for a value that does not fit."""
    for name in get_args(kind) or (kind,):
        assert all(InterfaceTexts(language)(f"mistake_{name}") for language in LANGUAGES)
