"""An installation behind nginx: https outside, http inside, below a path of the host."""

import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import httpx
import pyoxigraph as ox
import pytest

from tests.support.server import Server, Start, free_port, http_client

pytestmark = pytest.mark.long

_HOST = "data.example.org"
_BASE = f"https://{_HOST}/sdg"
_SEOUL = f"{_BASE}/doc/city/1835848"
_HANDED_ON = "proxy_pass http://127.0.0.1:8000;"
_CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""
_RDF = {"accept": "text/turtle"}
_PAGE = {"accept": "text/html, */*;q=0.1"}


class Outside(httpx.HTTPTransport):
    """What a public client reaches: the one host, by https, at the port of nginx."""

    def __init__(self, port: int, certificate: Path) -> None:
        """Trust that certificate and no other."""
        super().__init__(verify=ssl.create_default_context(cafile=str(certificate)))
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request that is for the public address; whatever else fails the test."""
        assert (request.url.scheme, request.url.netloc) == ("https", _HOST.encode()), request.url
        there = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1", port=self._port),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": _HOST},
        )
        return super().handle_request(there)


class Links(HTMLParser):
    """Gathers the addresses that a page leads to or loads."""

    def __init__(self, page: str) -> None:
        """Read the page."""
        super().__init__()
        self.addresses: list[str] = []
        self.form_targets: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses of an element, whichever it is."""
        del tag
        self.addresses += [value for name, value in attrs if name in ("href", "src") and value]
        self.form_targets += [value for name, value in attrs if name == "action" and value]


@pytest.fixture(scope="module")
def inside(
    urbansdg: Callable[..., subprocess.CompletedProcess[str]],
    serve: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Return a server on the bundled data whose base is the public address."""
    if shutil.which("nginx") is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed")
    folder = tmp_path_factory.mktemp("inside") / "graph"
    done = urbansdg("init", "--data-dir", folder, URBANSDG_BASE=_BASE)
    assert done.returncode == 0, done.stderr
    with serve(folder, base=_BASE, trusted_proxies="127.0.0.1") as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate of the public host, its key beside it."""
    file = tmp_path_factory.mktemp("tls") / "host.pem"
    name = ("-subj", f"/CN={_HOST}", "-addext", f"subjectAltName=DNS:{_HOST}")
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    files = ("-keyout", str(file.with_suffix(".key")), "-out", str(file))
    subprocess.run(("openssl", "req", *kind, *name, *files), check=True, capture_output=True)
    return file


@pytest.fixture(scope="module", params=["kept", "taken away"])
def outside(
    request: pytest.FixtureRequest,
    inside: Server,
    certificate: Path,
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[httpx.Client]:
    """Return a client outside of nginx, set up by deploy/nginx.conf.

    The path of the base is passed on as it came, or taken away.
    """
    port = free_port()
    server = (root / "deploy" / "nginx.conf").read_text("utf-8")
    if request.param == "taken away":
        server = server.replace(_HANDED_ON, _HANDED_ON.replace(";", "/;"), 1)
    for template, here in (
        (_HANDED_ON[:-1], f"proxy_pass {inside.url}"),
        (_HANDED_ON[:-1].replace("8000", "8000/"), f"proxy_pass {inside.url}/"),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("/etc/ssl/certs/data.example.org.pem", str(certificate)),
        ("/etc/ssl/private/data.example.org.key", str(certificate.with_suffix(".key"))),
    ):
        server = server.replace(template, here)
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    file = folder / "nginx.conf"
    file.write_text(_CONFIGURATION.format(folder=folder, server=server), "utf-8")
    with subprocess.Popen(
        ("nginx", "-c", str(file), "-p", str(folder)), stderr=subprocess.PIPE, text=True
    ) as nginx:
        try:
            transport = Outside(port, certificate)
            with http_client(f"{_BASE}/", transport=transport) as client:
                _answers(client, nginx)
                yield client
        finally:
            nginx.terminate()


def _answers(client: httpx.Client, nginx: subprocess.Popen[str], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            assert client.get("health").status_code == 200
        except httpx.TransportError:
            assert nginx.poll() is None, nginx.stderr.read() if nginx.stderr else ""
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.05)
        else:
            return


def _linked(answer: httpx.Response) -> set[str]:
    """Return the addresses in the header Link."""
    return set(re.findall(r"<([^>]*)>", answer.headers.get("link", "")))


def _named(answer: httpx.Response) -> set[str]:
    """Return the addresses of this host that RDF names, without those of things."""
    form = ox.RdfFormat.from_media_type(answer.headers["content-type"].partition(";")[0])
    return {
        urldefrag(term.value)[0]
        for quad in ox.parse(answer.content, format=form)
        for term in (quad.subject, quad.object)
        if isinstance(term, ox.NamedNode) and _HOST in term.value
    }


def _kind(address: str) -> str:
    """Return what kind of page an address is of: one of a kind is followed."""
    path, _, query = address.removeprefix(_BASE).partition("?")
    extension = path.rpartition(".")[2] if "." in path else ""
    return f"{'/'.join(path.split('/')[:3])}.{extension}?{query.partition('=')[0]}"


def test_every_page_leads_on_at_the_public_address(outside: httpx.Client) -> None:
    """Whoever follows links from the home page stays at the public address, and gets an answer."""
    waiting, kinds = [f"{_BASE}/"], set[str]()
    while waiting:
        address = waiting.pop(0)
        if _kind(address) in kinds or not address.startswith(f"https://{_HOST}/"):
            continue
        assert address.startswith(f"{_BASE}/"), address
        kinds.add(_kind(address))
        answer = outside.get(address, headers=_PAGE, follow_redirects=True)
        assert answer.status_code == 200, address
        addresses = _linked(answer)
        if answer.headers["content-type"].startswith("text/html"):
            page = Links(answer.text)
            addresses |= {urljoin(str(answer.url), address) for address in page.addresses}
            targets = [urljoin(str(answer.url), address) for address in page.form_targets]
            assert all(address.startswith(f"{_BASE}/") for address in targets), address
        waiting += sorted(urldefrag(address)[0] for address in addresses)
    assert len(kinds) > 30
    assert {"/static/style.css.css?", "/doc/city.?", "/sparql.?", "/timemap/doc.?"} <= kinds


def test_redirects_stay_at_the_public_address(outside: httpx.Client) -> None:
    """Redirects lead to the public address."""
    for path, status, target in (
        ("id/city/1835848", 303, _SEOUL),
        ("doc/city/1835848/", 308, _SEOUL),
        ("timegate/doc/city/1835848", 302, f"{_BASE}/memento/1/doc/city/1835848"),
        ("dumps/latest/all.nq.gz", 307, f"{_BASE}/dumps/1/all.nq.gz"),
    ):
        answer = outside.get(path)
        assert answer.status_code == status, path
        assert urljoin(str(outside.base_url), answer.headers["location"]) == target
    own = outside.get("doc/city/1835848").headers["content-location"]
    assert own == "/sdg/doc/city/1835848.ttl"


def test_the_descriptions_name_what_can_be_had(outside: httpx.Client) -> None:
    """What VoID, DCAT and the service description name of this host can be had there."""
    root = f"https://{_HOST}"
    for start in (f"{root}/.well-known/void", f"{_BASE}/sparql", f"{_BASE}/events"):
        answer = outside.get(start, headers=_RDF)
        for address in _named(answer) if answer.status_code == 200 else ():
            assert address.startswith(_BASE), address
            if address == _BASE or "/id/version/" in address or "/events/" in address:
                continue
            if address.endswith("?uri="):  # void:uriLookupEndpoint, which an IRI goes behind
                address += "http://metadata.un.org/sdg/11.2"  # noqa: PLW2901  # as a client does
            response = outside.get(address, headers={"accept": "*/*"}, follow_redirects=True)
            assert response.status_code == 200, address
    service = outside.get(f"{_BASE}/sparql", headers=_RDF).text
    assert "http://127.0.0.1" not in service
    assert f"http://{_HOST}" not in service


def test_crawlers_are_led_to_the_public_address(outside: httpx.Client) -> None:
    """From robots.txt, at the root of the host, the sitemap leads to documents; so do the feeds."""
    robots = outside.get(f"https://{_HOST}/robots.txt").text
    assert "Disallow: /sdg/sparql\n" in robots
    (sitemap,) = re.findall(r"^Sitemap: (.*)$", robots, re.MULTILINE)
    for address in (sitemap, f"{_BASE}/feed.atom", f"{_BASE}/opensearch.xml"):
        assert "http://127" not in outside.get(address).text
    parts = re.findall("<loc>(.*?)</loc>", outside.get(sitemap).text)
    pages = [
        page for part in parts for page in re.findall("<loc>(.*?)</loc>", outside.get(part).text)
    ]
    assert len(pages) > 100
    assert all(page.startswith(f"{_BASE}/") for page in pages)
    assert outside.get(pages[-1]).status_code == 200


def test_letters_of_all_kinds_pass_through(outside: httpx.Client) -> None:
    """An address with odd letters is answered at once or after one redirect, never in a circle."""
    for path in ("doc/policy/a[b]", "doc/policy/plan%20v%C3%A9lo", "doc/policy/'a(b)|%7C"):
        answer = outside.get(f"{_BASE}/{path}", follow_redirects=True)
        assert answer.status_code == 404, path
        assert len(answer.history) <= 1


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/sdg/doc/city/1835848/", "/sdg/doc/city/1835848"),
        ("/doc/city/1835848/", "/sdg/doc/city/1835848"),
        ("//sdg//doc/city/1835848", "/sdg/doc/city/1835848"),
        ("/%73dg/doc/city/1835848", "/sdg/doc/city/1835848"),
        ("/sdg", "/sdg/"),
        ("/sdg/id/city/1835848", "/sdg/doc/city/1835848"),
        ("/sdgs/doc", None),
        ("/sdg/sdg/doc/city/1835848", None),
    ],
)
def test_a_path_below_the_base_has_one_spelling(
    inside: Server, path: str, target: str | None
) -> None:
    """Other spellings of a path below the base lead to the one, with or without the base's path."""
    url = httpx.URL(inside.url).copy_with(raw_path=path.encode())
    answer = httpx.get(url)
    assert answer.headers.get("location") == target
    assert answer.status_code in ({404} if target is None else {303, 308})
