"""The pictures that the graph names: found by key, fetched once, taken from the cache."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, Self

from pyoxigraph import Literal, NamedNode

from urbansdg.egress.egress_policy import Egress
from urbansdg.endpoint.html.picture_address import iri_of_key
from urbansdg.endpoint.media.picture_cache import FOLDER, PictureCache, PictureRecord
from urbansdg.endpoint.media.picture_fetch import PictureUnavailable, fetch_picture
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.settings import Settings
from urbansdg.store import Backend, Patterns
from urbansdg.store.privacy import redaction
from urbansdg.store.versions.data_directory import DataDirectory

_SCHEMA: Final = PREFIXES["schema"]
_MEDIA: Final = NamedNode(str(USDG.media))
_LICENCE: Final = NamedNode(f"{PREFIXES['dcterms']}license")
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_ADDRESSES: Final = {
    f"{_SCHEMA}ImageObject": NamedNode(f"{_SCHEMA}contentUrl"),
    f"{_SCHEMA}VideoObject": NamedNode(f"{_SCHEMA}thumbnailUrl"),
}
"""The classes of media that have a picture, with the property that leads to it."""

_MOST: Final = 20
_AT_ONCE: Final = 3
"""Pictures that a process fetches at once."""

_MOST_WAITING: Final = 60


class TooManyPictures(Exception):
    """So many pictures wait to be fetched that this one has to be asked for again."""


def picture_url(graph: Patterns, iri: str) -> str | None:
    """Return the address of the picture of a medium; None where the graph names none.

    The medium has to be one of a policy or a city, a picture or a video with a poster, and have a
    licence: without one nobody may show it.
    """
    medium = NamedNode(iri)
    patterns = ((None, _MEDIA, medium, None), (medium, _LICENCE, None, None))
    if any(next(iter(graph.quads_for_pattern(*pattern)), None) is None for pattern in patterns):
        return None
    for quad in islice(graph.quads_for_pattern(medium, _TYPE, None, None), _MOST):
        if isinstance(quad.object, NamedNode) and quad.object.value in _ADDRESSES:
            way = _ADDRESSES[quad.object.value]
            urls = islice(graph.quads_for_pattern(medium, way, None, None), _MOST)
            terms = (url.object for url in urls)
            return min((t.value for t in terms if isinstance(t, NamedNode | Literal)), default=None)
    return None


def pictured_media(graph: Patterns) -> Iterator[tuple[str, str]]:
    """Yield each medium that has a picture, with the address of that, in no order."""
    iris = dict.fromkeys(
        quad.object.value
        for quad in graph.quads_for_pattern(None, _MEDIA, None, None)
        if isinstance(quad.object, NamedNode)
    )
    for iri in iris:
        url = picture_url(graph, iri)
        if url is not None:
            yield iri, url


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of an installation: its settings, its policy, and its cache.

    `data` is the data directory, whose record of redactions says whether something was forgotten;
    `current_number` returns the number of the current version.
    """

    settings: Settings
    policy: Egress
    cache: PictureCache
    data: DataDirectory
    current_number: Callable[[], int]
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="picture")
    )
    _running: dict[str, "asyncio.Future[PictureRecord]"] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, store: Backend, catalogue: Path | None = None) -> Self:
        """Return the pictures of a graph; `catalogue` is where files are made."""
        data = DataDirectory(store.directory)
        cache = PictureCache((catalogue or data.catalogue) / FOLDER, settings.media_cache_bytes)
        return cls(settings, Egress.for_media(settings), cache, data, store.current_number)

    def is_allowed(self, url: str) -> bool:
        """Return whether the policy allows the host of a picture."""
        return self.policy.allows(url)

    async def record(self, url: str, number: int) -> PictureRecord:
        """Return the record of a picture, which is fetched where it is not known.

        `number` is that of the version that names it. Raises `TooManyPictures`, and OSError where
        the cache cannot be written.
        """
        record = await asyncio.to_thread(self.cache.find, url)
        if record is not None:
            return record
        running = self._running.get(url)
        if running is None:
            if len(self._running) >= _MOST_WAITING:
                raise TooManyPictures
            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._pool, self.fetch, url, number)
            self._running[url] = running
            running.add_done_callback(lambda _: self._running.pop(url, None))
        return await asyncio.shield(running)  # a reader who leaves ends no fetch of others

    def fetch(self, url: str, number: int) -> PictureRecord:
        """Fetch a picture, unless another process has just done so, and keep what came of it.

        What is written while something is being forgotten is removed again: it may be just that.
        So is what an older version names, from which a server answers for a moment after that.
        Raises OSError where the cache cannot be written.
        """
        with self.cache.alone(url):
            record = self.cache.find(url)
            if record is not None:
                return record
            redactions = redaction.count(self.data)
            try:
                record = self.cache.keep(url, fetch_picture(url, self.settings, self.policy))
            except PictureUnavailable as error:
                record = self.cache.fail(url, error)
            is_revised = redaction.count(self.data) != redactions
            if is_revised or self.data.redaction_due.exists() or self.current_number() != number:
                self.cache.remove(url)
            return record


def medium_of_key(graph: Patterns, key: str) -> tuple[str, str] | None:
    """Return the medium and the address of the picture that a key stands for.

    None for a text that is no key, and where the graph names no such picture.
    """
    iri = iri_of_key(key)
    try:
        url = picture_url(graph, iri) if iri is not None else None
    except ValueError:  # characters that an IRI cannot have
        return None
    return None if iri is None or url is None else (iri, url)
