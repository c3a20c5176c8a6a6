"""The query editor of `/sparql`: what it is sent, and how it works in Chromium."""

import hashlib
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.chromium import run_in_chromium
from tests.support.server import Server
from urbansdg.endpoint.editor.editor_terms import editor_terms
from urbansdg.endpoint.html.interface_texts import LANGUAGES
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.queries import questions

_HERE = Path(__file__).resolve().parent
_STATIC = files("urbansdg.endpoint") / "static"
_USDG = PREFIXES["usdg"]


def test_the_editor_is_the_one_that_its_licence_names() -> None:
    """The files of Yasgui are those of the npm package, byte by byte."""
    licence = (_STATIC / "yasgui" / "licence.txt").read_text("utf-8")
    sums = dict(re.findall(r"SHA-256 of (\S+)\s+([0-9a-f]{64})", licence))
    assert set(sums) == {"yasgui.min.js", "yasgui.min.css"}
    for name, digest in sums.items():
        content = (_STATIC / "yasgui" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest


@pytest.mark.parametrize("address", ["/sparql", "/sparql?query=ASK%20%7B%7D", "/sparql?query=no"])
def test_the_page_allows_scripts_and_requests_of_this_site_only(
    serving: Server, address: str
) -> None:
    """The policy of the page, with a query, a result or an error, allows this site alone."""
    page = httpx.get(serving.url + address, headers={"Accept": "text/html"})
    policy = dict(
        rule.strip().split(" ", 1) for rule in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["style-src"] == "'self'"
    assert re.search(r"<script(?![^>]* src=\"/static/)", page.text) is None
    assert " style=" not in page.text


def test_other_pages_do_not_load_the_editor(serving: Server) -> None:
    """Only the page of /sparql loads the editor."""
    for path in ("/", "/questions", "/questions/policies_for_target", "/policies"):
        page = httpx.get(serving.url + path, headers={"Accept": "text/html"}, timeout=60)
        assert "yasgui" not in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terms_have_labels_in_the_language_of_the_reader(language: str) -> None:
    """Classes and properties of the ontology have their labels in each language of the pages."""
    terms = editor_terms(language)
    classes, properties = dict(terms.classes), dict(terms.properties)
    assert set(classes).isdisjoint(properties)
    assert f"{_USDG}Policy" in classes
    assert f"{_USDG}leadCity" in properties
    assert PREFIXES["skos"] + "prefLabel" in properties
    english = dict(editor_terms("en").classes)
    same = [iri for iri, label in classes.items() if label == english[iri]]
    assert language == "en" or len(same) < len(classes) / 2


def test_the_terms_are_json_with_a_validator(serving: Server) -> None:
    """The terms are JSON, of which a client keeps a copy as long as they do not change."""
    answer = httpx.get(f"{serving.url}/sparql/terms?lang=fr")
    assert answer.json()["prefixes"] == PREFIXES
    assert answer.headers["content-language"] == "fr"
    tag = {"If-None-Match": answer.headers["etag"]}
    assert httpx.get(f"{serving.url}/sparql/terms?lang=fr", headers=tag).status_code == 304
    assert httpx.get(f"{serving.url}/sparql/terms?lang=ko", headers=tag).status_code == 200


@pytest.mark.long
class TestInChromium:
    """The editor as a person uses it."""

    @pytest.fixture(scope="class")
    @staticmethod
    def report(serving: Server, soon: Callable[[Callable[[], bool]], bool]) -> dict[str, Any]:
        """Return what happened, or skip where there is no browser."""
        suggest = f"{serving.url}/suggest?q=seoul"  # answers when the search index is made
        assert soon(lambda: httpx.get(suggest, timeout=60).status_code == 200)
        report: dict[str, Any]
        (report,) = run_in_chromium(_HERE / "editor.cjs", serving.sparql, seconds=170)
        return report

    def test_no_request_leaves_the_origin(self, report: dict[str, Any]) -> None:
        """Typing, completing, choosing and running send requests to this site alone."""
        assert report["outside"] == []
        assert report["requests"] > 10
        assert report["complaints"] == []

    def test_terms_are_completed_with_labels(self, report: dict[str, Any]) -> None:
        """Classes, properties and prefixes are completed; a picked term declares its prefix."""
        assert "usdg:leadCity lead city" in report["properties"]
        assert "usdg:Policy policy" in report["classes"]
        assert f"usdg: <{_USDG}>" in report["prefixes"]
        assert report["picked"].startswith(f"PREFIX usdg: <{_USDG}>")
        assert report["picked"].endswith("usdg:leadCity")

    def test_things_are_completed_by_name(self, report: dict[str, Any]) -> None:
        """The name of a thing is completed to its IRI."""
        assert any("/id/city/1835848> Seoul" in thing for thing in report["things"])
        assert re.search(r"<\S+/id/\S+>$", report["withThing"])

    def test_the_questions_are_examples(self, report: dict[str, Any]) -> None:
        """Each question can be put into the editor."""
        assert report["examples"] == len(questions()) + 1
        assert "usdg:addressesTarget ?target" in report["example"]

    def test_a_link_to_the_query_names_the_version(self, report: dict[str, Any]) -> None:
        """The link of the editor has the query and the version, and leads to the same rows."""
        assert report["link"].endswith("&version=1")
        assert report["shared"] == report["rows"] > 0

    def test_the_query_is_run_by_key_and_stays(self, report: dict[str, Any]) -> None:
        """Control and Enter run the query, which is in the editor of the next page."""
        assert report["again"].strip() == report["example"].strip()

    def test_the_keyboard_is_not_caught(self, report: dict[str, Any]) -> None:
        """Tab leaves the editor, whose field has a name."""
        assert report["hasLeft"] is True
        assert report["name"].startswith("Query")
        assert report["isAreaHidden"] is True

    def test_the_form_works_without_scripts(self, report: dict[str, Any]) -> None:
        """Where no script runs, the text area is sent and the page has the rows."""
        assert report["withoutScripts"] == 25
