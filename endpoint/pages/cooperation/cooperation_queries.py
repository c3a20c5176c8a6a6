"""The queries of the cooperation board. Workers evaluate them, within the limits of pages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from pyoxigraph import Literal, NamedNode

from urbansdg.ontology.namespaces import PREFIXES, SDG

KINDS: Final = {"offer": "usdg:CooperationOffer", "request": "usdg:CooperationRequest"}
"""The kinds of cooperation by their names in addresses, with their classes."""

STATES: Final = ("open", "closed")
_MOST_ROWS: Final = 2_000
_PREFIXES: Final = f"PREFIX usdg: <{PREFIXES['usdg']}>\n"


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What a board is narrowed to; None is no restriction.

    `kind` is a key of `KINDS`, `city` and `theme` are IRIs, `goal` and `target` codes of the SDGs.
    An offer or request is closed after its last day, `day` is the one that is looked at.
    """

    day: date
    state: str = "open"
    kind: str | None = None
    city: str | None = None
    theme: str | None = None
    goal: str | None = None
    target: str | None = None


def _day(day: date) -> str:
    return str(Literal(day.isoformat(), datatype=NamedNode(f"{PREFIXES['xsd']}date")))


def _patterns(of: BoardFilter, state: str) -> Iterator[str]:
    classes = [KINDS[of.kind]] if of.kind else KINDS.values()
    yield f"VALUES ?class {{ {' '.join(classes)} }}"
    yield "?it a ?class ; usdg:openUntil ?last ; usdg:cooperatingCity ?city . FILTER(isIRI(?it))"
    if of.city:
        yield f"?it usdg:cooperatingCity {NamedNode(of.city)} ."
    if of.theme:
        yield f"?it usdg:theme {NamedNode(of.theme)} ."
    if of.target:
        yield f"?it usdg:concernsTarget {NamedNode(SDG[of.target])} ."
    if of.goal:
        start = Literal(f"{SDG[of.goal]}.")
        yield f"?it usdg:concernsTarget ?target . FILTER(STRSTARTS(STR(?target), {start}))"
    yield f"FILTER(?last {'>=' if state == 'open' else '<'} {_day(of.day)})"


def count_query(of: BoardFilter, state: str) -> str:
    """Return the query for the number of offers and requests in a state."""
    patterns = " ".join(_patterns(of, state))
    return f"{_PREFIXES}SELECT (COUNT(DISTINCT ?it) AS ?total) {{ {patterns} }}"


def board_query(of: BoardFilter, offset: int, limit: int) -> str:
    """Return the query for the offers and requests of a page.

    Of the open ones, those that close first come first; of the closed ones, those that closed last.
    """
    order = "?day" if of.state == "open" else "DESC(?day)"
    return f"""{_PREFIXES}SELECT ?it (MAX(?last) AS ?day) {{
        {" ".join(_patterns(of, of.state))} }} GROUP BY ?it ORDER BY {order} ?it
        LIMIT {limit} OFFSET {offset}"""


def cities_query() -> str:
    """Return the query for the cities and themes of all offers and requests."""
    return f"""{_PREFIXES}SELECT DISTINCT ?city ?theme {{
        VALUES ?class {{ {" ".join(KINDS.values())} }} ?it a ?class ; usdg:cooperatingCity ?city
        OPTIONAL {{ ?it usdg:theme ?theme }} }} ORDER BY ?city ?theme LIMIT {_MOST_ROWS}"""


def matches_query(things: Iterable[str], day: date) -> str:
    """Return the query for open counterparts of other cities on the same theme or target."""
    iris = " ".join(str(NamedNode(iri)) for iri in things)
    offer, request = KINDS.values()
    return f"""{_PREFIXES}SELECT DISTINCT ?it ?here ?other ?there ?last ?theme ?target {{
        VALUES ?it {{ {iris} }}
        VALUES (?mine ?theirs) {{ ({offer} {request}) ({request} {offer}) }}
        ?it a ?mine ; usdg:cooperatingCity ?here .
        {{ ?it usdg:theme ?theme . ?other usdg:theme ?theme }}
        UNION {{ ?it usdg:concernsTarget ?target . ?other usdg:concernsTarget ?target }}
        ?other a ?theirs ; usdg:cooperatingCity ?there ; usdg:openUntil ?last .
        FILTER(isIRI(?other) && ?here != ?there && ?last >= {_day(day)})
        }} ORDER BY ?it ?other ?theme ?target LIMIT {_MOST_ROWS}"""
