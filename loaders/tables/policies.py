"""Tables of policies, their parts, and the organisations involved."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Problem
from urbansdg.loaders.cells.sdg_codes import TARGET
from urbansdg.loaders.parse.cell_values import (
    TermConverter,
    day,
    decimal,
    iri_converter,
    link,
    plain,
    prose,
    year,
)
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.tables.csv_table import header
from urbansdg.loaders.tables.field_mapping import Field, column_facts, record_fact, type_facts
from urbansdg.loaders.tables.know_how import DATED
from urbansdg.loaders.tables.parts import (
    CHECKED,
    KEY,
    TARGETS,
    Part,
    concepts,
    without_problems,
)
from urbansdg.loaders.tables.places import SUBDIVISION
from urbansdg.ontology.iris import Iris, part, sdg, slug, wikidata

ORGANISATIONS = header("key name language homepage wikidata", "key name")
POLICIES = header(
    "key city slug partners implemented_in title title_language summary philosophy concept"
    " objective"
    " theme type status instrument groups programme succeeds"
    " results lessons conditions legal_basis goals source checked",
    "key city title",
)
BUDGETS = header(
    "policy key kind stage coverage cost_type part_of amount currency as_stated year price_year"
    " funding funding_kind source checked",
    "policy key amount currency",
)
PERIODS = header("policy kind start end", "policy kind")
STAKEHOLDERS = header("policy organisation role", "policy organisation role")
OBSTACLES = header(
    "policy key kind description plan plan_description plan_outcome", "policy key description"
)
CLAIMS = header(
    "policy target goal kind strength claimant claimant_city evidence source date", "policy"
)
_BUDGET = Part("budget", "usdg:budget", "usdg:Budget")
_PERIOD = Part("period", "usdg:implementationPeriod", "usdg:ImplementationPeriod")
_STAKEHOLDER = Part("stakeholder", "usdg:stakeholder", "usdg:Stakeholding")
_OBSTACLE = Part("obstacle", "usdg:obstacle", "usdg:Obstacle")
_TARGET_CLAIM = Part("claim", "usdg:claim", "usdg:TargetClaim")
_GOAL_CLAIM = Part("claim", "usdg:claim", "usdg:GoalClaim")
_GOALS = iri_converter(sdg, r"1[0-7]|[1-9]")

_PLACE = f"{SUBDIVISION}|{KEY}"


_ORGANISATION_COLUMNS: Final = (
    Field("name", "skos:prefLabel", prose, "language"),
    Field("homepage", "foaf:homepage", link),
    Field("wikidata", "schema:sameAs", iri_converter(wikidata, r"Q[1-9][0-9]*")),
)


def organisation(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an organisation."""
    iri = iris.organisation(record.text("key"))
    yield from type_facts(record, iri, "org:Organization")
    yield from column_facts(record, iri, _ORGANISATION_COLUMNS)


def _other_policy(iris: Iris) -> TermConverter:
    return iri_converter(lambda key: iris.thing("policy", key), KEY)


def _place(iris: Iris) -> Callable[[str], str]:
    """Return the function from a key to the IRI of a region of a country or a part of a city."""
    return lambda key: iris.region(key) if re.fullmatch(SUBDIVISION, key) else iris.city_area(key)


@cache
def _policy_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("city", "usdg:leadCity", iri_converter(iris.city, KEY)),
        Field("partners", "usdg:partnerCity", iri_converter(iris.city, KEY)),
        Field("implemented_in", "usdg:implementedIn", iri_converter(_place(iris), _PLACE)),
        Field("title", "dcterms:title", prose, "title_language"),
        Field("summary", "dcterms:abstract", prose),
        Field("philosophy", "usdg:philosophy", prose),
        Field("concept", "usdg:concept", prose),
        Field("objective", "usdg:objective", prose),
        Field("theme", "usdg:theme", concepts("theme")),
        Field("type", "usdg:policyType", concepts("policy-type")),
        Field("status", "usdg:status", concepts("status")),
        Field("instrument", "usdg:instrument", concepts("instrument")),
        Field("groups", "usdg:populationGroup", concepts("population-group")),
        Field("programme", "usdg:programme", _other_policy(iris)),
        Field("succeeds", "usdg:succeeds", _other_policy(iris)),
        Field("results", "usdg:results", prose),
        Field("lessons", "usdg:lessons", prose),
        Field("conditions", "usdg:transferCondition", prose),
        Field("legal_basis", "usdg:legalBasis", prose),
        Field("goals", "usdg:addressesGoal", _GOALS),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def policy(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a policy."""
    iri = iris.thing("policy", record.text("key"))
    yield from type_facts(record, iri, "usdg:Policy")
    yield from column_facts(record, iri, _policy_columns(iris))


@cache
def _budget_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        # Deprecated: tables of 0.3 have it in place of coverage and cost_type.
        Field("kind", "usdg:budgetKind", concepts("budget-kind")),
        Field("stage", "usdg:budgetStage", concepts("budget-stage")),
        Field("coverage", "usdg:budgetCoverage", concepts("budget-coverage")),
        Field("cost_type", "usdg:costType", concepts("cost-type")),
        Field("amount", "usdg:amount", decimal),
        Field("currency", "usdg:currency", plain),
        Field("as_stated", "usdg:amountAsStated", plain),
        Field("year", "usdg:year", year),
        Field("price_year", "usdg:priceYear", year),
        Field("funding", "usdg:fundingSource", iri_converter(iris.organisation, KEY)),
        Field("funding_kind", "usdg:fundingKind", concepts("funding-kind")),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def budget(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a budget, with the amount as a number and in its original spelling."""
    whole = _policy(record, iris)
    iri = yield from _BUDGET.of(record, whole, slug(record.text("key")))
    yield from column_facts(record, iri, _budget_columns(iris))
    including = Field(
        "part_of",
        "dcterms:isPartOf",
        iri_converter(lambda key: part(whole, _BUDGET.segment, key), KEY),
    )
    yield from column_facts(record, iri, (including,))


_PERIOD_COLUMNS: Final = (Field("kind", "usdg:periodKind", concepts("period-kind")), *DATED)


def period(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a period of implementation."""
    iri = yield from _PERIOD.of(record, _policy(record, iris), slug(record.text("kind")))
    yield from column_facts(record, iri, _PERIOD_COLUMNS)


@cache
def _stakeholder_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("organisation", "usdg:organisation", iri_converter(iris.organisation, KEY)),
        Field("role", "usdg:role", concepts("stakeholder-role")),
    )


def stakeholder(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an organisation's role in a policy."""
    key = f"{record.text('organisation')}-{record.text('role')}"
    iri = yield from _STAKEHOLDER.of(record, _policy(record, iris), slug(key))
    yield from column_facts(record, iri, _stakeholder_columns(iris))


_OBSTACLE_COLUMNS: Final = (
    Field("description", "dcterms:description", prose),
    Field("kind", "usdg:obstacleKind", concepts("obstacle-kind")),
)


def obstacle(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an obstacle, and of the plan that answered it."""
    iri = yield from _OBSTACLE.of(record, _policy(record, iris), slug(record.text("key")))
    yield from column_facts(record, iri, _OBSTACLE_COLUMNS)
    if "plan" in record.cells:
        yield from _plan(record, iris, iri)


_PLAN_COLUMNS: Final = (
    Field("plan_description", "dcterms:description", prose),
    Field("plan_outcome", "usdg:planOutcome", prose),
)


def _plan(record: Record, iris: Iris, obstacle_iri: str) -> Iterator[ReadResult]:
    whole = _policy(record, iris)
    iri = part(whole, "plan", slug(record.text("plan")))
    yield record_fact(record, obstacle_iri, "usdg:answeredBy", ox.NamedNode(iri))
    yield from type_facts(record, iri, "usdg:AdaptationPlan")
    yield from column_facts(record, iri, _PLAN_COLUMNS)


@cache
def _claim_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("target", "usdg:target", TARGETS),
        Field("goal", "usdg:goal", _GOALS),
        Field("kind", "usdg:claimKind", concepts("claim-kind")),
        Field("strength", "usdg:claimStrength", concepts("claim-strength")),
        Field("claimant", "usdg:claimant", iri_converter(iris.organisation, KEY)),
        Field("claimant_city", "usdg:claimant", iri_converter(iris.city, KEY)),
        Field("evidence", "usdg:evidence", prose),
        Field("source", "dcterms:source", link),
        Field("date", "dcterms:date", day),
    )


def _goal(target: str) -> str:
    return sdg(target.partition(".")[0])


_CLAIM_SHORTCUTS: Final = (
    Field("target", "usdg:addressesTarget", without_problems(TARGETS)),
    Field("target", "usdg:addressesGoal", without_problems(iri_converter(_goal, TARGET))),
    Field("goal", "usdg:addressesGoal", without_problems(_GOALS)),
)


def claim(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a claim that a policy addresses a target or a goal."""
    target, goal = record.text("target"), record.text("goal")
    if bool(target) == bool(goal):
        subjects = "both a target and a goal" if target else "no target and no goal"
        yield Problem(
            "no-claim",
            f"The claim is about {subjects}.",
            "Fill one of the columns target and goal in each row.",
            record.place,
        )
        return
    kind = _TARGET_CLAIM if target else _GOAL_CLAIM
    iri = yield from kind.of(record, _policy(record, iris), target or goal)
    yield from column_facts(record, iri, _claim_columns(iris))
    yield from column_facts(record, _policy(record, iris), _CLAIM_SHORTCUTS)


def _policy(record: Record, iris: Iris) -> str:
    return iris.thing("policy", record.text("policy"))
