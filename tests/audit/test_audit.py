"""The audit of a site: full marks for ours, none for a poor one, and no harm by a hostile one."""

import functools
import http.server
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.support.server import Server
from urbansdg.audit import CHECKS, CrawlClient, CrawlLimits, run_audit
from urbansdg.audit.crawl_client import CrawlLimitReached, OtherHost
from urbansdg.audit.untrusted_rdf import Unreadable, read
from urbansdg.cli.exit_codes import Exit

Command = Callable[..., subprocess.CompletedProcess[str]]
_EARL = "http://www.w3.org/ns/earl#"


def test_ours_has_full_marks(serving: Server, urbansdg: Command) -> None:
    """Nothing fails on the real server, all is tested, and what is not ours to give is told so."""
    command = ("audit", serving.url, "--pause", 0, "--format", "json")
    done = urbansdg(*command)
    report = json.loads(done.stdout)
    others = {check["id"]: check for check in report["checks"] if check["result"] != "passed"}
    assert list(others) == ["persistent-identifiers"], others
    assert others["persistent-identifiers"]["result"] == "cantTell"
    assert "w3id.org" in others["persistent-identifiers"]["reason"]
    assert len(report["checks"]) == len(CHECKS) > 50
    assert report["requests"] < 100
    assert done.returncode == Exit.DONE


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _site(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture
def poor(tmp_path: Path) -> Iterator[str]:
    """Return the address of a site that is one page, and nothing of linked data."""
    (tmp_path / "index.html").write_text("<html><title>Our city</title>Welcome</html>", "utf-8")
    with _site(functools.partial(_Quiet, directory=tmp_path)) as url:
        yield url


def test_a_poor_site_fails_with_its_reasons(poor: str, urbansdg: Command) -> None:
    """A site without linked data fails what can be tested, and each failure says why."""
    done = urbansdg("audit", poor, "--pause", 0)
    assert done.returncode == Exit.AUDIT
    lines = done.stdout.splitlines()
    failures = {line.split()[1]: line for line in lines if line.startswith("FAIL")}
    assert {"void", "dcat", "licence", "cors", "sitemap", "signposting-1"} <= set(failures)
    assert "returns 404" in failures["void"]
    assert "can't tell" not in done.stdout
    assert not any(line.startswith("pass") and "dumps" in line for line in lines)
    assert lines[-1].startswith(poor)


def test_the_findings_are_earl(poor: str, urbansdg: Command) -> None:
    """`--format earl` gives an assertion for each check, with its outcome."""
    done = urbansdg("audit", poor, "--pause", 0, "--format", "earl")
    findings = ox.Store()
    findings.load(done.stdout.encode(), format=ox.RdfFormat.TURTLE)
    kinds = findings.quads_for_pattern(None, None, ox.NamedNode(f"{_EARL}Assertion"))
    outcomes = findings.quads_for_pattern(None, ox.NamedNode(f"{_EARL}outcome"), None)
    named = [quad.object.value for quad in outcomes if isinstance(quad.object, ox.NamedNode)]
    assert len(list(kinds)) == len(named) == len(CHECKS)
    assert {f"{_EARL}failed", f"{_EARL}passed"} <= set(named)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ftp://city.example/", "city.example"])
def test_what_does_not_answer_is_an_error(url: str, urbansdg: Command) -> None:
    """A dead or invalid address is reported in one line, with an exit code of its own."""
    done = urbansdg("audit", url)
    assert done.returncode == Exit.AUDIT
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.endswith("[audit]\n")


class _Hostile(_Quiet):
    """Sends without an end, leads elsewhere, or answers with rubbish."""

    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        """Answer."""
        if self.path == "/away":
            self.send_response(302)
            self.send_header("location", "http://localhost:1/")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("content-type", "application/rdf+xml" if "void" in self.path else "x")
        self.send_header("link", "<" * 10_000)
        self.end_headers()
        for _ in range(64):
            self.wfile.write(b"\x00<!ENTITY" * 4096)


def test_a_hostile_site_does_no_harm() -> None:
    """Endless answers are cut, other hosts are not asked, and the audit comes to its end."""
    with _site(_Hostile) as url:
        client = CrawlClient(
            url, CrawlLimits(requests=20, size=1 << 16, all_sizes=1 << 22, pause=0)
        )
        with pytest.raises(OtherHost):
            client.ask("/away")
        cut = client.ask("/big")
        assert not cut.whole
        assert len(cut.body) <= 1 << 16
        audit = run_audit(client)
        client.close()
    assert audit.failed
    assert client.requests <= 20


def test_a_visit_ends_with_its_bounds(poor: str) -> None:
    """No more is asked than the bounds allow."""
    client = CrawlClient(poor, CrawlLimits(requests=2, pause=0))
    client.ask("/")
    client.ask("/")
    with pytest.raises(CrawlLimitReached):
        client.ask("/")
    client.close()


def test_xml_with_entities_is_not_read() -> None:
    """An entity bomb, which ends the process of a parser, is refused before it is parsed."""
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><rdf:RDF/>'
    with pytest.raises(Unreadable, match="entities"):
        read(bomb, "application/rdf+xml", "http://e/")
