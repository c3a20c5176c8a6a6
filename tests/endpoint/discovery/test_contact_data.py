"""Contact data: persons are planted, and looked for in every output there is."""

import gzip
import itertools
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.support.server import Start, http_client
from urbansdg.store import Change, Edit, GraphStore, Step, Tokens
from urbansdg.store.publication import accept
from urbansdg.store.versions.data_directory import DataDirectory

_ID = "http://localhost:8000/id"
_CITY = f"{_ID}/city/1835848"
_PLANTED = (b"Querida", b"quelle-kim@city.example", b"+82-2-555-0199")
_SECRET = re.compile(rb"quelle-[a-z]+|Querida|555-0199", re.IGNORECASE)
"""What is planted: mailboxes such as quelle-kim@city.example, a surname, a telephone number."""
_PUBLIC_MAILBOX = b"shown@city.example"
_PREFIXES = """
@prefix dcterms: <http://purl.org/dc/terms/> .
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


def _person(key: str) -> str:
    iri = f"{_ID}/contact/{key}"
    return f"""
        <{_CITY}> usdg:contact <{iri}> .
        <{iri}> a vcard:Individual ; vcard:fn "{key} Querida" ;
            vcard:hasEmail <mailto:quelle-{key}@city.example> ;
            vcard:hasTelephone <tel:+82-2-555-0199> ;
            vcard:hasAddress [ vcard:street-address "{key} Querida street" ] ;
            usdg:consent <{iri}/consent> .
        <{iri}/consent> a usdg:Consent ; usdg:consentPurpose "To reach Querida."@en ;
            usdg:consentGiven "2020-01-01"^^xsd:date ; usdg:consentUntil "2990-12-31"^^xsd:date ."""


_OFFICE = f"""
    <{_CITY}> usdg:contact <{_ID}/contact/open> .
    <{_ID}/contact/open> a vcard:Organization ; vcard:fn "Night bus office" ;
        vcard:hasEmail <mailto:{_PUBLIC_MAILBOX.decode()}> ;
        dcterms:source <https://city.example/offices> ."""


def test_a_person_is_refused_and_is_in_no_output(
    graph: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """A load of a person is refused, consent or not, and no output has the mailbox."""
    file = tmp_path / "people.ttl"
    file.write_text(_PREFIXES + _person("kim"), "utf-8")
    done = urbansdg("load", file, "--data-dir", graph)
    assert done.returncode == 1
    assert "[personal-data.person]" in done.stderr
    assert "vcard:Organization" in done.stderr
    assert not _SECRET.search(done.stderr.replace(str(file), "").encode())
    assert "quelle" not in urbansdg("dump", "--data-dir", graph).stdout


@pytest.mark.long
def test_a_person_is_refused_on_every_way_in(graph: Path, serve: Start) -> None:
    """An update, a PUT and a PATCH with a person are refused with the code and the remedy."""
    secret = Tokens(graph).create("tests")
    where = {"graph": "http://localhost:8000/graph/people"}
    prefixes = _PREFIXES.replace("@prefix", "PREFIX").replace(" .\n", "\n")
    insert = f"{prefixes} INSERT DATA {{ GRAPH <{where['graph']}> {{ {_person('kim')} }} }}"
    with serve(graph) as running, http_client(running.url) as client:
        client.headers["authorization"] = f"Bearer {secret}"
        answers = [
            client.put(
                "/graphs",
                params=where,
                content=_PREFIXES + _person("kim"),
                headers={"content-type": "text/turtle"},
            ),
            client.post(
                "/sparql", content=insert, headers={"content-type": "application/sparql-update"}
            ),
        ]
    for answer in answers:
        assert answer.status_code == 422
        (problem,) = answer.json()["problems"]
        assert problem["code"] == "personal-data.person"
        assert "vcard:Organization" in problem["remedy"]
        assert not _SECRET.search(answer.content)


@dataclass(frozen=True)
class Hunt:
    """A server on a graph of 0.3.0 with a person after `urbansdg init`, and what it had before."""

    client: httpx.Client
    folder: Path
    log: Path
    report: str
    before: bytes


@pytest.fixture(scope="module")
def hunt(
    bundled: Path,
    tmp_path_factory: pytest.TempPathFactory,
    urbansdg: Command,
    serve: Start,
) -> Iterator[Hunt]:
    """Plant a person past the gate, have everything made and kept, then migrate the graph."""
    room = tmp_path_factory.mktemp("hunt")
    folder, log = Path(shutil.copytree(bundled, room / "graph")), room / "log"
    _plant(folder, _person("kim") + _person("lee"))
    _plant(folder, _OFFICE)
    _plant(folder, _OFFICE + _person("kim"))
    DataDirectory(folder).persons.unlink()
    with (
        serve(folder, room / "before") as running,
        http_client(running.url, follows_redirects=True) as client,
    ):
        before = b"".join(body for _, body in _outputs(client, folder))
        done = urbansdg("init", "--data-dir", folder)
        assert done.returncode == 0, done.stderr
    with (
        serve(folder, log, access_log=True) as running,
        http_client(running.url, follows_redirects=True) as client,
    ):
        yield Hunt(client, folder, log, done.stderr, before)


def _plant(folder: Path, text: str) -> None:
    """Publish a state of the graph of people without the gate."""
    graph = "http://localhost:8000/graph/people"
    prefixes = _PREFIXES.replace("@prefix", "PREFIX").replace(" .\n", "\n")
    update = (
        f"{prefixes} DROP SILENT GRAPH <{graph}> ; INSERT DATA {{ GRAPH <{graph}> {{ {text} }} }}"
    )
    edit = Edit((Step("update", text=update),), lambda _: None)
    GraphStore.open(folder).publish(Change("tests", edit=edit), accept)


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
    contacts = [f"contact/{key}" for key in ("kim", "lee", "open", "kim/consent")]
    return [("doc", "city/1835848"), *(("doc", contact) for contact in contacts)]


def _documents(paths: list[str]) -> Iterator[str]:
    for path in paths:
        yield path
        yield from (f"{path}.{form}" for form in _FORMATS)
        iri = path.replace("/doc/", "http://localhost:8000/id/")
        yield f"/describe?uri={quote(iri)}"
    for address in ("mailto:quelle-kim@city.example", "mailto:quelle-lee@city.example"):
        yield f"/describe?uri={quote(address)}".replace("quelle", "%71uelle")


def _query_answers(client: httpx.Client, numbers: list[int]) -> Iterator[tuple[str, bytes]]:
    queries = (
        "SELECT * { ?s ?p ?o }",
        "SELECT * { GRAPH <http://localhost:8000/graph/people> { ?s ?p ?o } }",
        "PREFIX v: <http://www.w3.org/2006/vcard/ns#> CONSTRUCT WHERE { ?s v:hasEmail ?o }",
        f"DESCRIBE <{_CITY}> <{_ID}/contact/kim> <{_ID}/contact/lee>",
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
def test_before_the_migration_the_person_is_in_the_outputs(hunt: Hunt) -> None:
    """Before the migration the hunt finds the person, so that it can find one."""
    assert all(text in hunt.before for text in _PLANTED)
    assert b"quelle-lee" in hunt.before


@pytest.mark.long
def test_the_migration_reports_what_it_removed_and_repeats_nothing(hunt: Hunt) -> None:
    """`urbansdg init` counts the statements by place, and names neither person nor mailbox."""
    assert re.search(r"current version: \d+", hunt.report)
    assert re.search(r"rewritten versions: \d+", hunt.report)
    assert not _SECRET.search(hunt.report.encode())


@pytest.mark.long
def test_no_output_of_any_version_has_the_person(hunt: Hunt) -> None:
    """After it, no page, document, answer, dump, event, feed or memento of any version has it."""
    outputs = dict(_outputs(hunt.client, hunt.folder))
    leaks = {name: _SECRET.findall(body) for name, body in outputs.items() if _SECRET.search(body)}
    echoes = {name for name in leaks if "quelle" in name}  # sent by the client: no leak
    assert set(leaks) <= echoes
    assert sum(_PUBLIC_MAILBOX in body for body in outputs.values()) > 20
    assert not _SECRET.search(hunt.log.read_bytes())


@pytest.mark.long
def test_no_file_of_the_data_directory_has_the_person(hunt: Hunt) -> None:
    """After the outputs were made, no file has the name, the mailbox or the telephone."""
    for file in hunt.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            content = gzip.decompress(content) if file.suffix == ".gz" else content
            assert not any(text in content for text in _PLANTED), file


@pytest.mark.long
def test_harvesters_learn_of_the_deletion(hunt: Hunt) -> None:
    """The event stream has a deletion of the person, and an update of what named them."""
    events = b"".join(body for name, body in _streamed(hunt.client) if "n-quads" in name).decode()
    members = re.findall(rf"(<\S+>) <\S+object> <{_ID}/contact/kim>", events)
    assert any(
        re.search(rf"{re.escape(member)} <\S+type> <\S+#Delete>", events) for member in members
    )


@pytest.mark.long
def test_no_command_shows_the_person(hunt: Hunt, urbansdg: Command, tmp_path: Path) -> None:
    """Dumps, queries, differences and backups of any version by the command have nothing of it."""
    query = tmp_path / "all.rq"
    query.write_text("SELECT * { ?s ?p ?o }", "utf-8")
    where = ("--data-dir", hunt.folder)
    numbers = [version.number for version in GraphStore.open(hunt.folder).versions()]
    outputs = [urbansdg("dump", "--version", number, *where).stdout for number in numbers[-4:]]
    outputs += [urbansdg("query", query, "--format", "csv", *where).stdout]
    outputs += [
        urbansdg("diff", one, other, *where).stdout
        for one, other in itertools.pairwise(numbers[-4:])
    ]
    assert all(outputs)
    assert not any(_SECRET.search(text.encode()) for text in outputs)
    assert urbansdg("backup", tmp_path / "backup.tar", *where).returncode == 0
    assert not any(text in (tmp_path / "backup.tar").read_bytes() for text in _PLANTED)
    assert urbansdg("verify", *where).returncode == 0
