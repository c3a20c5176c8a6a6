"""A request to `/sparql`, read by the SPARQL 1.1 Protocol, section 2.1."""

import asyncio
import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from urbansdg.endpoint.web.compression import Coding, coding_of
from urbansdg.endpoint.web.content_negotiation import media_type_parameter
from urbansdg.endpoint.web.form_data import form_pairs
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.media_types import FORM, SPARQL_QUERY, SPARQL_UPDATE
from urbansdg.sparql.codepoint_escapes import unescaped

_LIMITS: Final = ("timeout", "max-rows", "max-bytes", "max-memory")
_FIELDS: Final = 1000
_ENCODED: Final = 3  # a byte is at most three in a form: %E2
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_BODY_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Headers:
    """The request's headers, by lower-case name; those given twice are joined by commas."""

    raw: Sequence[tuple[bytes, bytes]]

    def get(self, name: bytes) -> str | None:
        """Return the value of a header, None where it is not given."""
        values = [value.decode("latin-1") for key, value in self.raw if key == name]
        return ", ".join(values) if values else None

    @property
    def coding(self) -> Coding | None:
        """The content coding that the client takes rather than none."""
        return coding_of(self.get(b"accept-encoding"))


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a request: the query or the update, if any, the dataset, the formats.

    `limits` are `timeout`, `max-rows`, `max-bytes` and `max-memory`, where the request has them;
    `version` is the number of the version, None for the current one. `written` is the query or
    update as it was sent, where escapes in it were replaced.
    """

    query: str | None = None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    formats: tuple[str, ...] = ()
    update: str | None = None
    limits: tuple[tuple[str, str], ...] = ()
    version: int | None = None
    written: str | None = None


async def read_parameters(scope: Scope, receive: Receive, longest: int) -> Parameters:
    """Read the parameters of a GET, HEAD or POST; a query has at most `longest` bytes.

    Raises `Fault`, with the status that says what is wrong.
    """
    return parameters_of(scope, await read_body(scope, receive, longest), longest)


async def read_patch(scope: Scope, receive: Receive, longest: int) -> str:
    """Return the update that is the body of a PATCH; raises `Fault`, 415 for any other body."""
    headers = Headers(scope["headers"])
    kind = (headers.get(b"content-type") or "").partition(";")[0].strip().casefold()
    if kind != SPARQL_UPDATE:
        patches = ((b"accept-patch", SPARQL_UPDATE.encode()),)
        message = f"A graph is not patched with {kind or 'no media type'}."
        raise fault(415, message, f"Send {SPARQL_UPDATE}.", patches)
    return dict(_posted(headers, await _body(receive, longest)))["update"]


async def read_body(scope: Scope, receive: Receive, longest: int) -> bytes:
    """Return the body of a POST, b"" for other methods; raises `Fault` where it is too long."""
    if scope["method"] != "POST":
        return b""
    return await _body(receive, longest * _ENCODED)


def parameters_of(scope: Scope, body: bytes, longest: int) -> Parameters:
    """Return the parameters of a request whose body has arrived; raises `Fault`."""
    if len(scope["query_string"]) > longest * _ENCODED:
        raise _too_long(414, longest)
    pairs = _pairs(scope["query_string"])
    if scope["method"] == "POST":
        pairs += _posted(Headers(scope["headers"]), body)
    return _parameters(pairs, longest)


def _posted(headers: Headers, body: bytes) -> list[tuple[str, str]]:
    coding = (headers.get(b"content-encoding") or "identity").strip().casefold()
    if coding != "identity":
        plain = ((b"accept-encoding", b"identity"),)
        raise fault(
            415,
            f"Unsupported content coding: {coding}.",
            "Send the query without a content coding.",
            plain,
        )
    media_type, _, options = (headers.get(b"content-type") or "").partition(";")
    kind = media_type.strip().casefold()
    check_charset(options)
    if kind == FORM:
        return _pairs(body, required=("query", "update"))
    if kind == SPARQL_QUERY:
        return [("query", _decoded(body.removeprefix(BOM_UTF8)))]
    if kind == SPARQL_UPDATE:
        return [("update", _decoded(body.removeprefix(BOM_UTF8)))]
    raise fault(
        415,
        f"Unsupported media type: {kind or 'none'}.",
        f"Use {FORM}, {SPARQL_QUERY} or {SPARQL_UPDATE}.",
        ((b"accept-post", f"{FORM}, {SPARQL_QUERY}, {SPARQL_UPDATE}".encode()),),
    )


def check_charset(options: str) -> None:
    """Let the parameters of a media type name UTF-8 or no charset; raises `Fault` (415)."""
    charset = charset_of(options)
    if charset not in ("", "utf-8", "utf8"):
        raise fault(415, f"The charset {charset} is not understood.", "Send UTF-8.")


def charset_of(options: str) -> str:
    """Return the charset among the parameters of a media type, in lower case; "" for none."""
    return options.casefold().partition("charset=")[2].partition(";")[0].strip(' "')


async def _body(receive: Receive, longest: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                if len(body) > longest:
                    raise _too_long(413, longest // _ENCODED)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise fault(408, "The request did not arrive in time.", "Send it again.") from None


def _pairs(form: bytes, required: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    if form.count(b"&") >= _FIELDS:
        raise fault(400, f"There are more than {_FIELDS} parameters.", "Send fewer.")
    try:
        pairs = [(_decoded(name), _decoded(value)) for name, value in form_pairs(form)]
    except ValueError as error:
        raise fault(400, str(error), "Write each as %25.") from None
    names = {name for name, _ in pairs}
    if required and names.isdisjoint(required):
        raise fault(400, "The form has no query.", "Send it as query=...")
    return pairs


def _parameters(pairs: list[tuple[str, str]], longest: int) -> Parameters:
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        values[name] = (*values.get(name, ()), value)
    query, update = _single(values, "query"), _single(values, "update")
    for text in (query, update):
        if text is not None and len(text.encode()) > longest:
            raise _too_long(413, longest)
    if query is not None and update is not None:
        raise fault(400, "The request has a query and an update.", "Send one of them.")
    kind = "" if update is None else "using-"
    default = "default-graph-uri" if update is None else "using-graph-uri"
    sent = query if update is None else update
    # A file that Windows wrote may begin with a mark of the byte order; a form has it as well.
    sent = sent and sent.removeprefix("\ufeff")
    text = None if sent is None else unescaped(sent)
    formats = filter(None, (*values.get("format", ()), *values.get("output", ())))
    return Parameters(
        text if update is None else None,
        _graphs(values, default),
        _graphs(values, f"{kind}named-graph-uri"),
        tuple(map(media_type_parameter, formats)),
        None if update is None else text,
        tuple((name, limit) for name in _LIMITS if (limit := _single(values, name)) is not None),
        version_of(_single(values, "version")),
        None if sent == text else sent,
    )


def _single(values: dict[str, tuple[str, ...]], name: str) -> str | None:
    values_of_name = values.get(name, ())
    if len(values_of_name) > 1:
        raise fault(400, f"The request has more than one {name}.", "Send one.")
    return values_of_name[0] if values_of_name else None


def version_of(text: str | None) -> int | None:
    """Return the number of a version as it is given; raises `Fault` (400)."""
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise fault(
            400,
            f"Invalid version {text!r}: expected an integer.",
            "Write a number, such as version=7.",
        )
    return int(text)


def version_of_request(request: Request) -> int | None:
    """Return the number of the version that a request names, if any; raises `Fault` (400)."""
    texts = request.query_params.getlist("version")
    if len(texts) > 1:
        raise fault(400, "The request has more than one version.", "Send one.")
    return version_of(texts[0]) if texts else None


def _graphs(values: dict[str, tuple[str, ...]], name: str) -> tuple[str, ...] | None:
    iris = values.get(name)
    for iri in iris or ():
        if ":" not in iri or any(letter in iri for letter in ' <>"{}|\\^`\0\n\r\t'):
            raise fault(400, f"The {name} {iri!r} is not an IRI.", "Give an absolute IRI.")
    return None if iris is None else tuple(dict.fromkeys(iris))


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise _not_utf8() from None


def _not_utf8() -> Fault:
    return fault(400, "The request is not UTF-8.", "Encode it as UTF-8.")


def _too_long(status: int, longest: int) -> Fault:
    return fault(status, f"The query is longer than {longest} bytes.", "Shorten it.")
