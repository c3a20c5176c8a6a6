"""How the server is, and what it reports about its requests."""

from __future__ import annotations

import json
import os
import signal
import uuid
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from urbansdg.store import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.server import Launch, Server

_ASK = "ASK {}"
_LABELS = ("place", "method", "status", "outcome")


def _metrics(server: Server) -> dict[str, float]:
    """Return the samples by their names and labels."""
    text = httpx.get(f"{server.url}/metrics").text
    return {
        " ".join(
            (sample.name, *(sample.labels[name] for name in _LABELS if name in sample.labels))
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_place_and_outcome(server: Server) -> None:
    """`/metrics` counts requests by place, method, status and outcome, with their time and size."""
    before = _metrics(server)
    server.ask(_ASK)
    server.ask("ASK {")
    after = _metrics(server)
    grown = {name for name, value in after.items() if value > before.get(name, 0)}
    assert grown >= {
        "urbansdg_requests_total /sparql GET 200 whole",
        "urbansdg_requests_total /sparql GET 400 query-syntax",
        "urbansdg_request_seconds_count /sparql",
        "urbansdg_answer_bytes_total /sparql",
    }
    assert after["urbansdg_workers_idle"] == 2
    assert after["urbansdg_version"] == 1


def test_what_is_asked_for_makes_no_new_metric(server: Server) -> None:
    """Paths and methods that nobody foresaw are counted together: metrics stay few."""
    before = set(_metrics(server))
    for _ in range(5):
        httpx.get(f"{server.url}/{uuid.uuid4()}")
        httpx.request("PROPFIND", f"{server.url}/id/{uuid.uuid4()}")
    new = set(_metrics(server)) - before
    assert len({name for name in new if "created" not in name and "bucket" not in name}) <= 12


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_head_is_answered_as_get(server: Server, path: str) -> None:
    """HEAD on the state of the server has the status of GET, and no body."""
    head = httpx.head(f"{server.url}{path}")
    assert (head.status_code, head.content) == (200, b"")


def test_a_server_without_workers_or_graph_is_not_ready(
    launch: Launch,
    published: Callable[[Path, int], int],
    soon: Callable[[Callable[[], bool]], bool],
    tmp_path: Path,
) -> None:
    """`/ready` is 503 with Retry-After while workers or the graph are down; `/health` is 200."""
    folder, away = tmp_path / "graph", tmp_path / "away"
    published(folder, 10)
    with launch(folder) as server:

        def ready() -> int:
            return httpx.get(f"{server.url}/ready").status_code

        assert ready() == 200
        folder.rename(away)
        answer = httpx.get(f"{server.url}/ready")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        for worker in server.workers():
            os.kill(worker, signal.SIGKILL)
        assert soon(lambda: httpx.get(f"{server.url}/health").json()["workers"] == 0)
        away.rename(folder)
        assert soon(lambda: ready() == 200)
        assert server.ask(_ASK).json()["boolean"]


def test_the_access_log_has_no_personal_data(
    launch: Launch, folder: Path, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """Each request is one JSON line: a hash of the query, and nothing of who asked or for what."""
    private = "my-private-question"
    with launch(folder, access_log=True) as server:
        for _ in range(2):
            server.ask(f'ASK {{ BIND("{private}" AS ?x) }}', Cookie="mine")
        httpx.get(f"{server.url}/search?q={private}")
        server.ask("ASK { SERVICE <http://example.org/> { ?s ?p ?o } }")
        secret = {"Authorization": f"Bearer {private}", "X-Forwarded-For": "198.51.100.7"}
        server.ask(_ASK, **secret)
        httpx.put(f"{server.url}/graphs?graph=urn:{private}", content="x", headers=secret)
        assert soon(lambda: '"PUT"' in server.log.read_text())
        text = server.log.read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    first, second, search, refused, unknown, written = (
        line for line in lines if line["place"] != "/health"
    )
    assert set(first) == {
        *("time", "method", "place", "status", "outcome", "seconds", "bytes", "version", "query")
    }
    assert first["query"] == second["query"] != refused["query"]
    assert (first["status"], first["version"], first["place"]) == (200, 1, "/sparql")
    assert (search["place"], search["query"]) == ("/search", None)
    assert search["status"] in {200, 503}  # its index may be in the making
    assert (refused["status"], refused["outcome"]) == (403, "query-refused")
    assert (unknown["status"], unknown["outcome"], unknown["place"]) == (
        401,
        "bad-request",
        "/sparql",
    )
    assert (written["status"], written["outcome"]) == (401, "bad-request")
    hidden = (private, "127.0.0.1:", "mine", "example.org", "198.51.100", "urn:")
    assert not any(word in text for word in hidden)


def test_the_access_log_names_the_token_of_a_write(
    launch: Launch, graph: Path, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """The line of a write has the label of its token, not its secret; that of a read has none."""
    secret = Tokens(graph).create("desk of tests")
    bearer = {"Authorization": f"Bearer {secret}"}
    with launch(graph, access_log=True) as server:
        server.ask(_ASK, **bearer)
        httpx.put(f"{server.url}/graphs?graph=urn:x", content="<>", headers=bearer)
        httpx.post(f"{server.url}/sparql", data={"update": "CLEAR GRAPH <urn:x>"}, headers=bearer)
        assert soon(lambda: server.log.read_text().count("desk of tests") == 2)
        text = server.log.read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert {line["method"] for line in lines if line.get("token")} == {"PUT", "POST"}
    assert secret not in text


def test_without_the_setting_there_is_no_access_log(server: Server) -> None:
    """Requests are not told of by default."""
    server.ask(_ASK)
    assert not any(line.startswith("{") for line in server.log.read_text().splitlines())
