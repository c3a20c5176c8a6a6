"""The vocabularies, which every installation serves: ontology, shapes, concept schemes."""

import hashlib
import json
from collections.abc import Iterator
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
from urbansdg.endpoint.dereference.document_routes import answered, entity_tag
from urbansdg.endpoint.dereference.standalone_shapes import standalone_shapes
from urbansdg.endpoint.dereference.vocabulary_terms import Vocabulary
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.page_layout import forms_at, framed
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.description_profiles import AXIOMS, LIST, OWN, links_of, listed
from urbansdg.endpoint.linked_data.owl_xml import owl_xml
from urbansdg.endpoint.linked_data.profile_negotiation import EXTENSIONS, RequestedVariant, variant
from urbansdg.endpoint.linked_data.rdf_serialisation import in_format
from urbansdg.endpoint.web.conditional_requests import last_modified, modified
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology import jsonld_context
from urbansdg.ontology.media_types import GRAPHS, OWL_XML
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.ontology.owl_profile import owl_profile
from urbansdg.ontology.vocabulary_files import ontology_files
from urbansdg.shapes.model.shape_profile import PROFILES, profile_files
from urbansdg.shapes.model.shape_texts import translation_files

_PROFILE: Final = "urbansdg-owl"
_AXIOMS: Final = "owl"
"""The last segment of the IRI of the profile in OWL 2 DL."""


def vocabulary_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the ontology, the shapes and the schemes."""
    answer = partial(_answer, context)
    paths = ("/ontology", "/shapes", "/vocab/{scheme}")
    extended = (f"{path}.{{extension}}" for path in paths)
    described = [Route(path, answer, methods=READING) for path in (*extended, *paths)]
    version = Route("/ontology/{version}", answer, methods=READING)
    standalone = Route("/shapes/standalone.ttl", partial(_standalone, context), methods=READING)
    return [*described, version, standalone, Route("/context.jsonld", _context, methods=READING)]


async def _context(request: Request) -> Response:
    """Answer with the JSON-LD context."""
    body = json.dumps({"@context": jsonld_context.context()}, ensure_ascii=False, indent=1).encode()
    state = hashlib.blake2b(body, digest_size=9).hexdigest()
    choice = RequestedVariant(EXTENSIONS["jsonld"], fixed=True)
    tag = entity_tag(state, request.url.path, choice, None)
    return await answered(request, choice, tag, lambda: body, _modified("ontology"))


async def _standalone(context: Context, request: Request) -> Response:
    """Answer with the shapes and all that they look up, for other SHACL processors."""
    snapshot = context.snapshot()
    variant = RequestedVariant(EXTENSIONS["ttl"], fixed=True)
    state = f"{snapshot.mark} {read_vocabulary('shapes').state}"
    tag = entity_tag(state, request.url.path, variant, None)

    def body() -> bytes:
        triples = standalone_shapes(snapshot.store, context.iris)
        return in_format(variant.form or GRAPHS[0], sorted(triples, key=str))

    return await answered(
        request, variant, tag, body, dict(modified(snapshot.created, snapshot.mark))
    )


async def _answer(context: Context, request: Request) -> Response:
    """Answer with a vocabulary, in the form that the extension or Accept selects."""
    extension = request.path_params.get("extension")
    if extension is not None and extension not in EXTENSIONS:
        raise _unknown()
    vocabulary = _vocabulary(request)
    path = request.url.path
    offers = (OWN, AXIOMS) if path.startswith("/ontology") else (OWN,)
    choice = variant(request, offers, extension)
    bare = path.removesuffix(f".{extension}") if extension else path
    site, page = (
        SiteLinks(context.iris.base, LanguagePreference.of(request), bare),
        f"{context.iris.base}{bare}",
    )
    tag = entity_tag(vocabulary.state, path, choice, site.reader)
    links = links_of(page, (*offers, LIST), choice.profile)
    headers = {"link": ", ".join(links)} | _modified(vocabulary.name)
    if extension is None and "version" not in request.path_params:
        headers["content-location"] = f"{path}.{choice.extension}"

    def body() -> bytes:
        if choice.profile is LIST:
            return in_format(choice.form or GRAPHS[0], listed(page, page, (*offers, LIST)))
        return _body(vocabulary, choice, site)

    return await answered(request, choice, tag, body, headers)


def _vocabulary(request: Request) -> Vocabulary:
    """Return the vocabulary at an address; raises `Fault` (404) where there is none."""
    scheme, version = (request.path_params.get(name) for name in ("scheme", "version"))
    if scheme is not None:
        if scheme not in _names("vocab"):
            raise _unknown()
        return read_vocabulary(f"vocab/{scheme}")
    if version is not None:
        return read_vocabulary(_of_version(version))
    return read_vocabulary("shapes" if request.url.path.startswith("/shapes") else "ontology")


def _of_version(version: str) -> str:
    """Return the file with a version of the ontology, or with its profile in OWL 2 DL."""
    if version == _AXIOMS:
        return _PROFILE
    if version in _names("versions"):
        return f"versions/{version}"
    number = NamedNode(f"{PREFIXES['owl']}versionInfo")
    if any(
        read_vocabulary("ontology").store.quads_for_pattern(None, number, Literal(version), None)
    ):
        return "ontology"
    raise fault(404, "Version of the ontology not found.", "See /ontology for the latest.")


@cache
def _names(folder: str) -> frozenset[str]:
    """Return the names of the vocabularies in a folder of the ontology."""
    sources = files("urbansdg.ontology").joinpath(folder).iterdir()
    return frozenset(file.name.removesuffix(".ttl") for file in sources)


@cache
def read_vocabulary(name: str) -> Vocabulary:
    """Return a vocabulary of the project by its name, `ontology` for one; parsed once."""
    sources = list(_sources(name))
    store = Store()
    if name == _PROFILE:
        store.extend(Quad(axiom.subject, axiom.predicate, axiom.object) for axiom in owl_profile())
    else:
        for source in sources:
            store.extend(
                Quad(quad.subject, quad.predicate, quad.object)
                for quad in parse(source.read_bytes(), format=RdfFormat.TURTLE)
            )
    digest = hashlib.blake2b(b"".join(source.read_bytes() for source in sources), digest_size=9)
    return Vocabulary(_title(name), name, digest.hexdigest(), store)


def _title(name: str) -> str:
    """Return the title of the page of a vocabulary."""
    if name == _PROFILE:
        return "Ontology: OWL 2 DL profile"
    folder, _, own = name.rpartition("/")
    return f"Ontology {own}" if folder == "versions" else own.capitalize()


def _sources(name: str) -> Iterator[Traversable]:
    if name == "shapes":
        yield from profile_files(PROFILES[-1])
        yield from translation_files()
    elif name == "ontology":
        yield from ontology_files()
    else:
        yield files("urbansdg.ontology").joinpath(f"{name}.ttl")
    if name == _PROFILE:  # its domains and ranges are derived from the ontology
        yield files("urbansdg.ontology").joinpath("ontology.ttl")


@cache
def _modified(name: str) -> dict[str, str]:
    """Return Last-Modified of a vocabulary from its files; nothing for files in a zip."""
    times = [source.stat().st_mtime for source in _sources(name) if isinstance(source, Path)]
    moments = (datetime.fromtimestamp(timestamp, UTC) for timestamp in times)
    return {"last-modified": last_modified(max(moments))} if times else {}


def _body(vocabulary: Vocabulary, choice: RequestedVariant, site: SiteLinks) -> bytes:
    if choice.form is OWL_XML:
        declarations = () if vocabulary.name == "ontology" else read_vocabulary("ontology").store
        return owl_xml(vocabulary.store, declarations)
    if choice.form is not None:
        return in_format(choice.form, sorted((quad.triple for quad in vocabulary.store), key=str))
    return framed(
        "vocabulary.html.jinja",
        site,
        crumbs=(),
        forms=forms_at(site, site.path),
        title=vocabulary.title_for(site),
        about=vocabulary.about(site),
        terms=list(vocabulary.terms(site)),
        is_scheme=site.path.startswith("/vocab/"),
    )


def _unknown() -> Exception:
    return fault(404, "Vocabulary not found.", "See /ontology for the vocabularies.")
