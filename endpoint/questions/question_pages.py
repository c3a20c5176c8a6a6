"""`/questions` and `/questions/<name>`: the bundled questions, their forms and their answers.

For a client that names a format, or prefers one to HTML, the answer is that of `/sparql` to the
query of the question, with the same limits, validators and headers.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.dereference.document_routes import (
    POLICY,
    answered,
    entity_tag,
    validators,
)
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import NO_STORE, REVALIDATE
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.profile_negotiation import HERE
from urbansdg.endpoint.query.sparql_protocol import SparqlApplication
from urbansdg.endpoint.questions.question_code import code_for
from urbansdg.endpoint.questions.question_form import fields_of
from urbansdg.endpoint.questions.question_request import QuestionRequest, requested_question
from urbansdg.endpoint.results.result_address import ResultAddress
from urbansdg.endpoint.results.result_query import QueryResult, run_query
from urbansdg.endpoint.results.result_section import result_section
from urbansdg.endpoint.web.conditional_requests import not_modified_response
from urbansdg.endpoint.web.content_negotiation import preferred
from urbansdg.endpoint.web.problem_details import Fault, advice_beside, fault_of
from urbansdg.endpoint.workers.query_limits import QueryLimits
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.errors import UrbanSdgError
from urbansdg.ontology.media_types import HTML, JSON, RESULTS
from urbansdg.queries import TOPICS, questions
from urbansdg.queries.question_words import column_words, question_words

_SECONDS: Final = 10.0
_RESULT_TYPES: Final = tuple(name for form in RESULTS for name in (form.media_type, *form.aliases))


_VARY: Final = "Accept, Accept-Language"


def _varying(response: Response) -> Response:
    """Return the page with what it depends on: an address has data for clients that want them."""
    response.headers["vary"] = _VARY
    return response


def questions_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the questions."""
    pages = _QuestionPages(context, SparqlApplication(context))
    return [
        Route("/questions", pages.list_questions, methods=READING),
        Route("/questions/{name}", pages.answer, methods=READING),
    ]


class _SparqlAnswer(Response):
    """The answer of `/sparql` to a query, as it streams."""

    def __init__(self, sparql: SparqlApplication, parameters: list[tuple[str, str]]) -> None:
        super().__init__()
        self._sparql = sparql
        self._query_string = urlencode(parameters).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as `/sparql` does."""
        target = {"path": "/sparql", "raw_path": b"/sparql", "query_string": self._query_string}
        await self._sparql({**scope, **target}, receive, send)


@dataclass(frozen=True, slots=True)
class _QuestionPages:
    """The handlers of the questions; `sparql` answers clients that want data."""

    context: Context
    sparql: SparqlApplication

    async def list_questions(self, request: Request) -> Response:
        """Answer with the list of all questions, by topic."""
        site = SiteLinks.of(request, self.context.iris.base)
        named = request.query_params.get("format", "")
        is_json = named == "json" or (
            not named and preferred(request.headers.get("accept"), (HTML, JSON)) == JSON
        )
        if is_json:
            return _listed_as_json(site)
        tag = entity_tag("1", "/questions", HERE, site.reader)
        body = partial(framed, "questions.html.jinja", site, crumbs=(), topics=_by_topic(site))
        return _varying(await answered(request, HERE, tag, body, {}))

    async def answer(self, request: Request) -> Response:
        """Answer with the page of a question, or with its answer as data; raises `Fault`."""
        asked_for, snapshot = await requested_question(self.context, request)
        if self._wants_data(request, asked_for.format):
            return self._data(asked_for)
        return await self._page(request, asked_for, snapshot)

    def _wants_data(self, request: Request, form: str) -> bool:
        if form:
            return form != "html"
        best = preferred(request.headers.get("accept"), (HTML, *_RESULT_TYPES))
        return best is not None and best != HTML

    def _data(self, asked_for: QuestionRequest) -> Response:
        if asked_for.fault is not None:
            raise asked_for.fault
        query = asked_for.question.plain_query(self.context.iris.base, asked_for.values)
        parameters = [("query", query)]
        if asked_for.version is not None:
            parameters.append(("version", str(asked_for.version)))
        if asked_for.format:
            parameters.append(("format", asked_for.format))
        return _SparqlAnswer(self.sparql, parameters)

    async def _page(
        self, request: Request, asked_for: QuestionRequest, snapshot: Snapshot
    ) -> Response:
        site = SiteLinks.of(request, self.context.iris.base)
        if asked_for.fault is not None:
            return await self._failed(asked_for, asked_for.fault, snapshot, site)
        seed = f"/questions/{asked_for.question.name} {asked_for.pairs} {asked_for.view}"
        seed += f" {asked_for.version}"
        tag = entity_tag(snapshot.mark, seed, HERE, site.reader)
        version = {"urbansdg-version": str(snapshot.number)}
        not_modified = not_modified_response(request, validators(tag, HERE) | version)
        if not_modified is not None:
            return _varying(not_modified)
        try:
            result = await run_question(self.context, request, asked_for, snapshot)
        except Fault as error:
            return await self._failed(asked_for, error, snapshot, site)
        except UrbanSdgError as error:
            return await self._failed(asked_for, fault_of(error), snapshot, site)
        body = partial(self._rendered, asked_for, snapshot, site, result)
        return _varying(await answered(request, HERE, tag, body, version))

    async def _failed(
        self, asked_for: QuestionRequest, error: Fault, snapshot: Snapshot, site: SiteLinks
    ) -> Response:
        """Answer with the page of a question and an error: its form has what was sent."""
        body = await run_in_threadpool(self._rendered, asked_for, snapshot, site, None, error)
        headers = {
            "cache-control": NO_STORE,
            "vary": _VARY,
            "content-security-policy": POLICY,
            **{name.decode(): value.decode() for name, value in error.headers},
        }
        return Response(body, error.status, headers, f"{HTML}; charset=utf-8")

    def _rendered(
        self,
        asked_for: QuestionRequest,
        snapshot: Snapshot,
        site: SiteLinks,
        result: QueryResult | None,
        error: Fault | None = None,
    ) -> bytes:
        question, language = asked_for.question, site.words.language
        words = question_words(question.name, language)
        address = ResultAddress.of(
            site, f"/questions/{question.name}", asked_for.pairs, asked_for.version
        )
        keeps = self.context.store.capabilities.keeps_versions
        section = None
        if result is not None:
            section = result_section(
                result,
                snapshot.store,
                address,
                view=asked_for.view,
                name=question.name,
                title=words,
                heads=column_words(question.columns, language),
                keeps_versions=keeps,
                figure_path=f"/figure/{question.name}.svg",
            )
        query = question.plain_query(site.base, asked_for.values)
        pinned = snapshot.number if keeps else None
        citation = ""
        if section is not None and section.permanent is not None:
            citation = citation_of(self.context, site, section.result, section.permanent, words)
        return framed(
            "question.html.jinja",
            site,
            crumbs=((site.words("questions"), site.at("/questions")),),
            version=snapshot.number,
            question=question,
            words=words,
            fields=fields_of(asked_for, snapshot, site),
            problem=None if error is None else error.problem,
            status=None if error is None else error.status,
            advice=None if error is None else advice_beside(error, site),
            pinned=asked_for.version,
            section=section,
            query=query,
            editor=site.at("/sparql", query=query),
            codes=code_for(site.base, question.name, asked_for.pairs, pinned),
            citation=citation,
        )


async def run_question(
    context: Context, request: Request, asked_for: QuestionRequest, snapshot: Snapshot
) -> QueryResult:
    """Return the answer to a question from a version, with things instead of their names.

    The columns have the names of the header. Raises `Fault` (429) and the errors of `QueryError`.
    """
    question = asked_for.question
    query = question.query_for_things(context.iris.base, asked_for.values)
    own = QueryLimits.of(context.settings)
    limits = replace(
        own, seconds=min(own.seconds, _SECONDS), cpu_seconds=min(own.cpu_seconds, _SECONDS)
    )
    asking = partial(context.clients.asking, context.clients.of(request.scope))
    message = QueryMessage(query, None, None)
    result = await run_query(context, message, limits, asking, snapshot)
    return replace(result, table=replace(result.table, columns=question.columns))


def citation_of(
    context: Context, site: SiteLinks, result: QueryResult, address: str, title: str = ""
) -> str:
    """Return the text to cite an answer with, by its permanent address."""
    source = f"{title} {site.words('site')}".lstrip()
    return (
        f"{context.settings.publisher} ({result.created:%Y-%m-%d}). {source},"
        f" {site.words('version_of', n=result.version)}. {address}"
    )


def _by_topic(site: SiteLinks) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the topics, each with the words and the addresses of its questions."""
    return [
        (
            topic,
            [
                (
                    question_words(question.name, site.words.language),
                    site.at(f"/questions/{question.name}"),
                )
                for question in questions()
                if question.topic == topic
            ],
        )
        for topic in TOPICS
    ]


def _listed_as_json(site: SiteLinks) -> Response:
    """Return the questions with their parameters, and the query of each for this installation."""
    language = site.words.language
    listed = [
        {
            "name": question.name,
            "words": question_words(question.name, language),
            "topic": question.topic,
            "href": f"{site.base}/questions/{question.name}",
            "columns": question.columns,
            "parameters": [
                {
                    "name": parameter.name,
                    "kind": parameter.kind,
                    "words": question_words(f"{question.name}.{parameter.name}", language),
                    "example": parameter.example,
                }
                for parameter in question.parameters
            ],
            "query": question.plain_query(site.base),
        }
        for question in questions()
    ]
    headers = {"cache-control": REVALIDATE, "vary": _VARY}
    return JSONResponse({"questions": listed}, headers=headers | {"content-language": language})
