"""The fast path can be turned off, and a changed uvicorn turns it off: responses stay the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from urbansdg.endpoint.connection.connection_protocol import choose_protocol
from urbansdg.endpoint.connection.self_check import ProbeHandler
from urbansdg.endpoint.shared_memory.client_table import ClientTable
from urbansdg.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.server import Server, Start

_VARYING = {"date", "age", "cache-status", "content-length", "transfer-encoding"}
_FAST = "The fast path is off"
_LIMITS = "Slow and large requests are not limited"
_REQUESTS = [
    ("GET", "?query=SELECT ?o { <urn:one> ?p ?o }", {}),
    ("GET", "?query=SELECT ?o { <urn:one> ?p ?o FILTER(?p != ?o) }", {"accept": "text/csv"}),
    ("HEAD", "?query=ASK {}", {}),
    ("GET", "?query=CONSTRUCT WHERE { ?s ?p ?o } LIMIT 100", {"accept-encoding": "gzip"}),
    ("GET", "?query=SELECT * { ?s ?p ?o } LIMIT 100", {"accept-encoding": "br"}),
    ("GET", "?query=SELECT", {}),
    ("GET", "?query=ASK {}", {"accept": "image/png"}),
    ("PUT", "", {}),
    ("OPTIONS", "", {}),
    ("GET", "", {"accept": "text/turtle"}),
]
"""Queries that are ordinary and not, whole and compressed, and each kind of error."""


@pytest.fixture(scope="module")
def usual(
    folder: Path,
    launched: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[tuple[int, dict[str, str], bytes]]:
    """Return the responses of a server with its fast path."""
    log = tmp_path_factory.mktemp("log") / "log"
    with launched(folder, log, fast_path="auto") as server:
        answered = _answered(server)
        assert "fast path" not in log.read_text()
    return answered


def _answered(server: Server) -> list[tuple[int, dict[str, str], bytes]]:
    """Return the status, the header fields and the body of each response, asked twice."""
    answers = []
    with httpx.Client() as client:
        for method, query, fields in _REQUESTS * 2:
            headers = {**fields, "host": "data.example"}  # the service description names it
            answer = client.request(method, f"{server.sparql}{query}", headers=headers)
            answer_headers = {
                name: text for name, text in answer.headers.items() if name not in _VARYING
            }
            answers.append((answer.status_code, answer_headers, answer.content))
    return answers


@pytest.mark.parametrize(
    ("changed", "warnings"),
    [
        ({"fast_path": "off"}, []),
        pytest.param({"uvicorn_without": "RequestResponseCycle"}, [_FAST], marks=pytest.mark.long),
        ({"uvicorn_without": "pipeline"}, [_FAST, _LIMITS]),
        *(
            pytest.param({"uvicorn_without": name}, [_FAST, _LIMITS], marks=pytest.mark.long)
            for name in ("_start_asgi_task", "on_response_complete")
        ),
    ],
    ids=["off", "class", "attribute", "method", "callback"],
)
def test_without_the_fast_path_responses_are_the_same(
    usual: list[tuple[int, dict[str, str], bytes]],
    folder: Path,
    launched: Start,
    tmp_path: Path,
    changed: dict[str, str],
    warnings: list[str],
) -> None:
    """Turned off, or with other internals of uvicorn, the server answers the same and says why."""
    log = tmp_path / "log"
    with launched(folder, log, **changed) as server:
        assert _answered(server) == usual
    logged = [line for line in log.read_text().splitlines() if " WARNING " in line]
    assert [text for text in (_FAST, _LIMITS) if text in str(logged)] == warnings


def test_the_installed_uvicorn_passes_the_check(caplog: pytest.LogCaptureFixture) -> None:
    """The check passes with the version of uvicorn that the project is bound to."""
    protocol = choose_protocol(read_settings(), ProbeHandler(), ClientTable())
    assert "FastConnection" in str(protocol.options["http"])
    protocol = choose_protocol(read_settings(fast_path="off"), ProbeHandler(), ClientTable())
    assert "BoundedConnection" in str(protocol.options["http"])
    assert caplog.records == []
