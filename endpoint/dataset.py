"""The dataset's own pages: `/dataset` and `/.well-known/void`, in RDF and for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import RdfFormat, serialize
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.catalogue import DESCRIPTION, KEYWORDS, TITLE, Catalogue
from urbansdg.endpoint.context import Context
from urbansdg.endpoint.documents import Wanted, answered, entity_tag, negotiated
from urbansdg.endpoint.edition import GZIP
from urbansdg.endpoint.editions import Editions
from urbansdg.endpoint.faults import fault
from urbansdg.endpoint.formats import GRAPHS
from urbansdg.endpoint.labels import Reader
from urbansdg.endpoint.pages.layout import forms_at, framed
from urbansdg.endpoint.pages.site import Site
from urbansdg.endpoint.signposting import ABOUT_PAGE, Link, forms_of, header, sets_of
from urbansdg.endpoint.statistics import TARGETS
from urbansdg.ontology.names import PREFIXES

_BY_EXTENSION: Final = {form.extension: form for form in GRAPHS}
PATH: Final = "/dataset"


def dataset_routes(context: Context, editions: Editions) -> list[BaseRoute]:
    """Return the routes of the dataset's description."""
    pages = _Dataset(context, editions)
    paths = (PATH, f"{PATH}.{{extension}}", "/.well-known/void")
    return [Route(path, pages.answer, methods=["GET", "HEAD"]) for path in paths]


@dataclass(frozen=True)
class _Dataset:
    context: Context
    editions: Editions

    async def answer(self, request: Request) -> Response:
        """Answer with the description, in the form that the address or Accept asks for."""
        extension = request.path_params.get("extension")
        if extension is None:
            wanted = negotiated(self.context, request.headers.get("accept"))
        elif extension == "html" or extension in _BY_EXTENSION:
            wanted = Wanted(_BY_EXTENSION.get(extension))
        else:
            raise fault(404, "The dataset has no such form.", "/dataset leads to what there is.")
        catalogue = await described(self.context, self.editions)
        number = str(catalogue.edition.number)
        site = Site(self.context.iris.base, Reader.of(request), PATH)
        tag = entity_tag(number, f"{PATH} {catalogue.publisher}", wanted, site.reader)
        headers = {"urbansdg-version": number, "link": header(_few(signposts(catalogue)))}
        if extension is None:
            headers["content-location"] = f"{PATH}.{wanted.extension}"
        return await answered(request, wanted, tag, lambda: _body(catalogue, wanted, site), headers)


async def described(context: Context, editions: Editions) -> Catalogue:
    """Return the description of the current version; raises `Fault` (503) where it is not made."""
    edition = await editions.edition(context.snapshot().number)
    return Catalogue(edition, context.iris.base, context.settings.publisher)


def signposts(catalogue: Catalogue) -> list[Link]:
    """Return the typed links from the dataset's page."""
    page, base = catalogue.dataset, catalogue.base
    licences = catalogue.edition.licences()
    return [
        Link(page, "cite-as", page),
        Link(page, "type", ABOUT_PAGE),
        Link(page, "type", "https://schema.org/Dataset"),
        *forms_of(page),
        *(Link(page, "license", each) for each in licences if len(licences) == 1),
        *(Link(page, "item", catalogue.address(each), GZIP) for each in catalogue.edition.files),
        *sets_of(page, base),
    ]


def _few(links: list[Link]) -> list[Link]:
    """Leave out the dumps of single graphs: a header has to be short, the linkset has them all."""
    return [each for each in links if each.rel != "item" or "/graph/" not in each.href]


def _body(catalogue: Catalogue, wanted: Wanted, site: Site) -> bytes:
    if wanted.form is None:
        return _page(catalogue, site)
    engine = wanted.form.engine
    form = engine if isinstance(engine, RdfFormat) else RdfFormat.TURTLE
    return serialize(catalogue.triples(), format=form, prefixes=PREFIXES) or b""


def _page(catalogue: Catalogue, site: Site) -> bytes:
    edition = catalogue.edition
    names = {each.space: each.name for each in TARGETS}
    return framed(
        "dataset.html.jinja",
        site,
        crumbs=(),
        forms=forms_at(site, PATH),
        version=edition.number,
        description=DESCRIPTION,
        catalogue=catalogue,
        edition=edition,
        counts=edition.statistics,
        graphs=edition.graphs,
        linksets=[
            (names.get(each.source), names[each.target], each.links)
            for each in edition.statistics.linksets
        ],
        short=_short,
        json_ld=_schema_org(catalogue),
    )


def _short(iri: str) -> str:
    """Return an IRI as `prefix:name` where a prefix of ours begins it."""
    spaces = ((prefix, space) for prefix, space in PREFIXES.items() if iri.startswith(space))
    prefix, space = max(spaces, key=lambda each: len(each[1]), default=("", ""))
    return f"{prefix}:{iri.removeprefix(space)}" if prefix else iri


def _schema_org(catalogue: Catalogue) -> dict[str, object]:
    """Return the dataset in schema.org's words, for search engines (schema.org/Dataset)."""
    edition = catalogue.edition
    licences = list(edition.licences())
    return {
        "@context": "https://schema.org/",
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
        "hasPart": [
            {"@type": "Dataset", "@id": graph.iri, "name": graph.iri, "description": graph.source}
            for graph in edition.graphs
            if graph.source
        ],
    }


def _downloads(catalogue: Catalogue) -> Iterator[dict[str, object]]:
    for file in catalogue.edition.files:
        if file.graph is None:
            yield {
                "@type": "DataDownload",
                "contentUrl": catalogue.address(file),
                "encodingFormat": [file.media_type, GZIP],
                "contentSize": f"{file.bytes} B",
                "sha256": file.sha256,
            }
