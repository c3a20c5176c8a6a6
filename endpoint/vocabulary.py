"""The vocabulary of the project, served by every installation: ontology, shapes, schemes."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.documents import answered, entity_tag
from urbansdg.endpoint.faults import fault
from urbansdg.endpoint.formats import GRAPHS
from urbansdg.endpoint.labels import Reader, local_name, names
from urbansdg.endpoint.page import Value
from urbansdg.endpoint.pages.layout import forms_at, framed
from urbansdg.endpoint.pages.site import Site
from urbansdg.endpoint.profiles import LIST, OWN, links_of, listed
from urbansdg.endpoint.serialisation import in_format
from urbansdg.endpoint.validators import last_modified
from urbansdg.endpoint.variants import EXTENSIONS, Wanted, variant
from urbansdg.ontology import jsonld
from urbansdg.ontology.names import PREFIXES
from urbansdg.shapes.profile import PROFILES, profile_files

_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_DEFINING: Final = tuple(
    NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (("skos", "definition"), ("rdfs", "comment"), ("sh", "message"))
)
_EXAMPLE: Final = NamedNode(f"{PREFIXES['skos']}example")


@dataclass(frozen=True, slots=True)
class Term:
    """A term as its vocabulary's page tells it."""

    anchor: str
    iri: str
    name: Value
    described: str
    kinds: tuple[str, ...]
    definition: str
    example: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A vocabulary: its name on its page and its file, the state of that, and its statements."""

    title: str
    name: str
    state: str
    store: Store

    def terms(self, site: Site) -> Iterator[Term]:
        """Yield its terms that have an anchor, by name."""
        subjects = {quad.subject for quad in self.store if isinstance(quad.subject, NamedNode)}
        for subject in sorted(subjects, key=lambda each: each.value):
            anchor = subject.value.partition("#")[2]
            if anchor:
                yield self._term(subject, anchor, site)

    def _term(self, subject: NamedNode, anchor: str, site: Site) -> Term:
        name = site.reader.choose(names(self.store, subject))
        language = None if name is None or name.language == site.words.language else name.language
        kinds = (quad.object for quad in self.store.quads_for_pattern(subject, _TYPE, None, None))
        return Term(
            anchor,
            subject.value,
            Value(anchor) if name is None else Value(name.value, language=language),
            site.inward(subject.value),
            tuple(sorted(local_name(each.value) for each in kinds if isinstance(each, NamedNode))),
            next(filter(None, (self._text(subject, each) for each in _DEFINING)), ""),
            self._text(subject, _EXAMPLE),
        )

    def _text(self, subject: NamedNode, predicate: NamedNode) -> str:
        found = self.store.quads_for_pattern(subject, predicate, None, None)
        texts = sorted(quad.object.value for quad in found if isinstance(quad.object, Literal))
        return texts[0] if texts else ""


def vocabulary_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the ontology, the shapes and the schemes."""
    answer = partial(_answer, context)
    paths = ("/ontology", "/shapes", "/vocab/{scheme}")
    extended = (f"{path}.{{extension}}" for path in paths)
    described = [Route(path, answer, methods=["GET", "HEAD"]) for path in (*extended, *paths)]
    return [*described, Route("/context.jsonld", _context, methods=["GET", "HEAD"])]


async def _context(request: Request) -> Response:
    """Answer with the JSON-LD context."""
    body = json.dumps({"@context": jsonld.context()}, ensure_ascii=False, indent=1).encode()
    state = hashlib.blake2b(body, digest_size=9).hexdigest()
    wanted = Wanted(EXTENSIONS["jsonld"], fixed=True)
    tag = entity_tag(state, request.url.path, wanted, None)
    return await answered(request, wanted, tag, lambda: body, _modified("ontology"))


async def _answer(context: Context, request: Request) -> Response:
    """Answer with a vocabulary, in the form that its address or Accept asks for."""
    extension = request.path_params.get("extension")
    if extension is not None and extension not in EXTENSIONS:
        raise _unknown()
    vocabulary = _vocabulary(request)
    path = request.url.path
    wanted = variant(request, extension=extension)
    bare = path.removesuffix(f".{extension}") if extension else path
    site, page = Site(context.iris.base, Reader.of(request), bare), f"{context.iris.base}{bare}"
    tag = entity_tag(vocabulary.state, path, wanted, site.reader)
    links = links_of(page, (OWN, LIST), wanted.profile)
    headers = {"link": ", ".join(links)} | _modified(vocabulary.name)
    if extension is None:
        headers["content-location"] = f"{path}.{wanted.extension}"

    def body() -> bytes:
        if wanted.profile is LIST:
            return in_format(wanted.form or GRAPHS[0], listed(page, page, (OWN, LIST)))
        return _body(vocabulary, wanted, site)

    return await answered(request, wanted, tag, body, headers)


def _vocabulary(request: Request) -> Vocabulary:
    scheme = request.path_params.get("scheme")
    if scheme is not None:
        return _read(f"vocab/{scheme}")
    return _read("shapes" if request.url.path.startswith("/shapes") else "ontology")


@cache
def _schemes() -> frozenset[str]:
    folder = files("urbansdg.ontology").joinpath("vocab").iterdir()
    return frozenset(file.name.removesuffix(".ttl") for file in folder)


def _read(name: str) -> Vocabulary:
    if name.startswith("vocab/") and name.removeprefix("vocab/") not in _schemes():
        raise _unknown()
    return _parsed(name)


@cache
def _parsed(name: str) -> Vocabulary:
    sources = list(_sources(name))
    store = Store()
    for source in sources:
        store.extend(
            Quad(quad.subject, quad.predicate, quad.object)
            for quad in parse(source.read_bytes(), format=RdfFormat.TURTLE)
        )
    digest = hashlib.blake2b(b"".join(each.read_bytes() for each in sources), digest_size=9)
    return Vocabulary(name.rpartition("/")[2].capitalize(), name, digest.hexdigest(), store)


def _sources(name: str) -> Iterator[Traversable]:
    if name == "shapes":
        yield from profile_files(PROFILES[-1])
    else:
        yield files("urbansdg.ontology").joinpath(f"{name}.ttl")
    if name == "ontology":
        yield files("urbansdg.ontology").joinpath("cube.ttl")


@cache
def _modified(name: str) -> dict[str, str]:
    """Return when a vocabulary was changed last, as far as its files tell."""
    times = [each.stat().st_mtime for each in _sources(name) if isinstance(each, Path)]
    moments = (datetime.fromtimestamp(each, UTC) for each in times)
    return {"last-modified": last_modified(max(moments))} if times else {}


def _body(vocabulary: Vocabulary, wanted: Wanted, site: Site) -> bytes:
    if wanted.form is not None:
        return in_format(wanted.form, sorted((quad.triple for quad in vocabulary.store), key=str))
    return framed(
        "vocabulary.html.jinja",
        site,
        crumbs=(),
        forms=forms_at(site, site.path),
        title=vocabulary.title,
        terms=list(vocabulary.terms(site)),
        is_scheme=site.path.startswith("/vocab/"),
    )


def _unknown() -> Exception:
    return fault(404, "There is no such vocabulary.", "/ontology leads to what there is.")
