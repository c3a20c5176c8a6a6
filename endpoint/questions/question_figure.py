"""`/figure/<question>.svg`: the chart or the map of an answer, as an image that can be embedded.

The image names its licence and how to cite it, and any site may embed it. An error is a problem
document, never an image.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from pyoxigraph import NamedNode
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.figures.svg_image import ImageSource, style_hash, svg_image
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import OF_A_VERSION, REVALIDATE
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.document import LICENCE, NameCache
from urbansdg.endpoint.linked_data.signposting import Link, header
from urbansdg.endpoint.questions.question_pages import citation_of, run_question
from urbansdg.endpoint.questions.question_request import QuestionRequest, requested_question
from urbansdg.endpoint.results.result_address import ResultAddress
from urbansdg.endpoint.results.result_cells import ResultCells
from urbansdg.endpoint.results.result_figure import ResultArtist, ResultDrawing
from urbansdg.endpoint.results.result_query import QueryResult
from urbansdg.endpoint.results.result_views import (
    DRAWN_VIEWS,
    ResultView,
    ResultViews,
    views_of,
)
from urbansdg.endpoint.web.conditional_requests import entity_tag_of, not_modified_response
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.media_types import SVG
from urbansdg.queries.question_words import column_words, question_words

PATH: Final = "/figure"


def figure_routes(context: Context) -> list[BaseRoute]:
    """Return the route of the figures of questions."""
    return [Route(f"{PATH}/{{name}}.svg", _QuestionFigure(context).answer, methods=READING)]


@dataclass(frozen=True, slots=True)
class _QuestionFigure:
    """The handler of the figures of questions."""

    context: Context

    async def answer(self, request: Request) -> Response:
        """Answer with the figure of a question; raises `Fault` and the errors of queries."""
        asked_for, snapshot = await requested_question(self.context, request)
        _require_valid(asked_for)
        site = SiteLinks.of(request, self.context.iris.base)
        headers = self._headers(asked_for, snapshot, site)
        not_modified = not_modified_response(request, headers)
        if not_modified is not None:
            return not_modified
        result = await run_question(self.context, request, asked_for, snapshot)
        body = partial(self._body, asked_for, snapshot, site, result)
        image, licences = await run_in_threadpool(body)
        name = asked_for.question.name
        own = f"{site.base}{PATH}/{name}.svg"
        headers |= _embeddable(name, own, snapshot, licences)
        return Response(image, headers=headers, media_type=SVG)

    def _headers(
        self, asked_for: QuestionRequest, snapshot: Snapshot, site: SiteLinks
    ) -> dict[str, str]:
        """Return the fields for caches; an image of a named version stays as it is."""
        language, reader = site.words.language, site.reader
        of_reader = (language, reader.query_language, reader.wish)  # names follow all of Accept
        seed = (PATH, asked_for.question.name, asked_for.pairs, asked_for.view, of_reader)
        return {
            "etag": entity_tag_of(snapshot.mark, f"{seed} {asked_for.version} {style_hash()}"),
            "cache-control": REVALIDATE if asked_for.version is None else OF_A_VERSION,
            "vary": "Accept-Language",
            "content-language": language,
            "urbansdg-version": str(snapshot.number),
        }

    def _body(
        self, asked_for: QuestionRequest, snapshot: Snapshot, site: SiteLinks, result: QueryResult
    ) -> tuple[bytes, tuple[str, ...]]:
        """Return the image, and the licences of the graphs of the version."""
        drawing = _drawn(asked_for, snapshot, site, result)
        licences = _licences(snapshot)
        words, question = site.words, asked_for.question
        address = ResultAddress.of(
            site, f"/questions/{question.name}", asked_for.pairs, asked_for.version
        )
        pinned = address.pinned(snapshot.number)
        citation = citation_of(self.context, site, result, pinned)
        notes = [f"{words('licence')}: {', '.join(licences)}"] if licences else []
        table = result.table
        if len(table.rows) < table.total:
            notes.append(words("rows_of", first=1, last=len(table.rows), n=table.total))
        notes += [words("map_disclaimer")] if drawing.has_borders else []
        image_address = ResultAddress.of(
            site, f"{PATH}/{question.name}.svg", asked_for.pairs, asked_for.version
        )
        source = ImageSource(
            image_address.pinned(snapshot.number),
            site.base,
            citation,
            licences,
            snapshot.created.isoformat(),
            tuple(notes),
        )
        return svg_image(drawing.drawing, drawing.text, source), licences


def _require_valid(asked_for: QuestionRequest) -> None:
    """Raise `Fault` (400) for wrong parameters, an unknown view, another format."""
    if asked_for.fault is not None:
        raise asked_for.fault
    if asked_for.view and asked_for.view not in DRAWN_VIEWS:
        message = f"Unknown view {asked_for.view[:80]!r}."
        raise fault(400, message, f"Use one of: {', '.join(DRAWN_VIEWS)}.")
    if asked_for.format not in {"", "svg"}:
        message = f"Unknown format {asked_for.format[:80]!r}: figures are SVG."
        raise fault(400, message, f"For data, see /questions/{asked_for.question.name}.")


def _drawn(
    asked_for: QuestionRequest, snapshot: Snapshot, site: SiteLinks, result: QueryResult
) -> ResultDrawing:
    """Return the drawing of an answer; raises `Fault` (404) where it does not have the view."""
    question, language = asked_for.question, site.words.language
    views = views_of(result.table)
    artist = ResultArtist(
        views,
        ResultCells.of(snapshot.store, site, result.table),
        question_words(question.name, language),
        column_words(question.columns, language),
    )
    drawing = artist.draw(_chosen(views, asked_for.view))
    if drawing is None:
        raise _undrawable(views)
    return drawing


def _chosen(views: ResultViews, name: str) -> ResultView:
    """Return the view of a name; without one the first that is drawn."""
    drawn = [view for view in views.names if view in DRAWN_VIEWS and name in {view, ""}]
    if not drawn:
        raise _undrawable(views)
    return drawn[0]


def _undrawable(views: ResultViews) -> Fault:
    own = [view for view in views.names if view in DRAWN_VIEWS]
    remedy = f"Its views: {', '.join(own)}." if own else "See its table at /questions."
    return fault(404, "The answer to this question has no such figure.", remedy)


def _licences(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the licences of the graphs of a version, each once."""
    names = NameCache(snapshot.store)
    graphs = (graph for graph in snapshot.store.named_graphs() if isinstance(graph, NamedNode))
    licences = {
        triple.object.value
        for graph in graphs
        for triple in names.rights_in(graph)
        if triple.predicate == LICENCE and isinstance(triple.object, NamedNode)
    }
    return tuple(sorted(licences))


def _embeddable(
    name: str, own: str, snapshot: Snapshot, licences: tuple[str, ...]
) -> Mapping[str, str]:
    """Return the fields with which any site may embed the image (Fetch, 3.6; CSP 3, 6.4.2)."""
    policy = (
        f"default-src 'none'; style-src {style_hash()}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors *"
    )
    fields = {
        "content-security-policy": policy,
        "cross-origin-resource-policy": "cross-origin",
        "content-disposition": f'inline; filename="{name}-v{snapshot.number}.svg"',
    }
    links = [Link(own, "license", licence) for licence in licences if len(licences) == 1]
    return fields | ({"link": header(links)} if links else {})
