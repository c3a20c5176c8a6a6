"""The client of a SPARQL engine: SPARQL Protocol (query, update) and Graph Store Protocol.

An answer is whole and makes sense, or it is `EngineUnavailable`. What the engine is called by and
who its user is never stand in a message.
"""

import json
import os
import re
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from urbansdg.errors import EngineUnavailable, StoreNotWritable
from urbansdg.ontology.media_types import FORM, N_TRIPLES, SPARQL_JSON
from urbansdg.settings import ENGINE, PREFIX, Settings
from urbansdg.store.engine import dialects

if TYPE_CHECKING:  # a graph on this disk needs no HTTP, and a command is to start quickly
    import httpx

_LARGEST: Final = 64 << 20
"""Bytes of the largest answer to a question of ours."""

_CONNECT_SECONDS: Final = 5.0
_CHUNK: Final = 1 << 16
_TAG: Final = re.compile(r"<[!/A-Za-z][^<>]*>")
_NOT_THERE: Final = frozenset({404, 405, 501})
_WRITTEN_WHERE: Final = (
    "It may be for reading alone; look at URBANSDG_STORE_UPDATE and URBANSDG_STORE_GRAPHS."
)
_REMEDY: Final = "Look whether it runs, and at its log; then ask again."

SolutionRow = Mapping[str, ox.NamedNode | ox.BlankNode | ox.Literal]


@dataclass(frozen=True, slots=True)
class Access:
    """How an engine is reached: its three addresses, its user, its longest silence in seconds."""

    query: str
    update: str
    graphs: str
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 30.0

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Return what the settings say of an engine, None where the graph is on this disk."""
        if not settings.store:
            return None
        update, graphs = dialects.places(settings.store)
        return cls(
            settings.store,
            settings.store_update or update,
            settings.store_graphs or graphs,
            settings.store_user,
            settings.store_password.get_secret_value(),
            settings.store_seconds,
        )

    @property
    def ports(self) -> frozenset[int]:
        """The ports that have to be connected to."""
        parts = (urlsplit(address) for address in (self.query, self.update, self.graphs) if address)
        return frozenset(part.port or (443 if part.scheme == "https" else 80) for part in parts)

    def environment(self, base: str | None = None) -> dict[str, str]:
        """Return this process's environment with the access in it, for a process of ours.

        `base` is the base URI of the graph, for one that has to know it.
        """
        variables = {} if base is None else {"BASE": base}
        variables |= {
            "STORE": f"{ENGINE}{self.query}",
            "STORE_UPDATE": self.update,
            "STORE_GRAPHS": self.graphs,
            "STORE_USER": self.user,
            "STORE_PASSWORD": self.password,
            "STORE_SECONDS": str(self.seconds),
        }
        return dict(os.environ) | {f"{PREFIX}{name}": value for name, value in variables.items()}


@dataclass(frozen=True, slots=True)
class _FileBody:
    """A file as the body of a request, which is sent again where the engine asks who it is from."""

    path: Path

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as content:
            while chunk := content.read(_CHUNK):
                yield chunk


@dataclass(frozen=True)
class Engine:
    """A client of an engine; it keeps its connections, and is of one process."""

    access: Access

    @cached_property
    def _client(self) -> "httpx.Client":
        import httpx

        from urbansdg.store.engine.http_credentials import Credentials
        from urbansdg.store.engine.transfer_rate import Paced

        access = self.access
        return httpx.Client(
            auth=Credentials(access.user, access.password) if access.user else None,
            timeout=httpx.Timeout(access.seconds, connect=min(_CONNECT_SECONDS, access.seconds)),
            transport=Paced(access.seconds),
            trust_env=False,  # no proxy and no netrc: what is connected to stands in the settings
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    @contextmanager
    def ask(
        self, query: str, accept: str, default: Iterable[str], named: Iterable[str]
    ) -> Iterator["httpx.Response"]:
        """Send a query with its dataset, and give the answer as it begins, whatever its status.

        Raises `EngineUnavailable`.
        """
        dataset = [("default-graph-uri", graph) for graph in default]
        dataset += [("named-graph-uri", graph) for graph in named]
        body = urlencode([("query", query), *dataset]).encode()
        headers = {"accept": accept, "content-type": FORM}
        with self._sent("POST", self.access.query, headers, content=body) as response:
            yield response

    def select(self, query: str, graphs: Collection[str]) -> list[SolutionRow]:
        """Return the rows of a SELECT of ours on named graphs; raises `EngineUnavailable`."""
        with self.ask(query, SPARQL_JSON, (), graphs) as response:
            content = _bounded(response, self.access.seconds)
            _expect(response, content, SPARQL_JSON)
        try:
            rows = [
                _row(binding)
                for binding in json.loads(dialects.read_back(content))["results"]["bindings"]
            ]
        except (ValueError, LookupError, TypeError, RecursionError):
            raise nonsense() from None
        if dialects.is_partial(response.headers) or dialects.most_rows(response.headers):
            raise cut()
        return rows

    @cached_property
    def most_triples(self) -> int | None:
        """How many triples of a graph are given at the most, None for no such limit."""
        with self.ask(dialects.EVERYTHING, SPARQL_JSON, (), ()) as response:
            return dialects.most_rows(response.headers)

    def update(self, text: str) -> None:
        """Do a SPARQL update; raises `EngineUnavailable`, `StoreNotWritable`."""
        body = urlencode({"update": text}).encode()
        self._write("POST", self.access.update, {"content-type": FORM}, content=body)

    def takes(self, text: str) -> bool:
        """Send a SPARQL update; return whether the engine accepted it, False where it refused.

        Raises `EngineUnavailable` where there is no answer, `StoreNotWritable`.
        """
        body = urlencode({"update": text}).encode()
        status, _ = self._answered("POST", self.access.update, {"content-type": FORM}, body)
        return _is_done(status)

    def put(self, graph: str, file: Path) -> None:
        """Replace a graph by the N-Triples of a file; raises as `update` does."""
        headers = {"content-type": N_TRIPLES, "content-length": str(file.stat().st_size)}
        self._write("PUT", self._graph(graph), headers, content=_FileBody(file))

    def drop(self, graph: str) -> None:
        """Remove a graph, if it is there; raises as `update` does."""
        self._write("DELETE", self._graph(graph), {}, gone=True)

    def fetch(self, graph: str, file: Path, most: int = sys.maxsize) -> None:
        """Write a graph into a file, as N-Triples; none where there is no such graph.

        Raises `EngineUnavailable`, also where it has far more than `most` triples. Whether the
        graph is whole is to be seen by counting.
        """
        url, headers = self._graph(graph), {"accept": N_TRIPLES}
        with self._sent("GET", url, headers) as response, file.open("wb") as output:
            if response.status_code != HTTPStatus.NOT_FOUND:
                _expect(response, b"", N_TRIPLES)
                output.writelines(read_back(_ending(_chunks(response), 2 * most + dialects.SURE)))

    def _graph(self, graph: str) -> str:
        address = self.access.graphs
        if not address:
            raise _unaddressed("URBANSDG_STORE_GRAPHS")
        return f"{address}{'&' if '?' in address else '?'}{urlencode({'graph': graph})}"

    def _write(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        content: bytes | _FileBody | None = None,
        *,
        gone: bool = False,
    ) -> None:
        status, answer = self._answered(method, url, headers, content)
        if _is_done(status) or (gone and status == HTTPStatus.NOT_FOUND):
            return
        raise EngineUnavailable(
            f"The engine that holds the graph refused a write ({status}): {excerpt(answer)}",
            _WRITTEN_WHERE if status in _NOT_THERE else _REMEDY,
        )

    def _answered(
        self, method: str, url: str, headers: dict[str, str], content: bytes | _FileBody | None
    ) -> tuple[int, bytes]:
        """Send a write, and return the status and the text of the response."""
        if not url:
            raise _unaddressed("URBANSDG_STORE_UPDATE")
        with self._sent(method, url, headers, content=content) as response:
            status, answer = response.status_code, _bounded(response, self.access.seconds)
        if status in {401, 403}:
            raise StoreNotWritable(
                f"The engine that holds the graph lets its user not write ({status}).",
                "Set URBANSDG_STORE_USER and URBANSDG_STORE_PASSWORD to one who may.",
            )
        return status, answer

    @contextmanager
    def _sent(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        content: bytes | _FileBody | None = None,
    ) -> Iterator["httpx.Response"]:
        import httpcore
        import httpx

        try:
            with self._client.stream(method, url, headers=headers, content=content) as response:
                yield response
        except httpcore.TimeoutException:
            raise _slow(f"kept us waiting for {self.access.seconds:g} seconds") from None
        except (
            *(httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol),
            *(httpx.HTTPError, httpx.InvalidURL, httpx.StreamError),
        ) as error:
            raise EngineUnavailable(
                f"The engine that holds the graph does not answer ({type(error).__name__}).",
                _REMEDY,
            ) from None


def _is_done(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def nonsense() -> EngineUnavailable:
    """Return the error of an answer that is not what was asked for."""
    return EngineUnavailable(
        "The engine that holds the graph answers what makes no sense.", _REMEDY
    )


def cut() -> EngineUnavailable:
    """Return the error of an answer that is not all there."""
    return EngineUnavailable(
        "The engine that holds the graph cut an answer short.",
        "Raise its limits: ResultSetMaxRows and MaxQueryExecutionTime of a Virtuoso.",
    )


def excerpt(answer: bytes) -> str:
    """Return the first line of a response, for a message; of an HTML page, of its text."""
    lines = _TAG.sub(" ", answer[:1_000].decode(errors="replace")).strip().splitlines()
    return f"{lines[0][:200]}" if lines else "without a word."


def read_back(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield bytes of an engine with what `dialects.read_back` corrects, ends of chunks too."""
    rest = b""
    for chunk in chunks:
        text = dialects.read_back(rest + chunk)
        keep = max(0, len(text) - dialects.LONGEST)
        rest = text[keep:]
        yield text[:keep]
    yield rest


def _expect(response: "httpx.Response", content: bytes, form: str) -> None:
    """Raise `EngineUnavailable` unless the answer is of the form that was asked for."""
    if response.status_code in {401, 403}:
        raise EngineUnavailable(
            f"The engine that holds the graph does not let its user read ({response.status_code}).",
            "Look at URBANSDG_STORE_USER and URBANSDG_STORE_PASSWORD.",
        )
    if not response.is_success:
        raise EngineUnavailable(
            f"The engine that holds the graph failed ({response.status_code}): {excerpt(content)}",
            _REMEDY,
        )
    if form_of(response) != form:
        raise nonsense()


def form_of(response: "httpx.Response") -> str:
    """Return the media type of an answer."""
    media_type: str = response.headers.get("content-type", "")
    return media_type.partition(";")[0].strip().casefold()


def _bounded(response: "httpx.Response", seconds: float) -> bytes:
    """Return a whole answer, which may neither be large nor come in drops."""
    content, ends = b"", time.monotonic() + seconds
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > _LARGEST:
            raise nonsense()
        if time.monotonic() > ends:
            raise _slow(f"took longer than {seconds:g} seconds to answer")
    return content


def _slow(how: str) -> EngineUnavailable:
    return EngineUnavailable(f"The engine that holds the graph {how}.", _REMEDY)


def _chunks(response: "httpx.Response") -> Iterator[bytes]:
    return response.iter_bytes(_CHUNK)


def _ending(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield N-Triples that have at most so many lines, none of them endless."""
    lines = length = 0
    for chunk in chunks:
        new = chunk.count(b"\n")
        lines, length = lines + new, (0 if new else length) + len(chunk)
        if lines > most or length > _LARGEST:
            raise nonsense()
        yield chunk


def _row(binding: dict[str, dict[str, Any]]) -> SolutionRow:
    return {name: _term(**value) for name, value in binding.items()}


def _term(**term: str) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    match term:
        case {"type": "uri", "value": iri}:
            return ox.NamedNode(iri)
        case {"type": "bnode", "value": label}:
            return ox.BlankNode(label.replace("nodeID://", "").replace(":", "_"))
        case {"type": "literal" | "typed-literal", "value": value, **rest}:
            if "xml:lang" in rest:
                return ox.Literal(value, language=rest["xml:lang"])
            kind = rest.get("datatype")
            return ox.Literal(value, datatype=ox.NamedNode(kind) if kind else None)
    raise ValueError(term)


def _unaddressed(variable: str) -> StoreNotWritable:
    return StoreNotWritable(
        "No address for writes to the engine is configured.",
        f"Set {variable} to its address.",
    )
