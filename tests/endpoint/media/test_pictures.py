"""The pictures that a graph names, their keys, and their cache on disk."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from urbansdg.egress.egress_policy import Egress
from urbansdg.endpoint.html.picture_address import iri_of_key, key_of
from urbansdg.endpoint.media.picture_cache import PictureCache
from urbansdg.endpoint.media.picture_fetch import EncodedPicture, PictureUnavailable
from urbansdg.endpoint.media.pictures import Pictures, medium_of_key, pictured_media
from urbansdg.settings import Settings
from urbansdg.store.versions.data_directory import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from tests.endpoint.media.conftest import PictureHost

_DATA = """
PREFIX usdg: <https://w3id.org/urbansdg/ontology#> PREFIX schema: <http://schema.org/>
PREFIX dcterms: <http://purl.org/dc/terms/>
<urn:policy> usdg:media <urn:picture>, <urn:video>, <urn:bare>, <urn:document>, <urn:filmless> .
<urn:picture> a schema:ImageObject ; schema:contentUrl <https://p.example/1.jpg> ;
    dcterms:license <urn:free> .
<urn:video> a schema:VideoObject ; schema:contentUrl <https://p.example/1.webm> ;
    schema:thumbnailUrl <https://p.example/2.jpg> ; dcterms:license <urn:free> .
<urn:filmless> a schema:VideoObject ; schema:contentUrl <https://p.example/2.webm> ;
    dcterms:license <urn:free> .
<urn:bare> a schema:ImageObject ; schema:contentUrl <https://p.example/3.jpg> .
<urn:document> a schema:DigitalDocument ; schema:contentUrl <https://p.example/4.pdf> ;
    dcterms:license <urn:free> .
<urn:alone> a schema:ImageObject ; schema:contentUrl <https://p.example/5.jpg> ;
    dcterms:license <urn:free> .
"""
_URL = "https://p.example/1.jpg"


@pytest.fixture
def graph() -> ox.Store:
    """Return a graph with media of every kind."""
    store = ox.Store()
    store.load(_DATA, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("urn:graph"))
    return store


def _pictures(settings: Settings, folder: Path) -> Pictures:
    data = DataDirectory(folder)
    cache = PictureCache(data.catalogue / "media", settings.media_cache_bytes)
    return Pictures(settings, Egress.for_media(settings), cache, data, lambda: 1)


def _picture(size: int = 10) -> dict[str, EncodedPicture]:
    return {name: EncodedPicture(bytes(size), 4, 3) for name in ("full", "small")}


def test_pictures_and_posters_with_a_licence_have_a_key(graph: ox.Store) -> None:
    """A medium of a policy has a picture if it is one or a video with a poster, with a licence."""
    assert dict(pictured_media(graph)) == {
        "urn:picture": "https://p.example/1.jpg",
        "urn:video": "https://p.example/2.jpg",
    }
    for iri in ("urn:bare", "urn:document", "urn:filmless", "urn:alone", "urn:policy", "urn:x"):
        assert medium_of_key(graph, key_of(iri) or "") is None
    assert medium_of_key(graph, key_of("urn:picture") or "") == ("urn:picture", _URL)


@pytest.mark.parametrize(
    "key",
    [
        *("", "..", "../../etc/passwd", "a" * 5000, "dXJu=", "dXJuOnBpY3R1cmU=", "/////"),
        *("\x00\x00\x00\x00", "____", "dXJu\n", "\u00e9bcd", "dXJuOnBpY3R1cmV"),
    ],
)
def test_other_texts_are_no_keys(graph: ox.Store, key: str) -> None:
    """Paths, padding, other spellings and what decodes to no IRI stand for nothing."""
    assert medium_of_key(graph, key) is None


def test_a_key_leads_back_to_its_iri() -> None:
    """A key is the IRI in another spelling; a very long IRI has none."""
    for iri in ("urn:a", "http://localhost:8000/id/media/서울", "http://x.example/?a=1&b=%2F#c"):
        assert iri_of_key(key_of(iri) or "") == iri
    assert key_of("x" * 3000) is None


def test_a_picture_is_kept(tmp_path: Path) -> None:
    """A kept picture is read in each size; another address has none."""
    cache = PictureCache(tmp_path / "media", 1 << 20)
    assert cache.find(_URL) is None
    cache.keep(_URL, _picture())
    record = cache.find(_URL)
    assert record is not None
    assert (record.is_shown, record.width, record.height) == (True, 4, 3)
    body, _ = cache.read(_URL, "small") or (b"", 0)
    assert body == bytes(10)
    assert cache.find("https://p.example/other.jpg") is None
    cache.remove(_URL)
    assert cache.find(_URL) is None
    assert cache.read(_URL, "full") is None


def test_a_failure_is_tried_again_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is kept for a day, one that may pass for an hour."""
    cache = PictureCache(tmp_path / "media", 1 << 20)
    cache.fail(_URL, PictureUnavailable("is gone"))
    cache.fail("urn:other", PictureUnavailable("is slow", is_passing=True))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * 3600)
    record = cache.find(_URL)
    assert record is not None
    assert record.failure == "is gone"
    assert cache.find("urn:other") is None
    monkeypatch.setattr(time, "time", lambda: now + 25 * 3600)
    assert cache.find(_URL) is None


def test_a_damaged_record_is_no_record(tmp_path: Path) -> None:
    """A record that cannot be read, or is of another address, is fetched anew."""
    cache = PictureCache(tmp_path / "media", 1 << 20)
    cache.keep(_URL, _picture())
    (record,) = (tmp_path / "media").glob("*.json")
    for text in ("", "{", "[]", '{"url": 1}', '{"url": "urn:other", "time": 1}'):
        record.write_text(text)
        assert cache.find(_URL) is None


def test_what_was_shown_longest_ago_makes_room(tmp_path: Path) -> None:
    """Over the limit, the pictures that were shown longest ago are removed, records included."""
    folder = tmp_path / "media"
    cache = PictureCache(folder, 9_000)
    for number in range(3):
        cache.keep(f"urn:{number}", _picture(1_000))
        for file in folder.iterdir():
            os.utime(file, (file.stat().st_atime - 5_000, file.stat().st_mtime - 5_000))
        if number == 1:
            (record,) = (file for file in folder.glob("*.json") if "urn:1" in file.read_text())
            record.with_name(f".{record.name}.1").write_text("the draft of a killed process")
    for size in ("full", "small"):
        assert cache.read("urn:0", size) is not None
    cache.keep("urn:3", _picture(1_000))
    cache.keep("urn:4", _picture(1_000))
    assert cache.find("urn:0") is not None
    assert cache.find("urn:1") is None
    assert not list(folder.glob(".*"))
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 9_000


def test_a_picture_is_fetched_once(tmp_path: Path, host: PictureHost, settings: Settings) -> None:
    """Many readers at once, and readers later, cost the host one request."""
    pictures = _pictures(settings, tmp_path)
    url = host.url("/good.png")
    host.paths.clear()

    async def ask() -> None:
        records = await asyncio.gather(*(pictures.record(url, 1) for _ in range(20)))
        assert all(record.is_shown for record in records)
        assert (await pictures.record(url, 1)).is_shown

    asyncio.run(ask())
    assert _pictures(settings, tmp_path).fetch(url, 1).is_shown  # another front end
    assert host.paths == ["/good.png"]


def test_a_dead_link_is_noted(tmp_path: Path, host: PictureHost, settings: Settings) -> None:
    """A failure is kept with its reason, and the host is not asked again at once."""
    pictures = _pictures(settings, tmp_path)
    host.paths.clear()
    for _ in range(3):
        assert "status 404" in pictures.fetch(host.url("/dead.png"), 1).failure
    assert host.paths == ["/dead.png"]


@pytest.mark.parametrize("event", ["due", "done", "published"])
def test_a_picture_fetched_during_a_removal_is_not_kept(
    tmp_path: Path, host: PictureHost, settings: Settings, event: str
) -> None:
    """What is written while something is forgotten, or for an older version, leaves the disk."""
    pictures = _pictures(settings, tmp_path)

    class Policy(Egress):
        def check_url(self, url: str) -> None:
            """Have something happen between the beginning and the end of the request."""
            super().check_url(url)
            if event == "due":
                pictures.data.redaction_due.write_text("{}")
            elif event == "done":
                pictures.data.redactions.write_text("1\n")

    policy = Policy(pictures.policy.hosts, pictures.policy.exempt)
    fetching = replace(pictures, policy=policy)
    fetching.fetch(host.url("/good.gif"), 0 if event == "published" else 1)
    assert list((tmp_path / "catalogue" / "media").iterdir()) == []
