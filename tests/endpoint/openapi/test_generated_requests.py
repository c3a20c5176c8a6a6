"""Requests that schemathesis makes from the OpenAPI document, and the answers to them.

Status 500 is described nowhere: an answer with it does not conform.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pytest

from urbansdg.store import Tokens

_HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
_CHECKS = (
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)


class Running(Protocol):
    """The server at work."""

    @property
    def url(self) -> str:
        """Where it answers."""


def _run(url: str, folder: Path, phases: str, examples: int, *options: str) -> None:
    """Send generated requests to each operation; the report is in the failure."""
    done = subprocess.run(
        (
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json"),
            *("--checks", ",".join(_CHECKS), "--phases", phases),
            *("--max-examples", str(examples), "--continue-on-failure", "--no-color", *options),
        ),
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(_HOOKS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_a_few_generated_requests_are_answered_as_described(
    serving: Running, tmp_path: Path
) -> None:
    """The examples, and a random request to each operation, are answered as described."""
    _run(serving.url, tmp_path, "examples,fuzzing", 1, "--seed", "1")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_generated_requests_are_answered_as_described(
    serve: Callable[..., AbstractContextManager[Running]], graph: Path, tmp_path: Path
) -> None:
    """Requests with each boundary, and random ones, are answered so, and writes with a token."""
    secret = Tokens(graph).create("schemathesis")
    settings = {"URBANSDG_CLIENT_QUERIES": "100", "URBANSDG_CLIENT_SECONDS": "100000"}
    with serve(graph, **settings) as running:
        _run(running.url, tmp_path, "examples,coverage,fuzzing", 50)
        sent = ("--header", f"Authorization: Bearer {secret}")
        _run(running.url, tmp_path, "examples,coverage,fuzzing", 20, *sent)
