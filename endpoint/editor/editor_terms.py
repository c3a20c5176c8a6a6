"""`/sparql/terms`: the prefixes, classes and properties that a query can name, with their labels.

The terms of the project are those of its ontology; those of other vocabularies are the ones that
the pages have words for. Deprecated terms are left out.
"""

import csv
import json
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.resources import files
from typing import Final

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.vocabulary_routes import read_vocabulary
from urbansdg.endpoint.html.interface_texts import InterfaceTexts
from urbansdg.endpoint.html.language_lookup import LanguagePreference, local_name, names
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import REVALIDATE
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.web.conditional_requests import entity_tag_of, not_modified_response
from urbansdg.ontology.media_types import JSON
from urbansdg.ontology.namespaces import PREFIXES, RDF, SDGO, USDG, expanded

_TYPE: Final = NamedNode(RDF.type)
_OWL: Final = PREFIXES["owl"]
_DEPRECATED: Final = NamedNode(f"{_OWL}deprecated")
_CLASSES: Final = frozenset((f"{_OWL}Class",))
_PROPERTIES: Final = frozenset(
    f"{_OWL}{kind}" for kind in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
)
_OF_THE_UN: Final = (SDGO.Goal, SDGO.Target, SDGO.Indicator, SDGO.Series)

Labelled = tuple[str, str]


@dataclass(frozen=True, slots=True)
class EditorTerms:
    """The IRIs of classes and of properties, each with its label."""

    classes: tuple[Labelled, ...]
    properties: tuple[Labelled, ...]


def editor_routes(context: Context) -> list[BaseRoute]:
    """Return the route of the terms."""
    return [Route("/sparql/terms", partial(_answer, context.iris.base), methods=READING)]


async def _answer(base: str, request: Request) -> Response:
    """Answer with the terms in the language of the reader, as JSON."""
    site = SiteLinks.of(request, base)
    state = read_vocabulary("ontology").state
    headers = {
        "etag": entity_tag_of(state, f"/sparql/terms {site.words.language}"),
        "cache-control": REVALIDATE,
        "vary": "Accept-Language",
        "content-language": site.words.language,
    }
    not_modified = not_modified_response(request, headers)
    if not_modified is not None:
        return not_modified
    terms = editor_terms(site.words.language)
    document = {
        "prefixes": PREFIXES,
        "classes": terms.classes,
        "properties": terms.properties,
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    return Response(body, headers=headers, media_type=JSON)


@lru_cache(maxsize=16)
def editor_terms(language: str) -> EditorTerms:
    """Return the terms with their labels in a language of the pages, by label."""
    store = read_vocabulary("ontology").store
    reader, words = LanguagePreference(query_language=language), InterfaceTexts(language)
    classes: dict[str, str] = {}
    properties: dict[str, str] = {}
    for quad in store.quads_for_pattern(None, _TYPE, None, None):
        term, kind = quad.subject, quad.object
        if not isinstance(term, NamedNode) or not term.value.startswith(str(USDG)):
            continue
        if any(store.quads_for_pattern(term, _DEPRECATED, None, None)):
            continue
        label = reader.choose(names(store, term))
        text = local_name(term.value) if label is None else label.value
        if isinstance(kind, NamedNode) and kind.value in _CLASSES:
            classes[term.value] = text
        elif isinstance(kind, NamedNode) and kind.value in _PROPERTIES:
            properties[term.value] = text
    for name in _external_names():
        local = name.partition(":")[2]
        chosen = classes if local[:1].isupper() else properties
        chosen[expanded(name)] = words.term(name) or local
    classes |= {iri: local_name(iri) for iri in _OF_THE_UN if iri not in classes}
    return EditorTerms(_sorted(classes), _sorted(properties))


def _external_names() -> list[str]:
    text = files("urbansdg.endpoint.html").joinpath("terms.csv").read_text("utf-8")
    return [row["key"] for row in csv.DictReader(text.splitlines())]


def _sorted(labels: dict[str, str]) -> tuple[Labelled, ...]:
    return tuple(sorted(labels.items(), key=lambda entry: (entry[1].casefold(), entry[0])))
