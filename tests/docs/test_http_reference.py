"""The reference of the HTTP API, and the paths that the documentation names."""

import re
from pathlib import Path
from typing import Any

import pytest

from urbansdg.endpoint.api_document import INTERNAL
from urbansdg.endpoint.http_reference import whole_document
from urbansdg.endpoint.openapi.reference import reference_markdown

_ROOT = Path(__file__).resolve().parents[2]
_PAGES = [_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))]
_ENGINES = re.compile(r"^\| (?:Oxigraph|Virtuoso|GraphDB, RDF4J|Fuseki) \|.*$", re.MULTILINE)
"""The rows of a table with the addresses of SPARQL engines."""

_NAMED = re.compile(r"`(?:GET |PUT |POST |PATCH |DELETE )?(/[^`\s]*)`")
_LINKED = re.compile(r"https?://(?:localhost|127\.0\.0\.1):8000(/[^\s'\"`)>|;\]]*)")
_PREFIX = "/sdg"
"""The path of the base URI in examples of an installation below a path of its host."""

_OF_FILES = re.compile("/(etc|var|usr|run|proc|sys|dev|srv|opt|tmp)(/|$)")
"""Where a path of the documentation begins that is one of a file, not of the API."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the OpenAPI document of an installation that has every route."""
    return whole_document()


def test_the_reference_is_the_document(document: dict[str, Any]) -> None:
    """docs/reference/http.md is what the command makes from the OpenAPI document."""
    text = (_ROOT / "docs" / "reference" / "http.md").read_text("utf-8")
    command = "python -m urbansdg.endpoint.http_reference > docs/reference/http.md"
    assert text == reference_markdown(document), f"run {command}"


@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem) for page in _PAGES])
def test_every_path_of_the_documentation_is_a_route(page: Path, document: dict[str, Any]) -> None:
    """Each path that a page of the documentation names is one of the HTTP API."""
    templates = [*document["paths"], *INTERNAL]
    routes = re.compile(
        "|".join(re.sub(r"\\\{\w+\\\}", ".+", re.escape(template)) for template in templates)
    )
    text = _ENGINES.sub("", page.read_text("utf-8"))
    whole = (*_NAMED.findall(text), *_LINKED.findall(text))
    named = {re.split("[?#]", path)[0].removeprefix(_PREFIX) for path in whole}
    wrong = {
        path
        for path in named
        if not _OF_FILES.match(path)
        and not routes.fullmatch(path.rstrip("/.,") or "/")
        and not routes.fullmatch(f"{path}x")  # a beginning, such as `/doc/`
    }
    assert not wrong
