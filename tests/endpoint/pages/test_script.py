"""The one script of the site, and the policy that lets only it run."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 10_000


def test_the_script_has_ten_kilobytes_at_most(root: Path) -> None:
    """The script of the site is small, and is a program of its own without imports."""
    script = (root / "endpoint" / "static" / "site.js").read_text("utf-8")
    assert len(script.encode()) <= _MOST
    assert len(gzip.compress(script.encode())) < 4_000
    assert "import" not in script
    assert "innerHTML" not in script


@pytest.mark.parametrize("address", ["/", "/doc/city/1835848", "/policies", "/nothing/here"])
def test_only_scripts_and_connections_of_the_site_are_allowed(
    browser: httpx.Client, address: str
) -> None:
    """The content security policy of a page allows scripts and requests to its own origin only."""
    policy = browser.get(address).headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["connect-src"] == "'self'"
    assert directives["base-uri"] == "'none'"
    assert "unsafe" not in policy


def test_the_script_is_compressed_and_cached(browser: httpx.Client) -> None:
    """The script comes as JavaScript, compressed, and with a validator."""
    answer = browser.get("/static/site.js", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"].startswith(("text/javascript", "application/javascript"))
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"]
