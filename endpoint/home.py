"""The home page: what the graph holds, and the ways into it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pyoxigraph import NamedNode, Store
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.documents import Wanted, answered, entity_tag
from urbansdg.endpoint.labels import NAMING, Reader, local_name, names
from urbansdg.endpoint.page import Value, path_of, templates
from urbansdg.ontology.names import PREFIXES, SDGO, USDG
from urbansdg.queries import questions
from urbansdg.store import Reading, counted, found, statements

_SHOWN: Final = 300
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_COUNTED: Final = {
    "cities": USDG.City,
    "policies": USDG.Policy,
    "goals": SDGO.Goal,
    "targets": SDGO.Target,
    "indicators": SDGO.Indicator,
}


def home_routes(context: Context) -> list[BaseRoute]:
    """Return the route of the home page."""
    return [Route("/", _Home(context).answer, methods=["GET", "HEAD"])]


@dataclass(frozen=True)
class _Home:
    context: Context

    async def answer(self, request: Request) -> Response:
        """Answer with the home page."""
        snapshot = self.context.snapshot()
        reader = Reader(request.headers.get("accept-language"))
        tag = entity_tag(str(snapshot.number), "/", Wanted(None), reader.accept_language)

        def body() -> bytes:
            return _rendered(snapshot, reader, self.context.iris.base)

        return await answered(request, Wanted(None), tag, body, {})


def _rendered(snapshot: Snapshot, reader: Reader, base: str) -> bytes:
    store = snapshot.store
    template = templates().get_template("home.html.jinja")
    counts = _counts(snapshot.number, store)
    return template.render(
        counts=counts,
        policies=_listed(store, "Policy", reader, base),
        cities=_listed(store, "City", reader, base),
        shown=_SHOWN,
        graphs=sorted(
            (Value(local_name(each.value), path_of(each.value, base)) for each in _graphs(store)),
            key=lambda value: value.text,
        ),
        questions=questions(),
        version=snapshot.number,
        triples=snapshot.triples,
    ).encode()


@lru_cache(maxsize=4)
def _counts(_version: int, store: Reading) -> dict[str, int]:
    """Count the things of each kind, once a version."""
    return {name: counted(store, NamedNode(kind)) for name, kind in _COUNTED.items()}


def _listed(store: Reading, kind: str, reader: Reader, base: str) -> list[Value]:
    things = [
        quad.subject
        for quad in found(store, (None, _TYPE, NamedNode(USDG[kind])), _SHOWN)
        if isinstance(quad.subject, NamedNode)
    ]
    named = Store()
    named.extend(statements(store, things, NAMING))
    values = [_value(named, thing, reader, base) for thing in things]
    return sorted(values, key=lambda value: value.text.casefold())


def _value(store: Reading, thing: NamedNode, reader: Reader, base: str) -> Value:
    name = reader.choose(names(store, thing))
    href = path_of(thing.value, base)
    if name is None:
        return Value(local_name(thing.value), href)
    return Value(name.value, href, name.language)


def _graphs(store: Reading) -> list[NamedNode]:
    return [graph for graph in store.named_graphs() if isinstance(graph, NamedNode)]
