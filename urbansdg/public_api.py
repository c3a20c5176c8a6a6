"""The API for researchers: open a graph, ask it, load and validate sources.

    >>> import urbansdg
    >>> with urbansdg.open("var") as graph:
    ...     rows = graph.query("SELECT ?s { ?s a <http://metadata.un.org/sdg/ontology#Goal> }")
    >>> len(rows)
    17

A query runs in a process of its own with the limits of the settings, as it does for the command and
the server. Every error is one of `urbansdg.errors`. `urbansdg.query_rows` says how RDF terms become
Python values.
"""

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar

import httpx
import pyoxigraph as ox
import rdflib

from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.endpoint.query.query_session import workers_on
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.endpoint.workers.worker_pool import WorkerPool
from urbansdg.errors import (
    EngineUnavailable,
    InvalidData,
    Problem,
    QueryError,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    SourceUnreadable,
    StoreMissing,
    WorkersUnavailable,
    WriteRefused,
)
from urbansdg.loaders import LoadOptions, LoadResult, initialise
from urbansdg.loaders import load as load_sources
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.drafts.rdf_drafts import form_of
from urbansdg.loaders.pipeline.validation_context import bundled_graph
from urbansdg.loaders.readers.rdf import rdf_file
from urbansdg.loaders.remote.download import DownloadLimits, fetch
from urbansdg.loaders.remote.source_origin import Origin, is_url
from urbansdg.ontology.iris import Iris
from urbansdg.query_rows import Rows, parse_boolean, parse_rows
from urbansdg.settings import Settings, read_settings
from urbansdg.shapes import MINIMUM
from urbansdg.shapes.model.rdf_terms import to_rdflib
from urbansdg.store import Backend, Version, open_directory
from urbansdg.store.versions.version import write_version

Location = str | PathLike[str]
_Result = TypeVar("_Result")
_Form = Literal["json", "ntriples"]
_VERSION: Final = "Urbansdg-Version"
_MEDIA_TYPES: Final[dict[_Form, str]] = {
    "json": "application/sparql-results+json",
    "ntriples": "application/n-triples",
}


@dataclass(frozen=True, slots=True)
class Validation:
    """The result of a validation: whether the source conforms, and every problem found.

    A source with warnings alone conforms. Each problem has a code, a message, a remedy and a place.
    """

    conforms: bool
    problems: tuple[Problem, ...]


def open_graph(source: Location) -> "Graph":
    """Open a graph: a data directory, a file of RDF, or the URL of a SPARQL endpoint.

    The settings of the environment (`URBANSDG_*`) apply, among them the limits of a query.

    Raises `StoreMissing`, `VersionDamaged`, `SourceUnreadable`, `SettingsError`.

    >>> import urbansdg
    >>> graph = urbansdg.open("var")
    >>> graph.query('''
    ...     PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
    ...     SELECT ?lat ?long {
    ...       <http://localhost:8000/id/city/1835848> geo:lat ?lat ; geo:long ?long
    ...     }
    ... ''')[0]
    {'lat': Decimal('37.566'), 'long': Decimal('126.9784')}
    >>> graph.close()
    """
    if is_url(str(source)):
        return _EndpointGraph(str(source), read_settings())
    path = Path(source)
    if path.is_file():
        return _FileGraph(path, read_settings())
    store = open_directory(path)
    return _StoredGraph(store, read_settings(data_dir=path, base=store.base))


class Graph(ABC):
    """A graph that is open for queries; close it, or use it in a `with` statement."""

    settings: Settings

    def query(self, sparql: str, *, version: int | None = None) -> Rows:
        """Return the rows of a SELECT query, of the current version or of an older one.

        Raises `QuerySyntaxError`, `QueryTimeout` and other `QueryError`s, `VersionNotFound`, and
        `EngineUnavailable` for an endpoint that does not answer.

        >>> import urbansdg
        >>> with urbansdg.open("var") as graph:
        ...     rows = graph.query('''
        ...         PREFIX dcterms: <http://purl.org/dc/terms/>
        ...         PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
        ...         SELECT ?amount ?currency ?start {
        ...           ?policy dcterms:title "London Congestion Charge"@en ; usdg:budget ?budget ;
        ...                   usdg:implementationPeriod/usdg:startYear ?start .
        ...           ?budget usdg:amount ?amount ; usdg:currency ?currency
        ...         }''')
        >>> rows[0]
        {'amount': Decimal('160000000'), 'currency': 'GBP', 'start': 2003}
        """
        body, number = self._answer(sparql, "json", version)
        try:
            return parse_rows(body, number)
        except (ValueError, KeyError):
            raise _other_form("Graph.ask() or Graph.construct()") from None

    def ask(self, sparql: str, *, version: int | None = None) -> bool:
        """Return the answer to an ASK query; raises as `query` does.

        >>> import urbansdg
        >>> with urbansdg.open("var") as graph:
        ...     graph.ask("ASK { ?target ?property <http://metadata.un.org/sdg/11.2> }")
        True
        """
        body, _ = self._answer(sparql, "json", version)
        try:
            return parse_boolean(body)
        except (ValueError, KeyError):
            raise _other_form("Graph.query() or Graph.construct()") from None

    def construct(self, sparql: str, *, version: int | None = None) -> rdflib.Graph:
        """Return the triples of a CONSTRUCT or DESCRIBE query; raises as `query` does.

        >>> import urbansdg
        >>> with urbansdg.open("var") as graph:
        ...     seoul = graph.construct("DESCRIBE <http://localhost:8000/id/city/1835848>")
        >>> len(seoul) > 10
        True
        """
        body, _ = self._answer(sparql, "ntriples", version)
        try:
            return to_rdflib(quad.triple for quad in ox.parse(body, ox.RdfFormat.N_TRIPLES))
        except SyntaxError:
            raise _other_form("Graph.query() or Graph.ask()") from None

    def validate(
        self, source: Location, *, profile: str = MINIMUM, reader: str | None = None
    ) -> Validation:
        """Validate a file, a folder of tables or a URL of RDF, and change nothing.

        It is judged beside this graph; where this graph has no versions, beside the bundled data.
        `profile` is `minimum`, `recommended` or `complete`. Raises `LoadError` for a source of an
        unknown kind.

        >>> import urbansdg
        >>> with urbansdg.open("var") as graph:
        ...     graph.validate("city.ttl").conforms
        True
        """
        try:
            with self._context() as store:
                loaded = _load(source, store, self.settings, profile, reader=reader, dry_run=True)
        except (InvalidData, SourceUnreadable) as error:
            return Validation(conforms=False, problems=error.problems)
        return Validation(conforms=True, problems=loaded.problems)

    def load(
        self,
        source: Location,  # noqa: ARG002  # only a data directory takes sources
        *,
        graph: str | None = None,  # noqa: ARG002
        reader: str | None = None,  # noqa: ARG002
    ) -> LoadResult:
        """Load a file, a folder of tables or a URL of RDF as one version: all of it, or nothing.

        `graph` is the name of the graph to fill; it follows from the source by default. Raises
        `InvalidData` and `SourceUnreadable` with every problem found, `StoreBusy`,
        `StoreNotWritable`, and `WriteRefused` for what is not a data directory.

        >>> import urbansdg
        >>> with urbansdg.open("var") as graph:
        ...     graph.load("city.ttl").graphs
        ('city',)
        """
        raise WriteRefused(
            "Only a graph in a data directory can be loaded into.",
            "Create one by `urbansdg init --data-dir DIRECTORY`, and open that.",
        )

    @property
    def version(self) -> int | None:
        """The number of the current version; None where the source has no versions."""
        return None

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions that are kept, the oldest first; none where the source has no versions.

        >>> import urbansdg
        >>> with urbansdg.open("var") as graph:
        ...     [version.number for version in graph.versions][-1] == graph.version
        True
        """
        return ()

    @abstractmethod
    def close(self) -> None:
        """End the processes and remove the files that the graph needs; it may be closed twice."""

    def __enter__(self) -> Self:
        """Return the graph, which is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the graph."""
        self.close()

    @abstractmethod
    def _answer(self, query: str, form: _Form, number: int | None) -> tuple[bytes, int | None]:
        """Return the whole answer to a query, and the version that answered."""

    def _context(self) -> contextlib.AbstractContextManager[Backend]:
        """Give the graph beside which a source is validated."""
        return bundled_graph(self.settings.base, lambda store: initialise(store, _agent()))


class _Workers:
    """One worker, started at the first query, on an event loop in a thread of its own.

    The thread is needed for notebooks, whose own event loop already runs in the thread that calls.
    It is a daemon, so that a program which does not close the graph still ends; the processes end
    with it, since they die with their parent.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._resources = contextlib.AsyncExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread()
        self._pool: WorkerPool | None = None
        self._version: Version | None = None

    def answer(self, question: QueryMessage, version: Version) -> bytes:
        """Return the whole answer of a version."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_serve, args=(self._loop,), daemon=True)
            self._thread.start()
        if self._pool is None:
            workers = workers_on(version, self._settings)
            self._pool = _wait(self._resources.enter_async_context(workers), self._loop)
        elif version != self._version:
            _wait(_switch(self._pool, version), self._loop)
        self._version = version
        return _wait(_whole(self._pool, question), self._loop)

    def close(self) -> None:
        """End the worker and the thread; a later query starts them again."""
        if self._loop is not None:
            _wait(self._resources.aclose(), self._loop)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop = self._pool = self._version = None
        self._resources = contextlib.AsyncExitStack()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """Run what is asked of a loop until it is stopped, and close it."""
    with contextlib.closing(loop):
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_default_executor())


def _wait(work: Coroutine[Any, Any, _Result], loop: asyncio.AbstractEventLoop) -> _Result:
    """Run a coroutine on the loop of another thread; an interruption here cancels it there."""
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


async def _switch(pool: WorkerPool, version: Version) -> None:
    pool.switch(version)
    await pool.settled()


async def _whole(pool: WorkerPool, question: QueryMessage) -> bytes:
    async with pool.answer(question) as answer:
        return b"".join([chunk async for chunk in answer.chunks()])


class _StoredGraph(Graph):
    """A graph in a data directory, or in the SPARQL engine of the settings."""

    def __init__(self, store: Backend, settings: Settings) -> None:
        self.settings = settings
        self._store = store
        self._workers = _Workers(settings.model_copy(update={"workers": 1}))

    def load(
        self, source: Location, *, graph: str | None = None, reader: str | None = None
    ) -> LoadResult:
        return _load(source, self._store, self.settings, graph=graph, reader=reader)

    @property
    def version(self) -> int:
        return self._store.current_number()

    @property
    def versions(self) -> tuple[Version, ...]:
        return self._store.versions()

    def close(self) -> None:
        self._workers.close()

    def _answer(
        self,
        query: str,
        form: _Form,  # noqa: ARG002  # a worker gives either
        number: int | None,
    ) -> tuple[bytes, int]:
        version = self._store.current() if number is None else self._store.version(number)
        question = _question(query, self._store.default_graphs())
        return self._workers.answer(question, version), version.number

    def _context(self) -> contextlib.AbstractContextManager[Backend]:
        return contextlib.nullcontext(self._store)


class _FileGraph(Graph):
    """The triples of a file of RDF, without versions and without validation."""

    def __init__(self, path: Path, settings: Settings) -> None:
        if form_of(path) is None:
            raise SourceUnreadable(
                f"{path} is not a file of RDF.",
                "Use an ending that names its syntax: .ttl, .trig, .nt, .nq, .rdf or .jsonld.",
            )
        self.settings = settings
        self._folder = TemporaryFolder()
        self._workers = _Workers(settings.model_copy(update={"workers": 1}))
        try:
            self._content = _stored(path, Path(self._folder.name), settings)
        except BaseException:
            self._folder.cleanup()
            raise

    def close(self) -> None:
        self._workers.close()
        self._folder.cleanup()

    def _answer(
        self,
        query: str,
        form: _Form,  # noqa: ARG002  # a worker gives either
        number: int | None,
    ) -> tuple[bytes, None]:
        _refuse_number(number)
        return self._workers.answer(_question(query), self._content), None


class _EndpointGraph(Graph):
    """A SPARQL endpoint, asked by the SPARQL 1.1 Protocol."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.settings = settings
        self._url = url
        self._client = httpx.Client(timeout=settings.query_seconds, follow_redirects=True)

    @property
    def version(self) -> int | None:
        """The number in the header `Urbansdg-Version`, which our own endpoints send."""
        return self._answer("ASK {}", "json", None)[1]

    def close(self) -> None:
        self._client.close()

    def _answer(self, query: str, form: _Form, number: int | None) -> tuple[bytes, int | None]:
        try:
            answer = self._client.post(
                self._url,
                params={} if number is None else {"version": number},
                data={"query": query},
                headers={"Accept": _MEDIA_TYPES[form]},
            )
        except httpx.TimeoutException:
            limit = f"{self.settings.query_seconds:g} seconds"
            raise QueryTimeout(f"{self._url} did not answer within {limit}.") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineUnavailable(
                f"{self._url} does not answer: {error}.",
                "Check the address, and that the endpoint runs. Then try again.",
            ) from None
        if not answer.is_success:
            raise _failure(self._url, answer)
        version = answer.headers.get(_VERSION, "")
        return answer.content, int(version) if version.isdecimal() else None


def _failure(url: str, answer: httpx.Response) -> QueryError:
    """Return the error for an answer of an endpoint that is not the result of the query."""
    kinds = {400: QuerySyntaxError, 403: QueryRefused, 429: WorkersUnavailable}
    kinds |= {503: WorkersUnavailable, 504: QueryTimeout}
    kind = kinds.get(answer.status_code, QueryError)
    return kind(f"{url} answered {answer.status_code}: {answer.text[:300]}")


def _question(query: str, union: tuple[str, ...] = ()) -> QueryMessage:
    """Return the message for a worker.

    It accepts both kinds of answer, so that the caller can say which method fits the query.
    """
    return QueryMessage(query, "json", "ntriples", union=union)


def _stored(path: Path, folder: Path, settings: Settings) -> Version:
    """Store the triples of a file in a folder, as workers open it; raises `SourceUnreadable`.

    The file is parsed in a process of its own, since a hostile one may end its parser.
    """
    draft = rdf_file.READER.read(path, "file", ReadContext(folder, Iris(settings.base)))
    place = folder / "graph"
    store = ox.Store(str(place))
    for file in draft.files:
        store.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
    store.flush()
    size = len(store)
    version = Version(0, place, datetime.now(UTC), _agent(), 0, {}, merged=size)
    write_version(version, folder)
    return version


def _load(
    source: Location,
    store: Backend,
    settings: Settings,
    profile: str = MINIMUM,
    *,
    graph: str | None = None,
    reader: str | None = None,
    dry_run: bool = False,
) -> LoadResult:
    with _fetched(source, settings) as (path, origins):
        options = LoadOptions(reader, origins=origins)
        return load_sources(
            [path], store, _agent(), graph=graph, dry_run=dry_run, profile=profile, options=options
        )


@contextlib.contextmanager
def _fetched(source: Location, settings: Settings) -> Iterator[tuple[Path, dict[Path, Origin]]]:
    """Give a source as a file, until the block ends; a URL is fetched."""
    if not is_url(str(source)):
        yield Path(source), {}
        return
    with TemporaryFolder() as folder:
        limits = DownloadLimits(settings.fetch_bytes, settings.fetch_seconds)
        file = fetch(str(source), Path(folder), limits)
        yield file, {file: Origin(file.name, str(source))}


def _other_form(methods: str) -> QueryError:
    return QueryError("The result of this query has another form.", f"Use {methods}.")


def _refuse_number(number: int | None) -> None:
    if number is not None:
        raise StoreMissing("A file of RDF has no versions.", "Leave out `version`.")


def _agent() -> str:
    """Return the name for the provenance of a change, which is published: the setting `agent`."""
    return read_settings().agent
