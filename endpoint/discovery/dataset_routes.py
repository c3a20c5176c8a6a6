"""The description of the dataset at `/dataset` and `/.well-known/void`, in RDF and HTML."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from markupsafe import Markup
from pyoxigraph import NamedNode, RdfFormat, Triple, parse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.document_routes import answered, entity_tag
from urbansdg.endpoint.discovery.dataset_figures import dataset_figures
from urbansdg.endpoint.discovery.dcat import (
    DESCRIPTION,
    KEYWORDS,
    TITLE,
    DatasetCatalogue,
    description_of,
    title_of,
)
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.editions.void_counts import TARGETS
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.page_layout import forms_at, framed
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.description_profiles import (
    DCAT,
    LIST,
    OWN,
    SCHEMA_ORG,
    VOID,
    links_of,
    listed,
)
from urbansdg.endpoint.linked_data.profile_negotiation import EXTENSIONS, RequestedVariant, variant
from urbansdg.endpoint.linked_data.rdf_serialisation import in_format
from urbansdg.endpoint.linked_data.schema_org import WRITER
from urbansdg.endpoint.linked_data.signposting import ABOUT_PAGE, Link, forms_of, sets_of, written
from urbansdg.endpoint.web.conditional_requests import last_modified
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.graph_precedence import precedence
from urbansdg.ontology.media_types import GZIP, Format
from urbansdg.ontology.namespaces import PREFIXES, SCHEMA_HTTPS

OFFERS: Final = (OWN, DCAT, VOID, SCHEMA_ORG)
"""The profiles of the description, the default one first."""

PATH: Final = "/dataset"

_PATIENCE: Final = 1.0
"""Seconds that an answer waits for the counts of a new version."""


def dataset_routes(context: Context, editions: Editions) -> list[BaseRoute]:
    """Return the routes of the dataset's description."""
    pages = _Dataset(context, editions)
    paths = (PATH, f"{PATH}.{{extension}}", "/.well-known/void")
    return [Route(path, pages.answer, methods=READING) for path in paths]


@dataclass(frozen=True)
class _Dataset:
    context: Context
    editions: Editions

    async def answer(self, request: Request) -> Response:
        """Answer in the form that the extension of the address or Accept selects."""
        extension = request.path_params.get("extension")
        if extension is not None and extension not in EXTENSIONS:
            raise fault(404, "The dataset has no such form.", "See /dataset for its forms.")
        choice = variant(request, OFFERS, extension)
        catalogue = await described(self.context, self.editions)
        number = str(catalogue.edition.number)
        site = SiteLinks(self.context.iris.base, LanguagePreference.of(request), PATH)
        state = "" if catalogue.edition.statistics else " uncounted"
        tag = entity_tag(number, f"{PATH} {catalogue.publisher}{state}", choice, site.reader)
        profiles = links_of(catalogue.dataset, (*OFFERS, LIST), choice.profile)
        links = (*map(written, _few(signposts(catalogue))), *profiles)
        headers = {"urbansdg-version": number, "link": ", ".join(links)}
        headers["last-modified"] = last_modified(catalogue.edition.created)
        if extension is None:
            own = choice.profile is OWN
            profile = "" if own else f"?_profile={choice.profile.token}"
            headers["content-location"] = f"{PATH}.{choice.extension}{profile}"
        body = partial(self._body, catalogue, choice, site)
        return await answered(request, choice, tag, body, headers)

    def _body(
        self, catalogue: DatasetCatalogue, choice: RequestedVariant, site: SiteLinks
    ) -> bytes:
        if choice.form is None:
            keeps_versions = self.context.store.capabilities.keeps_versions
            versions = self.editions.numbers() if keeps_versions else ()
            return _page(
                catalogue, site, dataset_figures(self.context, versions, catalogue.edition, site)
            )
        return _description(catalogue, choice, choice.form)


async def described(context: Context, editions: Editions) -> DatasetCatalogue:
    """Return the description of the current version, without counts while these are made."""
    edition = await editions.description(context.snapshot().number, _PATIENCE)
    return DatasetCatalogue(
        edition,
        context.iris.base,
        context.settings.publisher,
        context.settings.contact,
    )


def signposts(catalogue: DatasetCatalogue) -> list[Link]:
    """Return the typed links from the dataset's page."""
    page, base = catalogue.dataset, catalogue.base
    licences = catalogue.edition.licences()
    return [
        Link(page, "cite-as", page),
        Link(page, "type", ABOUT_PAGE),
        Link(page, "type", SCHEMA_HTTPS.Dataset),
        *forms_of(page),
        *(Link(page, "license", licence) for licence in licences if len(licences) == 1),
        *(Link(page, "item", catalogue.address(file), GZIP) for file in catalogue.edition.files),
        *sets_of(page, base),
    ]


def _few(links: list[Link]) -> list[Link]:
    """Leave out the dumps of single graphs: servers limit headers to 8 KB; the linkset has all."""
    return [link for link in links if link.rel != "item" or "/graph/" not in link.href]


def _description(catalogue: DatasetCatalogue, choice: RequestedVariant, form: Format) -> bytes:
    if choice.profile is LIST:
        address = catalogue.dataset
        return in_format(form, listed(address, address, (*OFFERS, LIST)))
    if choice.profile is SCHEMA_ORG:
        return in_format(form, _in_schema_org(catalogue), writer=WRITER)
    left_out = {DCAT: "void", VOID: "dcat"}.get(choice.profile)
    space = PREFIXES[left_out] if left_out else None
    triples = (
        triple for triple in catalogue.triples() if space is None or not _is_in(triple, space)
    )
    return in_format(form, triples, topic=catalogue.dataset)


def _in_schema_org(catalogue: DatasetCatalogue) -> Iterator[Triple]:
    """Yield the JSON-LD of the page as triples."""
    document = _schema_org(catalogue) | {"@context": dict(WRITER.context)}
    for quad in parse(json.dumps(document), format=RdfFormat.JSON_LD):
        yield quad.triple


def _is_in(triple: Triple, space: str) -> bool:
    """Tell whether a triple uses a vocabulary: its property, or the class of a type."""
    kind = triple.object.value if isinstance(triple.object, NamedNode) else ""
    is_type = triple.predicate.value == f"{PREFIXES['rdf']}type"
    return triple.predicate.value.startswith(space) or (is_type and kind.startswith(space))


def _page(catalogue: DatasetCatalogue, site: SiteLinks, figures: list[Markup]) -> bytes:
    edition, counts = catalogue.edition, catalogue.edition.statistics
    names = {target.space: target.name for target in TARGETS}
    return framed(
        "dataset.html.jinja",
        site,
        crumbs=(),
        forms=forms_at(site, PATH),
        version=edition.number,
        catalogue=catalogue,
        edition=edition,
        counts=counts,
        graphs=edition.graphs,
        linksets=[
            (names.get(linkset.source), names[linkset.target], linkset.links)
            for linkset in (counts.linksets if counts else ())
        ],
        short=_short,
        precedence=precedence,
        json_ld=_schema_org(catalogue),
        figures=figures,
    )


def _short(iri: str) -> str:
    """Return an IRI as `prefix:name` where one of the known prefixes matches."""
    spaces = ((prefix, space) for prefix, space in PREFIXES.items() if iri.startswith(space))
    prefix, space = max(spaces, key=lambda candidate: len(candidate[1]), default=("", ""))
    return f"{prefix}:{iri.removeprefix(space)}" if prefix else iri


def _schema_org(catalogue: DatasetCatalogue) -> dict[str, object]:
    """Return the dataset as schema.org/Dataset, which search engines index."""
    edition = catalogue.edition
    licences = list(edition.licences())
    return {
        "@context": str(SCHEMA_HTTPS),
        "@type": "Dataset",
        "@id": catalogue.dataset,
        "url": catalogue.dataset,
        "name": TITLE,
        "description": DESCRIPTION,
        "keywords": list(KEYWORDS),
        "version": str(edition.number),
        "dateModified": edition.created.isoformat(),
        "isAccessibleForFree": True,
        "license": licences[0] if len(licences) == 1 else licences,
        "creator": {"@type": "Organization", "name": catalogue.publisher},
        "publisher": {"@type": "Organization", "name": catalogue.publisher},
        "distribution": list(_downloads(catalogue)),
        # Search engines refuse a nested dataset without a licence.
        "hasPart": [
            {
                "@type": "Dataset",
                "@id": graph.iri,
                "name": title_of(graph),
                "description": description_of(graph),
                "license": graph.licence,
            }
            for graph in edition.graphs
            if graph.licence
        ],
    }


def _downloads(catalogue: DatasetCatalogue) -> Iterator[dict[str, object]]:
    for file in catalogue.edition.files:
        if file.graph is None:
            yield {
                "@type": "DataDownload",
                "contentUrl": catalogue.address(file),
                "encodingFormat": [file.media_type, GZIP],
            } | (
                {}
                if file.bytes is None
                else {"contentSize": f"{file.bytes} B", "sha256": file.sha256}
            )
