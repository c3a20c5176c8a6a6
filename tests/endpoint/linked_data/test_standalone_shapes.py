"""Plain pyshacl, with what one address serves, gives the verdicts of a load on one document."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.server import http_client

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.server import Server

_POLICY = "/doc/policy/2673730-congestion-tax.ttl"


def _command(root: Path) -> list[str]:
    """Return the command of the guide, its files named as they are there."""
    guide = (root / "docs" / "how-to" / "publishers.md").read_text("utf-8")
    command = re.search(r"^pyshacl (.*)$", guide, re.MULTILINE)
    assert command
    return command[1].split()


@pytest.fixture(scope="module")
def fetched(serving: Server) -> tuple[str, str]:
    """Return what the guide has its reader fetch: the standalone shapes, and a policy."""
    with http_client(serving.url) as client:
        shapes, policy = client.get("/shapes/standalone.ttl"), client.get(_POLICY)
    assert (shapes.status_code, policy.status_code) == (200, 200)
    assert shapes.headers["content-type"].startswith("text/turtle")
    return shapes.text, policy.text


@pytest.mark.parametrize(
    ("pattern", "broken", "shape"),
    [
        (None, "", None),
        pytest.param(
            *(r'usdg:amount "[0-9.]+"', 'usdg:amount "much"', "BudgetAmount"),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *(r"usdg:periodKind <[^>]*>", "usdg:periodKind <http://e/kind>", "PeriodKind"),
            marks=pytest.mark.long,
        ),
    ],
)
def test_pyshacl_gives_the_verdict_of_a_load(
    fetched: tuple[str, str],
    root: Path,
    tmp_path: Path,
    pattern: str | None,
    broken: str,
    shape: str | None,
) -> None:
    """A published policy has no result; one that is broken is reported by the shape."""
    shapes, policy = fetched
    if pattern is not None:
        policy, replaced = re.subn(pattern, broken, policy, count=1)
        assert replaced == 1, policy
    (tmp_path / "standalone.ttl").write_text(shapes, "utf-8")
    (tmp_path / "policy.ttl").write_text(policy, "utf-8")
    done = subprocess.run(
        (sys.executable, "-m", "pyshacl", *_command(root)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    reported = set(re.findall(r"Source Shape: usdgsh:(\w+)", done.stdout))
    assert reported == ({shape} if shape else set()), done.stdout + done.stderr
    assert done.returncode == (1 if shape else 0)


def test_the_standalone_shapes_are_not_sent_again(serving: Server) -> None:
    """A client that has the standalone shapes of the current version gets 304."""
    address = f"{serving.url}/shapes/standalone.ttl"
    tag = httpx.get(address, timeout=60).headers["etag"]
    again = httpx.get(address, headers={"if-none-match": tag}, timeout=60)
    assert again.status_code == 304
