"""The OpenAPI document for people: as a page, and as docs/reference/http.md.

python -m urbansdg.endpoint.http_reference > docs/reference/http.md
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.site_links import SiteLinks

_EVERYWHERE: Final = {"304", "308", "If-None-Match"}
"""What almost every address that is read has: the introduction describes it once."""


@dataclass(frozen=True, slots=True)
class ReferenceParameter:
    """A parameter of an operation, with the values that it takes in words."""

    name: str
    place: str
    is_required: bool
    values: str
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class ReferenceResponse:
    """An answer of an operation: its status, what it means, its media types and header fields."""

    status: str
    description: str
    media_types: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """An operation: a method of a path. `errors` are the statuses of problem documents."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[ReferenceParameter, ...]
    body: tuple[str, ...]
    responses: tuple[ReferenceResponse, ...]
    errors: tuple[str, ...]
    needs_token: bool

    @property
    def anchor(self) -> str:
        """The name of the operation as a fragment of an address."""
        words = "".join(letter if letter.isalnum() else " " for letter in self.path).split()
        return "-".join((self.method.lower(), *words))


def reference(document: dict[str, Any]) -> dict[str, list[ReferenceEntry]]:
    """Return the operations of an OpenAPI document by the names of their sections."""
    entries: dict[str, list[ReferenceEntry]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            entries[operation["tags"][0]].append(_entry(path, method, operation))
    return entries


def problems(document: dict[str, Any]) -> dict[str, str]:
    """Return what each status of a problem document means."""
    responses = document["components"]["responses"]
    return {
        name.removeprefix("Problem"): response["description"]
        for name, response in responses.items()
    }


def reference_page(document: dict[str, Any], site: SiteLinks) -> bytes:
    """Return the document as a page."""
    purpose, *rules = document["info"]["description"].split("\n- ")
    return framed(
        "api.html.jinja",
        site,
        crumbs=(),
        purpose=purpose,
        rules=rules,
        sections=reference(document),
        problems=problems(document),
    )


def reference_markdown(document: dict[str, Any]) -> str:
    """Return the document as a page of the documentation."""
    return "\n".join(_lines(document)) + "\n"


def _entry(path: str, method: str, operation: dict[str, Any]) -> ReferenceEntry:
    responses: dict[str, dict[str, Any]] = operation["responses"]
    return ReferenceEntry(
        method.upper(),
        path,
        operation["summary"],
        operation.get("description", ""),
        tuple(map(_parameter, _documented(method, operation.get("parameters", ())))),
        tuple(operation.get("requestBody", {}).get("content", ())),
        tuple(
            _response(status, response)
            for status, response in responses.items()
            if "$ref" not in response and status not in _EVERYWHERE
        ),
        tuple(status for status, response in responses.items() if "$ref" in response),
        "security" in operation,
    )


def _documented(method: str, parameters: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the parameters; leave out If-None-Match of GET, which every GET has."""
    for parameter in parameters:
        if method != "get" or parameter["name"] not in _EVERYWHERE:
            yield parameter


def _parameter(parameter: dict[str, Any]) -> ReferenceParameter:
    schema = parameter["schema"]
    repeats = schema["type"] == "array"
    one = schema["items"] if repeats else schema
    values = "one of " + ", ".join(one["enum"]) if "enum" in one else one.get("format", one["type"])
    example = parameter.get("example", "")
    value = example[0] if isinstance(example, list) else example
    return ReferenceParameter(
        parameter["name"],
        parameter["in"],
        parameter["required"],
        f"{values}; may repeat" if repeats else values,
        parameter["description"],
        str(value),
    )


def _response(status: str, response: dict[str, Any]) -> ReferenceResponse:
    content, headers = response.get("content", ()), response.get("headers", ())
    return ReferenceResponse(status, response["description"], tuple(content), tuple(headers))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield "# HTTP API"
    yield ""
    yield "<!-- Made by `python -m urbansdg.endpoint.http_reference`. Do not edit. -->"
    yield ""
    yield document["info"]["description"].rstrip()
    yield "- The same as OpenAPI 3.1 is at `/openapi.json`, and as a page at `/docs`."
    yield ""
    yield "## Errors"
    yield ""
    yield "| status | meaning |"
    yield "|---|---|"
    for status, text in problems(document).items():
        yield f"| {status} | {text} |"
    texts = {tag["name"]: tag["description"] for tag in document["tags"]}
    for section, entries in reference(document).items():
        yield ""
        yield f"## {section}"
        yield ""
        yield texts[section]
        for entry in entries:
            yield from _entry_lines(entry)


def _entry_lines(entry: ReferenceEntry) -> Iterator[str]:
    yield ""
    yield f"### {entry.method} `{entry.path}`"
    yield ""
    yield f"{entry.summary}.{' Needs a token.' if entry.needs_token else ''}"
    if entry.description:
        yield ""
        yield entry.description
    if entry.parameters:
        yield ""
        yield "| parameter | in | values | meaning | example |"
        yield "|---|---|---|---|---|"
        for row in entry.parameters:
            name = f"`{row.name}`{' (required)' if row.is_required else ''}"
            example = f"`{row.example}`" if row.example else ""
            yield f"| {name} | {row.place} | {row.values} | {row.description} | {example} |"
    if entry.body:
        yield ""
        yield f"Body: {_listed(entry.body)}."
    yield ""
    yield "| status | answer | media types | header fields |"
    yield "|---|---|---|---|"
    for answer in entry.responses:
        types, fields = _listed(answer.media_types), _listed(answer.headers)
        yield f"| {answer.status} | {answer.description} | {types} | {fields} |"
    if entry.errors:
        yield ""
        yield f"Errors: {', '.join(entry.errors)}."


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
