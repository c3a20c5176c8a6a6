"""A batch of reconciliation queries (Reconciliation Service API 0.2, section 4.1).

A malformed query does not spoil its batch: it becomes a `QueryFlaw`, which is answered with an
empty result and the reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from urbansdg.endpoint.reconcile.json_objects import json_object
from urbansdg.endpoint.web.problem_details import fault

BATCH_SIZE: Final = 500
"""The most queries of a batch: `batchSize` of the manifest."""

MOST_CANDIDATES: Final = 50
_CANDIDATES: Final = 5
_LONGEST: Final = 1_000
_MOST_TYPES: Final = 20
_MOST_PROPERTIES: Final = 10
_MOST_VALUES: Final = 10
_STRICTNESS: Final = ("any", "should", "all")


class MalformedQuery(Exception):
    """What is wrong with a query of a batch."""


Value = str | int | float | bool
"""The value of a property; an entity is given by its identifier."""


@dataclass(frozen=True, slots=True)
class PropertyCondition:
    """A property of a query: its identifier, and the values of which one should match."""

    identifier: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ReconciliationQuery:
    """A query: the name, the identifiers of types, the properties, and how many candidates.

    `strictness` says whether an entity has to be of any or of all the types, or only should be.
    """

    name: str
    types: tuple[str, ...] = ()
    properties: tuple[PropertyCondition, ...] = ()
    limit: int = _CANDIDATES
    strictness: str = "any"


@dataclass(frozen=True, slots=True)
class QueryFlaw:
    """What is wrong with a query that cannot be answered."""

    message: str


Batch = Mapping[str, ReconciliationQuery | QueryFlaw]


def batch_of(text: str) -> Batch:
    """Return the queries of the parameter `queries`, by their identifiers, in their order.

    Raises `Fault`: 400 for what is not a JSON object, 413 for more than `BATCH_SIZE` queries.
    """
    members = json_object(text, "queries")
    if len(members) > BATCH_SIZE:
        raise fault(
            413,
            f"The batch has {len(members)} queries; the most is {BATCH_SIZE}.",
            "Send several batches. `batchSize` of the manifest is the limit.",
        )
    return {identifier: _query_or_flaw(query) for identifier, query in members.items()}


def _query_or_flaw(query: object) -> ReconciliationQuery | QueryFlaw:
    try:
        return _query(query)
    except MalformedQuery as error:
        return QueryFlaw(str(error))


def _query(query: object) -> ReconciliationQuery:
    """Return a query; raises `MalformedQuery` with the reason where it is malformed.

    Members that the specification does not name are ignored: clients have some of their own.
    """
    if not isinstance(query, dict):
        raise MalformedQuery("The query is not an object.")
    properties = tuple(_conditions(query.get("properties", [])))
    name = query.get("query", "")
    if not isinstance(name, str):
        raise MalformedQuery("`query` is not a string.")
    if len(name) > _LONGEST:
        raise MalformedQuery(f"`query` is longer than {_LONGEST} characters.")
    if not name.strip() and not properties:
        raise MalformedQuery("The query has neither a name in `query` nor `properties`.")
    return ReconciliationQuery(
        name, _types(query.get("type", [])), properties, _limit(query), _strictness(query)
    )


def _types(types: object) -> tuple[str, ...]:
    """Return the identifiers of types: one string, or an array of strings or of types."""
    listed = types if isinstance(types, list) else [types]
    if len(listed) > _MOST_TYPES:
        raise MalformedQuery(f"`type` has more than {_MOST_TYPES} types.")
    identifiers = [it.get("id") if isinstance(it, dict) else it for it in listed]
    strings = [it for it in identifiers if isinstance(it, str) and len(it) <= _LONGEST]
    if len(strings) != len(listed):
        raise MalformedQuery("`type` is not the identifier of a type, or an array of them.")
    return tuple(dict.fromkeys(filter(None, strings)))


def _limit(query: Mapping[str, Any]) -> int:
    limit = query.get("limit", _CANDIDATES)
    if isinstance(limit, float) and limit.is_integer():
        limit = int(limit)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise MalformedQuery("`limit` is not a positive integer.")
    return min(limit or _CANDIDATES, MOST_CANDIDATES)  # OpenRefine sends 0 for no limit


def _strictness(query: Mapping[str, Any]) -> str:
    strictness = query.get("type_strict", "any")
    if not isinstance(strictness, str) or strictness not in _STRICTNESS:
        raise MalformedQuery(f"`type_strict` is none of {', '.join(_STRICTNESS)}.")
    return strictness


def _conditions(properties: object) -> Iterator[PropertyCondition]:
    if not isinstance(properties, list) or len(properties) > _MOST_PROPERTIES:
        raise MalformedQuery(
            f"`properties` is not an array of at most {_MOST_PROPERTIES} properties."
        )
    for condition in properties:
        if not isinstance(condition, dict) or "v" not in condition:
            raise MalformedQuery("A property is not an object with `pid` and `v`.")
        identifier, value = condition.get("pid"), condition["v"]
        if not isinstance(identifier, str) or not 0 < len(identifier) <= _LONGEST:
            raise MalformedQuery("`pid` is not the identifier of a property.")
        values = value if isinstance(value, list) else [value]
        if len(values) > _MOST_VALUES:
            raise MalformedQuery(f"A property has more than {_MOST_VALUES} values.")
        yield PropertyCondition(identifier, tuple(map(_value, filter(_is_given, values))))


def _is_given(value: object) -> bool:
    """Return whether a cell has a value: clients send blank ones as null or as an empty string."""
    return value is not None and value != ""


def _value(value: object) -> Value:
    if isinstance(value, dict):
        value = value.get("id")
        if not isinstance(value, str):
            raise MalformedQuery("The value of a property is an entity without a string `id`.")
    if not isinstance(value, Value):
        raise MalformedQuery("The value of a property is neither a string, a number nor an entity.")
    if isinstance(value, str) and len(value) > _LONGEST:
        raise MalformedQuery(f"The value of a property is longer than {_LONGEST} characters.")
    return value
