"""Tables of know-how about policies: staff, phases, status, outcomes, transfers."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from urbansdg.loaders.parse.cell_values import (
    TermConverter,
    Terms,
    day,
    decimal,
    iri_converter,
    link,
    prose,
    typed_literal,
    whole,
    year,
)
from urbansdg.loaders.parse.facts import Cell, ReadResult, Record
from urbansdg.loaders.tables.csv_table import header
from urbansdg.loaders.tables.field_mapping import Field, column_facts
from urbansdg.loaders.tables.measures import indicators, observations
from urbansdg.loaders.tables.parts import CHECKED, KEY, Part, concepts, without_problems
from urbansdg.ontology.iris import Iris, slug

STAFF = header("policy key role posts people year source checked", "policy key role")
PHASES = header("policy key title kind start end", "policy key title start")
STATUS_CHANGES = header("policy status date source checked", "policy status date")
OUTCOMES = header(
    "policy key description dataset city indicator before after effect unit source checked",
    "policy key description",
)
TRANSFERS = header("policy key origin city changed outcome date source checked", "policy key")
_STAFFING = Part("staffing", "usdg:staffing", "usdg:Staffing")
_PHASE = Part("phase", "usdg:phase", "usdg:Phase")
_STATUS = Part("status", "usdg:statusChange", "usdg:StatusChange")
_OUTCOME = Part("outcome", "usdg:outcome", "usdg:Outcome")
_TRANSFER = Part("transfer", "usdg:transfer", "usdg:Transfer")


_STAFFING_COLUMNS: Final = (
    Field("role", "usdg:staffRole", prose),
    Field("posts", "usdg:fullTimeEquivalents", decimal),
    Field("people", "usdg:headcount", whole),
    Field("year", "usdg:year", year),
    Field("source", "dcterms:source", link),
    CHECKED,
)


def staffing(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a policy's staff."""
    iri = yield from _STAFFING.of(record, _policy(record, iris), slug(record.text("key")))
    yield from column_facts(record, iri, _STAFFING_COLUMNS)


def _year(cell: Cell) -> Terms:
    """Yield the year of a date; an invalid date is reported by the column's other field."""
    text = cell.text[:4]
    if text.isdecimal():
        yield typed_literal(text, "gYear")


DATED: Final = (
    Field("start", "dcat:startDate", day),
    Field("end", "dcat:endDate", day),
    Field("start", "usdg:startYear", _year, derived=True),
    Field("end", "usdg:endYear", _year, derived=True),
)
"""Start and end dates, and the years of both."""

_PHASE_COLUMNS: Final = (
    Field("title", "dcterms:title", prose),
    Field("kind", "usdg:periodKind", concepts("period-kind")),
    *DATED,
)


def phase(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a phase of a policy's implementation."""
    iri = yield from _PHASE.of(record, _policy(record, iris), slug(record.text("key")))
    yield from column_facts(record, iri, _PHASE_COLUMNS)


_STATUS_CHANGE_COLUMNS: Final = (
    Field("status", "usdg:status", concepts("status")),
    Field("date", "dcterms:date", day),
    Field("source", "dcterms:source", link),
    CHECKED,
)


def status_change(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a change of a policy's status."""
    key = slug(f"{record.text('status')}-{record.text('date')}")
    iri = yield from _STATUS.of(record, _policy(record, iris), key)
    yield from column_facts(record, iri, _STATUS_CHANGE_COLUMNS)


@cache
def _outcome_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("description", "dcterms:description", prose),
        Field("indicator", "usdg:indicator", indicators(iris)),
        Field("effect", "usdg:effectSize", decimal),
        Field("unit", "usdg:unit", prose),
    )


_OUTCOME_SOURCE: Final = (
    Field("source", "dcterms:source", link),
    CHECKED,
)


def outcome(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an outcome of a policy, with the observations before and after it."""
    iri = yield from _OUTCOME.of(record, _policy(record, iris), slug(record.text("key")))
    measured = (
        Field("before", "usdg:before", observations(record, iris)),
        Field("after", "usdg:after", observations(record, iris)),
    )
    yield from column_facts(record, iri, (*_outcome_columns(iris), *measured, *_OUTCOME_SOURCE))


@cache
def _origin(iris: Iris) -> TermConverter:
    return iri_converter(lambda key: iris.thing("policy", key), KEY)


@cache
def _transfer_shortcuts(iris: Iris) -> tuple[Field, ...]:
    return (Field("origin", "usdg:adaptedFrom", without_problems(_origin(iris))),)


@cache
def _transfer_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("origin", "usdg:origin", _origin(iris)),
        Field("city", "usdg:originCity", iri_converter(iris.city, KEY)),
        Field("changed", "usdg:whatChanged", prose),
        Field("outcome", "usdg:transferOutcome", prose),
        Field("date", "dcterms:date", day),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def transfer(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a transfer: the origin of an adapted policy, and what was changed."""
    whole_iri = _policy(record, iris)
    iri = yield from _TRANSFER.of(record, whole_iri, slug(record.text("key")))
    yield from column_facts(record, iri, _transfer_columns(iris))
    yield from column_facts(record, whole_iri, _transfer_shortcuts(iris))


def _policy(record: Record, iris: Iris) -> str:
    return iris.thing("policy", record.text("policy"))
