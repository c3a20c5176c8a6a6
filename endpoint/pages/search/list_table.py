"""A list as a table in CSV (RFC 4180): one row for a thing, for spreadsheets and scripts.

Several values of a cell are separated by " | ", as in the tables that the loaders read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.html.language_lookup import names
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.pages.page_form import FORMULA
from urbansdg.endpoint.pages.things.sort_order import code_of, natural
from urbansdg.ontology.kinds_of_things import CITY, COUNTRY, POLICY, ThingKind
from urbansdg.ontology.namespaces import expanded
from urbansdg.store import ReadableGraph

_AT_ONCE: Final = 500
_MOST_VALUES: Final = 50
_BETWEEN: Final = " | "

_POLICY: Final = {
    "city": "usdg:leadCity",
    "country": "usdg:leadCity usdg:country",
    "goals": "usdg:addressesGoal",
    "targets": "usdg:addressesTarget",
    "themes": "usdg:theme",
    "status": "usdg:status",
    "type": "usdg:policyType",
    "instruments": "usdg:instrument",
    "start_year": "usdg:implementationPeriod usdg:startYear",
    "end_year": "usdg:implementationPeriod usdg:endYear",
    "fictitious": "usdg:fictitious",
}
_CITY: Final = {
    "country": "usdg:country",
    "region": "usdg:region",
    "latitude": "geo:lat",
    "longitude": "geo:long",
    "un_locode": "usdg:unLocode",
    "homepage": "foaf:homepage",
    "same_as": "schema:sameAs",
    "fictitious": "usdg:fictitious",
}
_COUNTRY: Final = {
    "alpha_2": "usdg:isoAlpha2",
    "alpha_3": "usdg:isoAlpha3",
    "m49": "usdg:m49",
    "within": "usdg:withinArea",
    "same_as": "schema:sameAs",
}
_OTHER: Final = {"homepage": "foaf:homepage", "same_as": "schema:sameAs"}
_COLUMNS: Final = {POLICY: _POLICY, CITY: _CITY, COUNTRY: _COUNTRY}
"""The columns of the lists, each with the properties that lead to its values."""


@dataclass(frozen=True, slots=True)
class ListTable:
    """Writes the rows of things of a kind, or of any, for a reader."""

    graph: ReadableGraph
    site: SiteLinks
    kind: ThingKind | None

    def rows(self, iris: Iterable[str]) -> Iterator[bytes]:
        """Yield the table in parts, the header first; it is read while it is sent."""
        columns = {} if self.kind is None else _COLUMNS.get(self.kind, _OTHER)
        paths = {
            name: tuple(NamedNode(expanded(term)) for term in path.split())
            for name, path in columns.items()
        }
        yield _written([("iri", "name", "language", *columns)])
        rest = iter(iris)
        while some := list(islice(rest, _AT_ONCE)):
            yield _written([self._row(iri, paths.values()) for iri in some])

    def _row(self, iri: str, paths: Iterable[tuple[NamedNode, ...]]) -> tuple[str, ...]:
        name = self._name(NamedNode(iri))
        cells = (self._cell(iri, path) for path in paths)
        return (iri, name.value if name else "", (name and name.language) or "", *cells)

    def _name(self, thing: NamedNode) -> Literal | None:
        return self.site.reader.choose(names(self.graph, thing))

    def _cell(self, iri: str, path: Sequence[NamedNode]) -> str:
        nodes: list[NamedNode | Literal] = [NamedNode(iri)]
        for predicate in path:
            nodes = [
                value
                for node in nodes
                if isinstance(node, NamedNode)
                for value in self._values(node, predicate)
            ]
        texts = (self._text(node) for node in dict.fromkeys(nodes))
        return _BETWEEN.join(sorted(texts, key=natural))

    def _values(self, node: NamedNode, predicate: NamedNode) -> Iterator[NamedNode | Literal]:
        quads = islice(self.graph.quads_for_pattern(node, predicate, None, None), _MOST_VALUES)
        terms = (quad.object for quad in quads)
        yield from (term for term in terms if isinstance(term, NamedNode | Literal))

    def _text(self, node: NamedNode | Literal) -> str:
        if isinstance(node, Literal):
            return node.value
        code = code_of(node.value)
        if code:
            return code
        name = self._name(node)
        return node.value if name is None else name.value


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _safe(cell: str) -> str:
    """Return a cell that a spreadsheet takes for text; a number stays as it is."""
    if not cell.startswith(FORMULA) or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
