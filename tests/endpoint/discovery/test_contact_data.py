"""Contact data: addresses are planted, and looked for in every output there is."""

import gzip
import itertools
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.support.server import Start, http_client
from urbansdg.store import GraphStore, Tokens
from urbansdg.store.privacy import consent

_ID = "http://localhost:8000/id"
_CITY = f"{_ID}/city/1835848"
_SECRET = re.compile(rb"quelle-[a-z]+|Querida", re.IGNORECASE)
"""What is planted: mailboxes such as quelle-ended@city.example, and a surname."""
_PUBLIC_MAILBOX = b"shown@city.example"
_PREFIXES = """
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_FORMATS = ("html", "ttl", "nt", "rdf", "jsonld", "trig")
_ACCEPTS = (
    *("text/html", "text/turtle", "application/n-triples", "application/rdf+xml"),
    *("application/ld+json", "application/trig", "application/n-quads"),
)
Command = Callable[..., subprocess.CompletedProcess[str]]


def _person(key: str, name: str, mailbox: str, consents: tuple[str, str] | None) -> str:
    iri = f"{_ID}/contact/{key}"
    lines = [
        f"<{_CITY}> usdg:contact <{iri}> .",
        f'<{iri}> a vcard:Individual ; vcard:fn "{name}" ; vcard:hasEmail <mailto:{mailbox}> .',
        f'<{iri}> vcard:hasAddress [ vcard:street-address "{mailbox} street" ] .',
    ]
    if consents:
        start, until = consents
        lines += [
            f"<{iri}> usdg:consent <{iri}/consent> .",
            f'<{iri}/consent> a usdg:Consent ; usdg:consentPurpose "To answer."@en ;',
            f' usdg:consentGiven "{start}"^^xsd:date ; usdg:consentUntil "{until}"^^xsd:date .',
        ]
    return "\n".join(lines)


_COVERED = ("2020-01-01", "2990-12-31")
_BARE = _person("bare", "B Querida", "quelle-bare@city.example", None)
_ENDED = _person("ended", "E Querida", "quelle-ended@city.example", ("2020-01-01", "2021-01-01"))
_GONE = _person("gone", "G Querida", "quelle-gone@city.example", _COVERED)
_MOVED = _person("moved", "M Able", "quelle-moved@city.example", _COVERED)
_MOVED_NOW = _person("moved", "M Able", "moved@city.example", _COVERED)
_OPEN = _person("open", "O Pen", _PUBLIC_MAILBOX.decode(), _COVERED)


def test_a_person_without_consent_is_refused_and_not_told_of(
    graph: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """A load of a person's mailbox without consent is refused, and no output has it."""
    file = tmp_path / "people.ttl"
    file.write_text(_PREFIXES + _BARE, "utf-8")
    done = urbansdg("load", file, "--data-dir", graph)
    assert done.returncode == 1
    assert "without recorded consent" in done.stderr
    assert "quelle" not in urbansdg("dump", "--data-dir", graph).stdout


@dataclass(frozen=True)
class Hunt:
    """A server on a graph in which addresses were planted, and what it had on the way."""

    client: httpx.Client
    folder: Path
    log: Path
    loaded: str
    before: bytes


@pytest.fixture(scope="module")
def hunt(
    bundled: Path,
    tmp_path_factory: pytest.TempPathFactory,
    urbansdg: Command,
    serve: Start,
) -> Iterator[Hunt]:
    """Plant addresses, have everything made and kept of them, then withdraw the consents."""
    room = tmp_path_factory.mktemp("hunt")
    folder, log, file = room / "graph", room / "log", room / "people.ttl"
    done = urbansdg("restore", _backup(bundled, room, urbansdg), "--data-dir", folder)
    assert done.returncode == 0, done.stderr
    file.write_text(f"{_PREFIXES}\n{_OPEN}\n{_ENDED}\n{_GONE}\n{_MOVED}", "utf-8")
    loaded = urbansdg("load", file, "--data-dir", folder)
    assert loaded.returncode == 0, loaded.stderr
    with (
        serve(folder, log, access_log=True) as running,
        http_client(running.url, follows_redirects=True) as client,
    ):
        before = b"".join(body for _, body in _outputs(client, folder))
        file.write_text(f"{_PREFIXES}\n{_OPEN}\n{_MOVED_NOW}", "utf-8")
        secret = Tokens(folder).create("tests")
        token = {"authorization": f"Bearer {secret}", "content-type": "text/turtle"}
        where = {"graph": "http://localhost:8000/graph/people"}
        put = client.put("/graphs", params=where, content=file.read_bytes(), headers=token)
        assert put.status_code in (200, 201, 204), put.text
        yield Hunt(client, folder, log, loaded.stderr, before)


def _backup(bundled: Path, room: Path, urbansdg: Command) -> Path:
    done = urbansdg("backup", room / "bundled.tar", "--data-dir", bundled)
    assert done.returncode == 0, done.stderr
    return room / "bundled.tar"


def _outputs(client: httpx.Client, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every output that may describe a person, with the address that it has."""
    numbers = [version.number for version in GraphStore.open(folder).versions()]
    paths = [f"/{kind}/{key}" for kind, key in _things()]
    addresses = [*_documents(paths), *(f"/memento/{n}{path}" for n in numbers for path in paths)]
    addresses += [f"/memento/{n}{path}.ttl" for n in numbers for path in paths]
    addresses += [f"/{kind}{path}" for kind in ("timemap", "timegate", "linkset") for path in paths]
    addresses += [
        "/feed",
        "/feed.xml",
        "/events",
        "/metrics",
        "/health",
        "/dataset",
        "/.well-known/void",
    ]
    addresses += ["/sitemap.xml", "/contact/quelle", "/", "/sparql?query=SELECT%20*%20{%20quelle"]
    for path in dict.fromkeys(addresses):
        answer = client.get(path)
        yield path, answer.content + str(answer.headers).encode()
    for form in _ACCEPTS:
        for path in (paths[0], "/graphs", "/graphs?graph=http://localhost:8000/graph/people"):
            yield f"{path} as {form}", client.get(path, headers={"accept": form}).content
    yield from _query_answers(client, numbers)
    yield from _dumped(client, numbers)
    yield from _streamed(client)


def _things() -> list[tuple[str, str]]:
    contacts = [f"contact/{key}" for key in ("ended", "gone", "moved", "open", "gone/consent")]
    return [("doc", "city/1835848"), *(("doc", contact) for contact in contacts)]


def _documents(paths: list[str]) -> Iterator[str]:
    for path in paths:
        yield path
        yield from (f"{path}.{form}" for form in _FORMATS)
        iri = path.replace("/doc/", "http://localhost:8000/id/")
        yield f"/describe?uri={quote(iri)}"
    for address in ("mailto:quelle-ended@city.example", "mailto:quelle-gone@city.example"):
        yield f"/describe?uri={quote(address)}".replace("quelle", "%71uelle")


def _query_answers(client: httpx.Client, numbers: list[int]) -> Iterator[tuple[str, bytes]]:
    queries = (
        "SELECT * { ?s ?p ?o }",
        "SELECT * { GRAPH <http://localhost:8000/graph/people> { ?s ?p ?o } }",
        "PREFIX v: <http://www.w3.org/2006/vcard/ns#> CONSTRUCT WHERE { ?s v:hasEmail ?o }",
        f"DESCRIBE <{_CITY}> <{_ID}/contact/gone> <{_ID}/contact/ended> <{_ID}/contact/moved>",
    )
    for query in queries:
        for number in (None, *numbers):
            parameters = {"query": query} | ({} if number is None else {"version": str(number)})
            yield f"{query} of {number}", client.get("/sparql", params=parameters).content


def _dumped(client: httpx.Client, numbers: list[int]) -> Iterator[tuple[str, bytes]]:
    for number in numbers:
        for name in ("all.nq.gz", "all.trig.gz", "graph/people.ttl.gz"):
            answer = client.get(f"/dumps/{number}/{name}")
            if answer.status_code == 200:
                yield f"{name} of {number}", gzip.decompress(answer.content)


def _streamed(client: httpx.Client) -> Iterator[tuple[str, bytes]]:
    pages = set(re.findall(r"/events/\d+/\d+", client.get("/events").text))
    assert pages
    for page in sorted(pages):
        for form in ("application/trig", "application/n-quads", "application/ld+json"):
            yield f"{page} as {form}", client.get(page, headers={"accept": form}).content


@pytest.mark.long
def test_whom_consent_covers_is_told_of_everywhere(hunt: Hunt) -> None:
    """Before the withdrawal the hunt finds who consents, and nothing of whose consent has ended."""
    assert b"quelle-gone" in hunt.before
    assert b"quelle-moved" in hunt.before
    assert _PUBLIC_MAILBOX in hunt.before
    assert b"quelle-ended" not in hunt.before
    assert "consent-ended" in hunt.loaded
    assert not _SECRET.search(hunt.loaded.encode())


@pytest.mark.long
def test_what_consent_covers_no_more_is_in_no_output(hunt: Hunt) -> None:
    """After it, no page, document, answer, dump, event, feed or memento of any version has it."""
    outputs = dict(_outputs(hunt.client, hunt.folder))
    leaks = {name: _SECRET.findall(body) for name, body in outputs.items() if _SECRET.search(body)}
    echoes = {name for name in leaks if "quelle" in name}  # sent by the client: no leak
    assert set(leaks) <= echoes
    assert sum(_PUBLIC_MAILBOX in body for body in outputs.values()) > 20
    assert not _SECRET.search(hunt.log.read_bytes())


@pytest.mark.long
def test_harvesters_are_told_to_forget_the_person(hunt: Hunt) -> None:
    """The event stream has a deletion of the person, and an update of what named them."""
    events = b"".join(body for name, body in _streamed(hunt.client) if "n-quads" in name).decode()
    member = re.search(rf"(<\S+>) <\S+object> <{_ID}/contact/gone>", events)
    assert member
    assert re.search(rf"{re.escape(member[1])} <\S+type> <\S+#Delete>", events)


@pytest.mark.long
def test_the_commands_tell_nothing_of_it(hunt: Hunt, urbansdg: Command, tmp_path: Path) -> None:
    """Dumps, queries, differences and backups of any version by the command have nothing of it."""
    query = tmp_path / "all.rq"
    query.write_text("SELECT * { ?s ?p ?o }", "utf-8")
    where = ("--data-dir", hunt.folder)
    numbers = [version.number for version in GraphStore.open(hunt.folder).versions()]
    outputs = [urbansdg("dump", "--version", number, *where).stdout for number in numbers[-2:]]
    outputs += [urbansdg("query", query, "--format", "csv", *where).stdout]
    outputs += [
        urbansdg("diff", one, other, *where).stdout
        for one, other in itertools.pairwise(numbers[-2:])
    ]
    assert all(outputs)
    assert not any(_SECRET.search(text.encode()) for text in outputs)
    assert urbansdg("verify", *where).returncode == 0


@pytest.mark.long
def test_a_consent_that_ends_while_it_is_served_is_obeyed(hunt: Hunt) -> None:
    """On the day after the last one the graph leaves the person out, of every version."""
    store = GraphStore.open(hunt.folder)
    day = consent.today().replace(year=2991)
    GraphStore(store.directory, store.base, 10.0, today=lambda: day).forget("tests")
    for version in store.versions():
        assert not any(_PUBLIC_MAILBOX.decode() in str(quad) for quad in store.read(version))
