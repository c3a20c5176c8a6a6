"""Pictures over HTTP: on the page of a policy, at `/media`, and after they are forgotten."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import httpx
import pyoxigraph as ox
import pytest
from PIL import Image

from tests.support.command import Command
from tests.support.server import BASE, Server, eventually, http_client, replacement, started
from urbansdg.endpoint.html.picture_address import key_of
from urbansdg.store import Change, GraphStore
from urbansdg.store.publication import accept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.endpoint.media.conftest import PictureHost

_IMG = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
_PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
_POLICY = f"{BASE}/id/policy/buses"
_FREE = "https://creativecommons.org/licenses/by/4.0/"
_MEDIA = {
    "good": ("ImageObject", "/good.jpg"),
    "dead": ("ImageObject", "/dead.png"),
    "bomb": ("ImageObject", "/bomb.png"),
    "script": ("ImageObject", "/script.svg"),
    "leaving": ("ImageObject", "/to?http://169.254.169.254/a.png"),
    "film": ("VideoObject", "/film.webm"),
}


def _address(name: str, size: str = "") -> str:
    return f"/media/{key_of(f'{BASE}/id/media/{name}')}{size}"


def _turtle(host: PictureHost) -> str:
    media = "".join(
        f"""<{BASE}/id/media/{name}> a schema:{kind} ; schema:contentUrl <{host.url(path)}> ;
            dcterms:title "Title of {name}"@en ; usdg:alternativeText "Text of {name}"@en ;
            schema:creditText "Archive of {name}" ; dcterms:license <{_FREE}> .
        <{_POLICY}> usdg:media <{BASE}/id/media/{name}> .
        """
        for name, (kind, path) in _MEDIA.items()
    )
    return f"""
        PREFIX usdg: <https://w3id.org/urbansdg/ontology#> PREFIX schema: <http://schema.org/>
        PREFIX dcterms: <http://purl.org/dc/terms/>
        <{_POLICY}> a usdg:Policy ; dcterms:title "Night buses"@en ;
            usdg:media <{BASE}/id/media/elsewhere> .
        <{BASE}/id/media/film> schema:thumbnailUrl <{host.url("/good.png")}> .
        <{BASE}/id/media/elsewhere> a schema:ImageObject ; dcterms:title "Elsewhere"@en ;
            schema:contentUrl <https://elsewhere.example/a.jpg> ; dcterms:license <{_FREE}> ;
            usdg:alternativeText "Text of elsewhere"@en .
        {media}"""


def _graph(folder: Path, host: PictureHost) -> Path:
    GraphStore.create(folder, BASE)
    quads = ox.parse(_turtle(host), format=ox.RdfFormat.TURTLE)
    media = replacement(folder, "media", [f"{quad.triple} ." for quad in quads])
    GraphStore.open(folder).publish(Change("tests", (media,)), accept)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, host: PictureHost) -> Iterator[Server]:
    """Return a server whose operator allows the host."""
    folder = _graph(tmp_path_factory.mktemp("media") / "graph", host)
    networks = "127.0.0.0/8"
    with started(folder, media_hosts=host.name, media_networks=networks, media_seconds=1) as server:
        yield server


@pytest.fixture(scope="module")
def reader(site: Server) -> Iterator[httpx.Client]:
    """Return a client that asks as the element `img` of a browser does."""
    with http_client(site.url, headers={"accept": _IMG}) as client:
        yield client


def test_a_page_shows_pictures_from_here(reader: httpx.Client, host: PictureHost) -> None:
    """A picture has its text, caption, author, licence and link; its bytes come from this site."""
    page = reader.get("/doc/policy/buses", headers={"accept": _PAGE, "accept-language": "en"})
    text = page.text
    assert "img-src 'self'" in page.headers["content-security-policy"]
    assert f'src="{_address("good", "?size=small")}"' in text
    assert 'alt="Text of good"' in text
    assert 'width="320" height="240" loading="lazy"' in text
    for words in ("Title of good", "Author: Archive of good", "Licence:", "Picture at its source"):
        assert words in text.replace("<bdi>", "").replace("</bdi>", "")
    assert f'href="{host.url("/good.jpg")}"' in text
    assert "Watch the video at its source" in text
    assert "<video" not in text
    assert "<iframe" not in text
    assert f'src="{_address("elsewhere", "?size=small")}"' not in text
    assert "Text of elsewhere" in text
    assert "https://elsewhere.example/a.jpg" in text


def test_a_picture_is_answered_as_webp(reader: httpx.Client) -> None:
    """A picture has two sizes, an entity tag, and runs nothing; HEAD is the same without it."""
    answer = reader.get(_address("good"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert Image.open(io.BytesIO(answer.content)).size == (1600, 800)
    small = reader.get(_address("good", "?size=small"))
    assert Image.open(io.BytesIO(small.content)).size == (480, 240)
    assert small.headers["etag"] != answer.headers["etag"]
    tag = {"if-none-match": answer.headers["etag"]}
    assert reader.get(_address("good"), headers=tag).status_code == 304
    assert reader.head(_address("good")).headers["content-length"] == str(len(answer.content))


def test_the_poster_of_a_video_is_its_picture(reader: httpx.Client) -> None:
    """The key of a video leads to its poster."""
    answer = reader.get(_address("film"))
    assert Image.open(io.BytesIO(answer.content)).size == (640, 480)


@pytest.mark.parametrize("name", ["dead", "bomb", "script", "leaving"])
def test_a_picture_that_cannot_be_shown_has_a_placeholder(reader: httpx.Client, name: str) -> None:
    """An element `img` gets a placeholder with the status 502, another client the reason."""
    answer = reader.get(_address(name))
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"
    assert b"<script" not in answer.content
    problem = reader.get(_address(name), headers={"accept": "application/json"})
    assert problem.status_code == 502
    assert problem.json()["detail"].startswith("The picture ")
    page = reader.get(_address(name), headers={"accept": f"{_PAGE},image/webp"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (_address("elsewhere"), 404),
        (_address("none"), 404),
        (f"/media/{key_of(_POLICY)}", 404),
        ("/media/..%2F..%2Fetc%2Fpasswd", 404),
        ("/media/....", 404),
        ("/media/<script>", 404),
        ("/media/" + "a" * 4000, 404),
        ("/media/%00%00%00%00", 404),
        ("/media/http:__127.0.0.1_", 404),
        ("/media/aHR0cDovLzEyNy4wLjAuMS8", 404),
        (_address("good", "?size=huge"), 400),
        (_address("good", "?url=http://127.0.0.1/"), 400),
        (_address("good", "?size=small&size=small"), 400),
    ],
)
def test_nothing_else_is_fetched(
    reader: httpx.Client, host: PictureHost, address: str, status: int
) -> None:
    """Only pictures that the graph names, from allowed hosts: this is no proxy."""
    before = len(host.paths)
    answer = reader.get(address, headers={"accept": "application/json"})
    assert answer.status_code == status
    assert len(host.paths) == before


def test_forgetting_reaches_the_pictures(
    tmp_path: Path, host: PictureHost, urbansdg: Command
) -> None:
    """`forget` removes the files of pictures, and a server that runs no longer has the picture."""
    folder = _graph(tmp_path / "graph", host)
    with (
        started(folder, media_hosts=host.name, media_networks="127.0.0.0/8") as server,
        http_client(server.url) as client,
    ):
        assert client.get(_address("good")).status_code == 200
        files = folder / "catalogue" / "media"
        assert list(files.glob("*.webp"))
        done = urbansdg("forget", f"{BASE}/id/media/good", "--data-dir", str(folder))
        assert done.returncode == 0, done.stderr
        assert not list(files.glob("*"))
        assert eventually(lambda: client.get(_address("good")).status_code == 404)
        assert not list(files.glob("*"))  # it was not fetched again meanwhile


@pytest.mark.long
def test_dead_links_are_listed(tmp_path: Path, host: PictureHost, urbansdg: Command) -> None:
    """`pictures --fetch` fetches what is allowed, lists what fails, and ends with status 1."""
    folder = _graph(tmp_path / "graph", host)
    arguments = ("pictures", "--data-dir", str(folder), "--format", "json")
    rules = {
        "URBANSDG_MEDIA_HOSTS": host.name,
        "URBANSDG_MEDIA_NETWORKS": "127.0.0.0/8",
    }
    listed = urbansdg(*arguments, **rules)
    assert listed.returncode == 0
    assert {row["state"] for row in json.loads(listed.stdout)} == {
        "not fetched",
        "host not allowed",
    }
    fetched = urbansdg(*arguments, "--fetch", **rules)
    assert fetched.returncode == 1
    rows = {row["medium"].rpartition("/")[2]: row for row in json.loads(fetched.stdout)}
    assert (rows["good"]["state"], rows["good"]["width"]) == ("shown", 1600)
    assert "status 404" in rows["dead"]["reason"]
    assert rows["elsewhere"]["state"] == "host not allowed"
    host.paths.clear()
    urbansdg(*arguments, "--fetch", **rules)
    assert host.paths == []
    urbansdg(*arguments, "--again", **rules)
    assert "/good.jpg" in host.paths
