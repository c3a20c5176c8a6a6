"""Memento (RFC 7089) over the versions of the graph.

`/doc/...` is the original resource and its own TimeGate (pattern 1.1): with `Accept-Datetime` it
redirects (302) to the Memento at `/memento/<version>/doc/...`. `/timegate/doc/...` always does so.
`/timemap/doc/...` lists the Mementos: one for each version that is kept and has the thing.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.document_routes import (
    Documents,
    ending,
    path_of_request,
    unknown,
)
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.editions.memento_datetimes import (
    MementoState,
    States,
    date_of,
    moment_of,
    states_of,
    ways_of_query,
)
from urbansdg.endpoint.history.change_history import History, read, spans
from urbansdg.endpoint.http_fields.cache_control import NO_CACHE, OF_A_VERSION
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.media_types import LINK_FORMAT
from urbansdg.store.history.history_index import HistoryIndex

_Choice = TypeVar("_Choice")
_WAIT_SECONDS: Final = 0.2


def memento_routes(memento: "Memento") -> list[BaseRoute]:
    """Return the routes of documents and Mementos; they come before those of `documents_routes`."""
    return [
        Route("/id/{path:path}", memento.thing, methods=READING),
        Route("/doc/{path:path}", memento.original, methods=READING),
        Route("/timegate/sparql", memento.gate_of_query, methods=READING),
        Route("/timemap/sparql", memento.map_of_query, methods=READING),
        Route("/timegate/doc/{path:path}", memento.timegate, methods=READING),
        Route("/timemap/doc/{path:path}", memento.timemap, methods=READING),
        Route("/memento/{number:int}/doc/{path:path}", memento.memento, methods=READING),
    ]


@dataclass(frozen=True)
class Memento:
    """The handlers of documents and their Mementos."""

    context: Context
    editions: Editions
    documents: Documents

    async def original(self, request: Request) -> Response:
        """Answer with the current document, or redirect to its Memento at `Accept-Datetime`."""
        if "accept-datetime" in request.headers:
            return await self.timegate(request)
        path = path_of_request(request)
        try:
            answer = await self.documents.document(request)
        except Fault as error:
            if "page" in request.query_params:
                raise
            raise await self._tombstone(error, path) from None
        return self._with_ways(answer, path)

    async def small_original(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request without `Accept-Datetime` as `original` does, without waiting.

        An ASGI application; raises `NotSmall` for a document that takes long, and `Fault`.
        """
        request = Request(scope)
        answer = self._with_ways(self.documents.small_document(request), path_of_request(request))
        await answer(scope, receive, send)

    def _with_ways(self, answer: Response, path: str) -> Response:
        """Return the answer with a document, with the ways to its Mementos."""
        links_before = filter(None, [answer.headers.get("link")])  # a 304 has no Link yet
        answer.headers["link"] = ", ".join((*links_before, *self._ways(path)))
        answer.headers.add_vary_header("Accept-Datetime")
        return answer

    async def thing(self, request: Request) -> Response:
        """Redirect from a thing to its document; raises `Fault` (410) for a removed thing."""
        try:
            return await self.documents.thing(request)
        except Fault as error:
            path = path_of_request(request).replace("/id/", "/doc/", 1)
            raise await self._tombstone(error, path) from None

    async def _tombstone(self, error: Fault, path: str) -> Fault:
        """Return 410 for a removed thing (RFC 9110, section 15.5.11), else `error`.

        The fault links to the last Memento. The history of a new version takes a while to make;
        until then the answer is `error`.
        """
        if error.status != HTTPStatus.NOT_FOUND:
            return error
        number = self.context.snapshot().number
        history = await self.editions.at_hand(number, _WAIT_SECONDS)
        if history is None:
            return error
        try:
            last = await self._states_in(history, path, lambda states: states[-1])
        except Fault:
            return error
        links = (
            self._link_to_state(last, path, "predecessor-version last memento"),
            *self._ways(path),
        )
        address = f"{self.context.iris.base}/memento/{last.number}{path}"
        return fault(
            410,
            f"This was removed; version {last.number} of {last.created:%Y-%m-%d} is the last "
            "kept version that has it.",
            f"Read it as it was at {address}.",
            ((b"link", ", ".join(links).encode()),),
        )

    async def timegate(self, request: Request) -> Response:
        """Redirect to the Memento at the requested time, or to the latest (section 4)."""
        moment = moment_of(request.headers.get("accept-datetime"))
        path = path_of_request(request).removeprefix("/timegate")
        state = await self._states(path, lambda states: states.at(moment))
        headers = {"vary": "Accept-Datetime", "cache-control": NO_CACHE}
        headers["link"] = ", ".join(self._ways(path))
        return RedirectResponse(f"/memento/{state.number}{path}", 302, headers)

    async def timemap(self, request: Request) -> Response:
        """List the Mementos of a document (section 5)."""
        path = path_of_request(request).removeprefix("/timemap")
        states = await self._states(path, tuple)
        base = self.context.iris.base
        lines = [
            *self._ways(path),
            f'<{base}/timemap{path}>; rel="self"; type="{LINK_FORMAT}"',
            *(self._link_to_state(state, path, _place(state, states)) for state in states),
        ]
        headers = {"cache-control": NO_CACHE}
        return Response(",\n".join(lines) + "\n", headers=headers, media_type=LINK_FORMAT)

    async def gate_of_query(self, request: Request) -> Response:
        """Redirect to the answer to a query from the version that was current at a time."""
        moment = moment_of(request.headers.get("accept-datetime"))
        state = await asyncio.to_thread(lambda: states_of(self.editions).at(moment))
        headers = {"vary": "Accept-Datetime", "cache-control": NO_CACHE}
        headers["link"] = ", ".join(ways_of_query(self.context.iris.base, _query(request)))
        target = f"/sparql?{_query(request)}&version={state.number}"
        return RedirectResponse(target, 302, headers)

    async def map_of_query(self, request: Request) -> Response:
        """List the Mementos of a query: its answer from each version that is kept."""
        states = await asyncio.to_thread(lambda: tuple(states_of(self.editions)))
        base, query = self.context.iris.base, _query(request)
        lines = [
            *ways_of_query(base, query),
            f'<{base}/timemap/sparql?{query}>; rel="self"; type="{LINK_FORMAT}"',
            *(
                f'<{base}/sparql?{query}&version={state.number}>; rel="{_place(state, states)}"; '
                f'datetime="{date_of(state.created)}"'
                for state in states
            ),
        ]
        headers = {"cache-control": NO_CACHE}
        return Response(",\n".join(lines) + "\n", headers=headers, media_type=LINK_FORMAT)

    async def memento(self, request: Request) -> Response:
        """Answer with a document as of a version (sections 2.1.1 and 4.2.2)."""
        number = request.path_params["number"]
        path = path_of_request(request).removeprefix(f"/memento/{number}")
        await self.editions.version(number)
        around = await self._states(path, partial(around_state, number))
        state = next((state for state in around if state.number == number), None)
        if state is None:
            raise unknown()
        snapshot = await asyncio.to_thread(self.context.snapshot_of, number)
        answer = await self.documents.answer(request, path, snapshot)
        answer.headers["memento-datetime"] = date_of(state.created)
        answer.headers["link"] = ", ".join((*self._ways(path), *self._links_around(around, path)))
        answer.headers["cache-control"] = OF_A_VERSION
        if "content-location" in answer.headers:
            own = answer.headers["content-location"]
            answer.headers["content-location"] = f"/memento/{number}{own}"
        return answer

    async def _states(self, path: str, choose: Callable[[States], _Choice]) -> _Choice:
        """Return what is chosen of the states of the document at a path; raises `Fault` (404)."""
        history = await self.editions.history(self.context.snapshot().number)
        return await self._states_in(history, path, choose)

    async def _states_in(
        self, history: History, path: str, choose: Callable[[States], _Choice]
    ) -> _Choice:
        """Return what is chosen of the states of the document at a path by a history."""
        bare, _ = ending(path)
        try:
            iri = self.context.iris.at(bare.replace("/doc/", "/id/", 1))
        except ValueError:
            raise unknown() from None
        chosen = partial(self._chosen, history, iri, choose)
        return await asyncio.to_thread(read, self.editions.folder, chosen)

    def _chosen(
        self,
        history: History,
        iri: str,
        choose: Callable[[States], _Choice],
        index: HistoryIndex,
    ) -> _Choice:
        states = States(self.editions.numbers(), spans(index, history.number, iri), index.times)
        if not states:
            raise unknown()
        return choose(states)

    def _ways(self, path: str) -> list[str]:
        """Return the links to a document, its TimeGate and its TimeMap (section 2.2)."""
        base = self.context.iris.base
        return [
            f'<{base}{path}>; rel="original"',
            f'<{base}/timegate{path}>; rel="timegate"',
            f'<{base}/timemap{path}>; rel="timemap"; type="{LINK_FORMAT}"',
        ]

    def _links_around(self, around: dict[MementoState, list[str]], path: str) -> list[str]:
        """Return the links to a Memento and its neighbours (section 2.2.4)."""
        return [self._link_to_state(state, path, " ".join(rels)) for state, rels in around.items()]

    def _link_to_state(self, state: MementoState, path: str, rel: str) -> str:
        address = f"{self.context.iris.base}/memento/{state.number}{path}"
        return f'<{address}>; rel="{rel}"; datetime="{date_of(state.created)}"'


def _query(request: Request) -> str:
    """Return the query string without `version`; raises `Fault` (400) without a query."""
    pairs = [
        parameter for parameter in request.query_params.multi_items() if parameter[0] != "version"
    ]
    if not any(name == "query" for name, _ in pairs):
        raise fault(400, "The request has no query.", "Send it as ?query=...")
    return urlencode(pairs)


def around_state(number: int, states: States) -> dict[MementoState, list[str]]:
    """Return the states around that of a version, with their relation types, oldest first.

    These are the first, the one before, its own, the one after and the last; none where the
    document has no state in that version.
    """
    here, last = states.place_of(number), len(states) - 1
    if here is None:
        return {}
    rels: dict[int, list[str]] = {place: [] for place in (0, here, last)}
    if here > 0:
        rels.setdefault(here - 1, []).append("prev")
    if here < last:
        rels.setdefault(here + 1, []).append("next")
    for place, rel in ((0, "first"), (last, "last")):
        rels[place].append(rel)
    return {states[place]: [*rels[place], "memento"] for place in sorted(rels)}


def _place(state: MementoState, states: Sequence[MementoState]) -> str:
    """Return the relation type of a state: `memento`, with `first` or `last`."""
    ends = [name for name, end in (("first", states[0]), ("last", states[-1])) if end == state]
    return " ".join((*ends, "memento"))
