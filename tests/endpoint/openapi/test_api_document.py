"""The OpenAPI document: it describes every route, and what it shows works."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import pytest
from fastapi import APIRouter
from starlette.routing import BaseRoute, Mount, Route

from tests.support.page_scripts import scripts_of
from urbansdg.endpoint.api_document import INTERNAL, OPERATIONS, TAGS, api_document
from urbansdg.endpoint.app import create_api, create_context
from urbansdg.endpoint.monitoring.metrics import Metrics
from urbansdg.endpoint.openapi.operation import HttpOperation, template_of
from urbansdg.settings import read_settings
from urbansdg.store import GraphStore

_WRITTEN_FIRST = {"/graphs/{path:path}", "/media/{key}"}
"""Paths at which only graphs are that a client has written, and pictures of allowed hosts."""


class Running(Protocol):
    """The server at work."""

    @property
    def url(self) -> str:
        """Where it answers."""


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[BaseRoute]:
    """Return the routes of the application, over a graph in versions on this disk."""
    settings = read_settings(data_dir=str(tmp_path_factory.mktemp("api") / "graph"))
    context = create_context(settings, GraphStore.create(settings.data_dir, settings.base))
    return create_api(context, Metrics(context)).routes


@pytest.fixture(scope="module")
def document(routes: list[BaseRoute]) -> dict[str, Any]:
    """Return the OpenAPI document of the application."""
    return api_document(routes)


def _routed(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Yield each method and path that a route answers, without those that are internal."""
    for method in ("GET", "HEAD", "POST"):
        yield method, "/sparql"  # `urbansdg.endpoint.app.Front` sends these to their application
    included = (getattr(route, "original_router", None) for route in routes)  # FastAPI's own kind
    own = (router.routes for router in included if isinstance(router, APIRouter))
    for route in (*routes, *chain.from_iterable(own)):
        if isinstance(route, Route) and route.path not in INTERNAL:
            for method in route.methods or ():
                yield method, template_of(route.path)


def _described(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each method and path of the document; GET stands for HEAD too."""
    for path, operations in document["paths"].items():
        for method in operations:
            yield method.upper(), path
            if method == "get":
                yield "HEAD", path


def test_the_document_describes_each_route_and_nothing_else(
    routes: list[BaseRoute], document: dict[str, Any]
) -> None:
    """Each method of each route is described, or its path is listed with the reason why not."""
    assert set(_described(document)) == set(_routed(routes))


def test_a_path_that_is_listed_as_internal_is_a_route(routes: list[BaseRoute]) -> None:
    """Each path that is listed as internal is a route, and has a reason."""
    paths = {route.path for route in routes if isinstance(route, Route | Mount)}
    assert INTERNAL.keys() <= paths
    assert all(INTERNAL.values())


def test_parameters_of_a_path_are_described(document: dict[str, Any]) -> None:
    """The parameters in a path are those that its operations describe as such."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            named = [parameter["name"] for parameter in operation.get("parameters", ())]
            in_path = {
                parameter["name"]
                for parameter in operation.get("parameters", ())
                if parameter["in"] == "path"
            }
            assert in_path == set(re.findall(r"\{(\w+)\}", path)), path
            assert len(named) == len(set(named)), path


def test_operations_are_named_and_tagged(document: dict[str, Any]) -> None:
    """Each operation has an identifier of its own, and each section of the document is used."""
    every = [operation for path in document["paths"].values() for operation in path.values()]
    identifiers = [operation["operationId"] for operation in every]
    assert len(identifiers) == len(set(identifiers))
    assert {operation["tags"][0] for operation in every} == set(TAGS)


def test_every_error_that_is_described_is_used(document: dict[str, Any]) -> None:
    """Each response of the components is that of an operation, and each reference leads to one."""
    text = json.dumps(document["paths"])
    used = set(re.findall(r"#/components/responses/(\w+)", text))
    assert used == set(document["components"]["responses"])


def test_an_operation_without_a_route_is_left_out() -> None:
    """An operation without a route is left out of the document."""
    assert set(api_document([])["paths"]) == {"/sparql"}


def _needed(operation: HttpOperation) -> tuple[str, dict[str, str]]:
    """Return the path and the query of an operation, with the examples that it needs."""
    path, query = operation.template, {}
    for parameter in operation.parameters:
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(str(parameter.example)))
        elif parameter.required:
            query[parameter.name] = str(parameter.example)
    return path, query


_READ = [
    operation
    for operation in OPERATIONS
    if operation.method == "GET" and operation.path not in _WRITTEN_FIRST
]


@pytest.mark.long
@pytest.mark.parametrize(
    "operation", [pytest.param(operation, id=operation.template) for operation in _READ]
)
def test_each_example_is_answered(serving: Running, operation: HttpOperation) -> None:
    """A GET with the examples that it needs, and with each other example, is answered so."""
    path, query = _needed(operation)
    optional = [
        {parameter.name: str(parameter.example)}
        for parameter in operation.parameters
        if parameter.place == "query" and parameter.example is not None and not parameter.required
    ]
    if operation.path == "/graphs":
        optional, query = [], optional[0]  # it needs one of its parameters
    for more in ({}, *optional):
        answer = httpx.get(f"{serving.url}{path}", params=query | more or None, timeout=60)
        assert answer.status_code in operation.responses, (more, answer.text)
        if answer.status_code == 200:
            media_type = answer.headers["content-type"].partition(";")[0]
            assert media_type in operation.responses[200].media_types


def test_the_server_gives_the_document_and_its_page(serving: Running) -> None:
    """The document is at `/openapi.json`, its page at `/docs`, with the script of the site."""
    document = httpx.get(f"{serving.url}/openapi.json")
    assert document.json()["openapi"].startswith("3.1")
    known = {"if-none-match": document.headers["etag"]}
    assert httpx.get(f"{serving.url}/openapi.json", headers=known).status_code == 304
    page = httpx.get(f"{serving.url}/docs")
    assert page.status_code == 200
    assert scripts_of(page.text) == []
    assert (
        "<code>Authorization: Bearer ...</code>" in page.text
    )  # how to write, from the introduction
    assert "`" not in page.text
    for path, operations in document.json()["paths"].items():
        for method in operations:
            assert f"<h3>{method.upper()} {path}</h3>" in page.text
    ways = httpx.get(f"{serving.url}/").links
    assert {ways[rel]["url"] for rel in ("service-desc", "service-doc")} == {
        f"http://localhost:8000{path}" for path in ("/openapi.json", "/docs")
    }
    former = httpx.get(f"{serving.url}/api/openapi.json")
    assert (former.status_code, former.headers["location"]) == (308, "/openapi.json")
