"""The SPARQL 1.1 Graph Store HTTP Protocol, at `/graphs` and at each graph's own address.

A graph is named by `?graph=<IRI>`, by `?default`, or by the address itself, below `/graphs/` or
`/graph/` (W3C Recommendation, 2013: sections 4.1 and 4.2).
"""

import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pyoxigraph as ox
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.http_fields.cache_control import OF_A_VERSION, REVALIDATE
from urbansdg.endpoint.http_fields.http_methods import READING, WRITING
from urbansdg.endpoint.monitoring.metrics import RequestNotes
from urbansdg.endpoint.query.protocol_request import (
    charset_of,
    check_charset,
    read_patch,
    version_of_request,
)
from urbansdg.endpoint.web.conditional_requests import (
    entity_tag_of,
    is_precondition_met,
    modified,
    not_modified_response,
)
from urbansdg.endpoint.web.content_negotiation import Choice
from urbansdg.endpoint.web.gzip_body import GzipBody
from urbansdg.endpoint.web.problem_details import fault, fault_of
from urbansdg.endpoint.writes.http_writer import HttpWriter, outcome_fields
from urbansdg.endpoint.writes.publisher_messages import PublishedWrite
from urbansdg.errors import NotAcceptable, QuerySyntaxError
from urbansdg.ontology.media_types import BYTES, GRAPHS, MULTIPART_FORM
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.ontology.rdf_xml_names import NamelessTerm, named
from urbansdg.ontology.xml_encodings import codec_of
from urbansdg.ontology.xml_text import UnwritableCharacter, code_point, xml_file
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.sparql.codepoint_escapes import unescaped
from urbansdg.store import Step, Token

_DEFAULT: Final = "default"
_OPEN: Final = {"vary": "Accept"}
_WORDS: Final = re.compile(r"[a-z0-9]+")
_LONGEST_SLUG: Final = 100
_CODINGS: Final = ("gzip", "x-gzip")  # RFC 9110, 8.4.1.3: the same
_AROUND_FILES: Final = 1 << 16  # the heads of the files of a form


def graphs_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the Graph Store Protocol; reading `/graph/` is the documents' own."""
    handlers = Graphs(context)
    return [
        Route("/graphs", handlers.read, methods=READING),
        Route("/graphs/{path:path}", handlers.read, methods=READING),
        Route("/graphs", handlers.write, methods=WRITING),
        Route("/graphs/{path:path}", handlers.write, methods=WRITING),
        Route("/graph/{path:path}", handlers.write, methods=WRITING),
    ]


@dataclass(frozen=True, slots=True)
class Graphs:
    """Answers requests for graphs, and changes them."""

    context: Context

    async def read(self, request: Request) -> Response:
        """Answer GET and HEAD with the triples of a graph (section 5.2, 5.7)."""
        name = self._named(request)
        if name is None:
            raise fault(400, "No graph specified.", "Add ?graph=IRI or ?default.")
        number = version_of_request(request)
        snapshot = await self.context.chosen_snapshot(number)
        if not _exists(snapshot, name):
            raise fault(404, f"There is no graph {name}.", "`/sparql` lists the graphs there are.")
        choice = self.context.negotiation.graph(request.headers.get("accept"))
        if choice is None:
            offers = ", ".join(form.media_type for form in self.context.negotiation.graphs)
            raise fault(406, "No format of a graph is accepted.", f"Accept one of: {offers}.")
        headers = {
            "etag": _tags(snapshot.mark, name)[choice.format.extension],
            "urbansdg-version": str(snapshot.number),
            "cache-control": REVALIDATE if number is None else OF_A_VERSION,
        }
        headers |= modified(snapshot.created, snapshot.mark)
        not_modified = not_modified_response(request, headers | _OPEN)
        if not_modified is not None:
            return not_modified
        return await run_in_threadpool(_dumped, snapshot, self._node(name), choice, headers | _OPEN)

    async def write(self, request: Request) -> Response:
        """Do PUT, POST, DELETE and PATCH (section 5): one new version, or nothing."""
        writer = self.context.writer
        if writer is None:
            raise fault(403, "This endpoint takes no writes.", "Load data by the command.")
        token = await writer.token(request.headers.get("authorization"))
        RequestNotes.of(request.scope).token = token.label
        _check_whole(request)
        if request.method == "DELETE":
            return await self._delete(request, writer, token)
        if request.method == "PATCH":
            return await self._patch(request, writer, token)
        return await self._send(request, writer, token)

    async def _send(self, request: Request, writer: HttpWriter, token: Token) -> Response:
        """Do PUT and POST: the triples that are sent replace the graph, or are put to it."""
        name = self._named(request)
        fresh = name is None
        if name is None:
            if request.method == "PUT":
                raise fault(400, "No graph specified.", "Add ?graph=IRI or ?default.")
            name = self._fresh(request.headers.get("slug"))
        existed = _exists(self.context.snapshot(), name)
        most = self.context.settings.upload_bytes
        async with _uploaded(_unpacked(request, most), name, most, self._homes(request)) as steps:
            check = self._condition(request, name)
            headers = _written(await writer.do(token, steps, check))
        if fresh:
            headers["location"] = name.removeprefix(self.context.iris.base)
        return Response(status_code=204 if existed else 201, headers=headers)

    async def _patch(self, request: Request, writer: HttpWriter, token: Token) -> Response:
        """Do an update on one graph, which is all that it sees."""
        name = self._there(request)
        longest = self.context.settings.query_length
        written = await read_patch(request.scope, request.receive, longest)
        step = Step("patch", name, unescaped(written), base=_base(request, name))
        try:
            written_graph = await writer.do(token, (step,), self._condition(request, name))
        except QuerySyntaxError as error:
            raise fault_of(error, written) from None
        return Response(status_code=204, headers=_written(written_graph))

    def _there(self, request: Request) -> str:
        """Return the graph that a request changes; raises `Fault` (400, 404) without one."""
        name = self._named(request)
        if name is None:
            raise fault(400, "No graph specified.", "Add ?graph=IRI or ?default.")
        if not _exists(self.context.snapshot(), name):
            raise fault(404, f"There is no graph {name}.", "`/sparql` lists the graphs there are.")
        return name

    async def _delete(self, request: Request, writer: HttpWriter, token: Token) -> Response:
        name = self._there(request)
        check = self._condition(request, name)
        written = await writer.do(token, (Step("drop", name),), check)
        return Response(status_code=204, headers=_written(written))

    def _condition(self, request: Request, name: str) -> Callable[[int], None]:
        """Return the check of If-Match and If-None-Match (RFC 9110, 13.1); it raises 412.

        An entity tag is that of any format; it holds until there is a next version of the graph.
        """

        def check(number: int) -> None:
            exists = _exists(self.context.snapshot(), name)
            tags = _tags(str(number), name).values() if exists else ()
            if not is_precondition_met(request, tags):
                raise fault(
                    412,
                    "The graph is not as the request takes it to be.",
                    "Read it again, and send the change with its ETag in If-Match.",
                )

        return check

    def _fresh(self, slug: str | None) -> str:
        """Return a name for a new graph: the one that the client would like (RFC 5023, 9.7)."""
        wish = "-".join(_WORDS.findall(unquote(slug or "")[:_LONGEST_SLUG].casefold()))
        name = f"{self.context.iris.base}/graphs/{wish}"
        if wish and not _exists(self.context.snapshot(), name):
            return name
        return f"{self.context.iris.base}/graphs/{uuid.uuid4()}"

    def _named(self, request: Request) -> str | None:
        """Return the graph that a request is about, None where it names none.

        Raises `Fault` (400) where it names two, or none that is an IRI.
        """
        parameters = request.query_params
        path = request.url.path
        own = None if path.rstrip("/") == "/graphs" else self.context.iris.at(path)
        graph_names = [self._ours(iri, request) for iri in parameters.getlist("graph")]
        named = [*graph_names, *([_DEFAULT] if "default" in parameters else [])]
        named += [own] if own else []
        if len(named) > 1:
            raise fault(400, "The request names more than one graph.", "Name one.")
        if named and named[0] != _DEFAULT and not _is_iri(named[0]):
            raise fault(400, f"{named[0]!r} is not an absolute IRI.", "Give the graph's whole IRI.")
        return named[0] if named else None

    def _node(self, name: str) -> ox.NamedNode:
        """Return the node of a graph; what clients write to the default graph has one of its own.

        Queries read the merge of all graphs as the default graph, which cannot be written.
        """
        return ox.NamedNode(self.context.iris.default_graph if name == _DEFAULT else name)

    def _homes(self, request: Request) -> tuple[str, ...]:
        """Return the addresses below which a client finds our JSON-LD context here."""
        here = str(request.base_url).rstrip("/")
        return tuple(dict.fromkeys((self.context.iris.base, here)))

    def _ours(self, iri: str, request: Request) -> str:
        """Return the IRI of a graph that a client names by the address where it found it here."""
        here = str(request.base_url).rstrip("/")
        at_home = any(iri.startswith(f"{here}/{place}/") for place in ("graph", "graphs"))
        return self.context.iris.base + iri.removeprefix(here) if at_home else iri


def _unpacked(request: Request, most: int) -> Request:
    """Return the request with its body unpacked, which raises `Fault` (413) where it is too long.

    Both the bytes that arrive and those that they unpack to are limited. Raises `Fault` (415) for a
    content coding other than gzip.
    """
    receive = _bounded(request.receive, most)
    header = ",".join(request.headers.getlist("content-encoding"))
    codings = [coding for name in header.split(",") if (coding := name.strip().casefold())]
    codings = [coding for coding in codings if coding != "identity"]
    if codings and (len(codings) > 1 or codings[0] not in _CODINGS):
        raise fault(
            415,
            f"Unsupported content coding: {', '.join(codings)[:100]}.",
            "Send the body with Content-Encoding: gzip, or without a content coding.",
            ((b"accept-encoding", b"gzip, identity"),),
        )
    if codings:
        receive = _bounded(GzipBody(receive).receive, most)
    return Request(request.scope, receive)


def _bounded(receive: Receive, most: int) -> Receive:
    """Return a function that receives a body and raises `Fault` (413) where it is too long.

    The parts of a form are stored on disk as they arrive, so their sum is limited too.
    """
    room = most + _AROUND_FILES

    async def bounded() -> Message:
        nonlocal room
        message = await receive()
        room -= len(message.get("body", b""))
        if room < 0:
            raise _too_large(most)
        return message

    return bounded


@asynccontextmanager
async def _uploaded(
    request: Request, name: str, most: int, homes: tuple[str, ...]
) -> AsyncIterator[tuple[Step, ...]]:
    """Keep what is sent in files while the block lasts, as the steps that write it."""
    kind = "replace" if request.method == "PUT" else "merge"
    with TemporaryFolder() as folder:
        media_type = _media_type(request.headers.get("content-type"))
        if media_type == MULTIPART_FORM:
            steps = await _parts(request, Path(folder), most)
        else:
            file = Path(folder) / "0"
            await _received(request, file, most)
            charset = _charset_of_xml(request.headers.get("content-type"))
            steps = (Step("", file=str(file), form=media_type, charset=charset),)
        base = _base(request, name)
        kinds = (kind, *("merge" for _ in steps))
        yield tuple(
            replace(step, kind=kind, graph=name, base=base, homes=homes)
            for step, kind in zip(steps, kinds, strict=False)
        )


async def _parts(request: Request, folder: Path, most: int) -> tuple[Step, ...]:
    """Keep the files of a form, one after the other."""
    steps: list[Step] = []
    async with request.form(max_files=100, max_fields=100) as form:
        for number, part in enumerate(form.values()):
            if isinstance(part, UploadFile):
                content = await part.read(most + 1)
                if len(content) > most:
                    raise _too_large(most)
                file = folder / str(number)
                await run_in_threadpool(file.write_bytes, content)
                form_of_part = _media_type_of_part(part)
                charset = _charset_of_xml(part.content_type)
                steps.append(Step("", file=str(file), form=form_of_part, charset=charset))
    if not steps:
        raise fault(400, "The form has no file.", "Send the triples as a file of the form.")
    return tuple(steps)


async def _received(request: Request, file: Path, most: int) -> None:
    size = 0
    with file.open("wb") as file_of_body:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            await run_in_threadpool(file_of_body.write, chunk)


def _check_whole(request: Request) -> None:
    """Let only whole graphs of the current version be written; raises `Fault` (400)."""
    if "version" in request.query_params:
        raise fault(400, "A version is not written to.", "Leave `version` out.")
    if "content-range" in request.headers:  # RFC 9110, 14.5: a part is not to pass for the whole
        raise fault(400, "A part of a graph is not written.", "Send it whole.")


def _base(request: Request, name: str) -> str:
    """Return what relative IRIs in a body are resolved against (section 4.1)."""
    return str(request.url) if name == _DEFAULT else name


def _too_large(most: int) -> Exception:
    return fault(
        413, f"What was sent is longer than {most} bytes, unpacked.", "Load it by the command."
    )


def _media_type(content_type: str | None) -> str:
    """Return the media type of a body; raises `Fault` (415) where it is no syntax of RDF."""
    kind, _, options = (content_type or "").partition(";")
    media_type = kind.strip().casefold()
    if media_type != MULTIPART_FORM and ox.RdfFormat.from_media_type(media_type) is None:
        raise fault(
            415,
            f"{media_type} is no syntax of RDF." if media_type else "The body has no media type.",
            "Send text/turtle, application/n-triples, application/rdf+xml or application/ld+json.",
        )
    if not _charset_of_xml(content_type):
        check_charset(options)
    return media_type


def _charset_of_xml(content_type: str | None) -> str:
    """Return the supported charset that the media type of XML names, "" for none and other types.

    Each XML parser reads UTF-16 too (XML 1.0, 4.3.3), and the parameter stands above the document's
    own declaration (RFC 7303, 3).
    """
    kind, _, options = (content_type or "").partition(";")
    is_xml = ox.RdfFormat.from_media_type(kind.strip().casefold()) == ox.RdfFormat.RDF_XML
    charset = charset_of(options) if is_xml else ""
    return charset if codec_of(charset) else ""


def _media_type_of_part(part: UploadFile) -> str:
    """Return the media type of a file of a form: by its name where its type says nothing.

    A client that does not know the type of a file sends `application/octet-stream` or no type (RFC
    7578, 4.4). Raises `Fault` (415) where neither is a syntax of RDF.
    """
    if (part.content_type or "").partition(";")[0].strip().casefold() not in ("", BYTES):
        return _media_type(part.content_type)
    name = part.filename or ""
    ending = name.rpartition(".")[2].casefold()
    form = ox.RdfFormat.RDF_XML if ending == "owl" else ox.RdfFormat.from_extension(ending)
    if "." not in name or form is None:
        raise fault(
            415,
            f"The file {name[-100:]!r} has neither a media type nor an ending of a syntax of RDF.",
            "Name it with .ttl, .nt, .rdf or .jsonld, or send its type, such as text/turtle.",
        )
    return form.media_type


def _tags(mark: str, name: str) -> dict[str, str]:
    """Return the entity tags of a graph at the mark of a version, by extensions of formats."""
    return {form.extension: entity_tag_of(mark, f"{name} {form.extension}") for form in GRAPHS}


def _exists(snapshot: Snapshot, name: str) -> bool:
    return name == _DEFAULT or snapshot.store.contains_named_graph(ox.NamedNode(name))


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def _dumped(
    snapshot: Snapshot, graph: ox.NamedNode, choice: Choice, headers: dict[str, str]
) -> Response:
    """Write a graph to a file, which is sent and then removed: a graph may be large."""
    engine = choice.format.engine
    form = engine if isinstance(engine, ox.RdfFormat) else ox.RdfFormat.TURTLE
    folder = TemporaryFolder()
    path = Path(folder.name) / "graph"
    try:
        if form == ox.RdfFormat.RDF_XML:
            _write_rdf_xml(snapshot, graph, path)
        else:
            snapshot.store.dump(str(path), form, from_graph=graph, prefixes=PREFIXES)
    except BaseException:
        folder.cleanup()
        raise
    return _TemporaryFile(folder, path, headers=headers, media_type=choice.content_type)


class _TemporaryFile(FileResponse):
    """A file that is removed when it is sent, or when its client is gone."""

    def __init__(
        self, folder: TemporaryFolder, path: Path, *, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(path, headers=headers, media_type=media_type)
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._folder:
            await super().__call__(scope, receive, send)


def _write_rdf_xml(snapshot: Snapshot, graph: ox.NamedNode, path: Path) -> None:
    """Write a graph; raises `NotAcceptable` where RDF/XML cannot name or write a term."""
    quads = snapshot.store.quads_for_pattern(None, None, None, graph)
    triples = (quad.triple for quad in quads)
    try:
        with path.open("wb") as file:
            ox.serialize(named(triples), xml_file(file), ox.RdfFormat.RDF_XML, prefixes=PREFIXES)
    except NamelessTerm as nameless:
        raise NotAcceptable.nameless(nameless.iri) from None
    except UnwritableCharacter as unwritable:
        raise NotAcceptable.unwritable(code_point(unwritable.character)) from None


def _written(written: PublishedWrite) -> dict[str, str]:
    return {**outcome_fields(written), **_OPEN}
