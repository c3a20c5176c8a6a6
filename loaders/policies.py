"""Policies and their parts, and the organisations that have a part in them, from tables."""

from collections.abc import Callable, Generator, Iterator

import pyoxigraph as ox

from urbansdg.loaders.fact import Finding, Record
from urbansdg.loaders.mapping import Field, filled, told, typed_as
from urbansdg.loaders.places import KEY
from urbansdg.loaders.table import header
from urbansdg.loaders.values import Make, day, decimal, link, minted, plain, typed, worded, year
from urbansdg.ontology.iris import Iris, concept, part, sdg, slug, wikidata

ORGANISATIONS = header("key name language homepage wikidata", "key name")
POLICIES = header(
    "key city slug partners title title_language summary philosophy concept objective"
    " theme type status goals source",
    "key city title",
)
BUDGETS = header(
    "policy key kind amount currency as_stated year funding source", "policy key amount currency"
)
PERIODS = header("policy kind start end", "policy kind")
STAKEHOLDERS = header("policy organisation role", "policy organisation role")
OBSTACLES = header(
    "policy key kind description plan plan_description plan_outcome", "policy key description"
)
CLAIMS = header("policy target kind claimant evidence date", "policy target kind")
_PARTS = {
    "budget": ("usdg:budget", "usdg:Budget"),
    "period": ("usdg:implementationPeriod", "usdg:ImplementationPeriod"),
    "stakeholder": ("usdg:stakeholder", "usdg:Stakeholding"),
    "obstacle": ("usdg:obstacle", "usdg:Obstacle"),
    "claim": ("usdg:claim", "usdg:TargetClaim"),
}
_TARGET = r"(1[0-7]|[1-9])\.([1-9]|1[0-9]|[a-d])"
_GOAL = r"1[0-7]|[1-9]"
_ENGLISH = worded("en")


def organisation(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say what an organisation is."""
    iri = iris.organisation(record.text("key"))
    yield from typed_as(record, iri, "org:Organization")
    columns = (
        Field("name", "skos:prefLabel", worded(record.text("language") or "en")),
        Field("homepage", "foaf:homepage", link),
        Field("wikidata", "owl:sameAs", minted(wikidata, r"Q[1-9][0-9]*")),
    )
    yield from filled(record, iri, columns)


def policy(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say what a policy is."""
    iri = iris.thing("policy", record.text("key"))
    yield from typed_as(record, iri, "usdg:Policy")
    columns = (
        Field("city", "usdg:leadCity", minted(iris.city, KEY)),
        Field("partners", "usdg:partnerCity", minted(iris.city, KEY)),
        Field("title", "dcterms:title", worded(record.text("title_language") or "en")),
        Field("summary", "dcterms:abstract", _ENGLISH),
        Field("philosophy", "usdg:philosophy", _ENGLISH),
        Field("concept", "usdg:concept", _ENGLISH),
        Field("objective", "usdg:objective", _ENGLISH),
        Field("theme", "usdg:theme", _concept("theme")),
        Field("type", "usdg:policyType", _concept("policy-type")),
        Field("status", "usdg:status", _concept("status")),
        Field("goals", "usdg:addressesGoal", minted(sdg, _GOAL)),
        Field("source", "dcterms:source", link),
    )
    yield from filled(record, iri, columns)


def budget(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say what a policy costs; the spelling of the source is kept beside the number."""
    iri = yield from _part(record, iris, "budget", record.text("key"))
    columns = (
        Field("kind", "usdg:budgetKind", _concept("budget-kind")),
        Field("amount", "usdg:amount", decimal),
        Field("currency", "usdg:currency", plain),
        Field("as_stated", "usdg:amountAsStated", plain),
        Field("year", "usdg:year", year),
        Field("funding", "usdg:fundingSource", minted(iris.organisation, KEY)),
        Field("source", "dcterms:source", link),
    )
    yield from filled(record, iri, columns)


def period(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say when a policy was or is to be implemented."""
    iri = yield from _part(record, iris, "period", record.text("kind"))
    columns = (
        Field("kind", "usdg:periodKind", _concept("period-kind")),
        Field("start", "dcat:startDate", day),
        Field("end", "dcat:endDate", day),
    )
    yield from filled(record, iri, columns)
    for column, predicate in (("start", "usdg:startYear"), ("end", "usdg:endYear")):
        text = record.text(column)[:4]
        if text.isdecimal():
            yield told(record, iri, predicate, typed(text, "gYear"))


def stakeholder(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say which organisation has which part in a policy."""
    key = f"{record.text('organisation')}-{record.text('role')}"
    iri = yield from _part(record, iris, "stakeholder", key)
    columns = (
        Field("organisation", "usdg:organisation", minted(iris.organisation, KEY)),
        Field("role", "usdg:role", _concept("stakeholder-role")),
    )
    yield from filled(record, iri, columns)


def obstacle(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say what stood in the way of a policy, and what was planned against it."""
    iri = yield from _part(record, iris, "obstacle", record.text("key"))
    columns = (
        Field("description", "dcterms:description", _ENGLISH),
        Field("kind", "usdg:obstacleKind", _concept("obstacle-kind")),
    )
    yield from filled(record, iri, columns)
    if "plan" in record.cells:
        yield from _plan(record, iris, iri)


def _plan(record: Record, iris: Iris, obstacle_iri: str) -> Iterator[Finding]:
    whole = iris.thing("policy", record.text("policy"))
    iri = part(whole, "plan", slug(record.text("plan")))
    yield told(record, obstacle_iri, "usdg:answeredBy", ox.NamedNode(iri))
    yield from typed_as(record, iri, "usdg:AdaptationPlan")
    columns = (
        Field("plan_description", "dcterms:description", _ENGLISH),
        Field("plan_outcome", "usdg:planOutcome", _ENGLISH),
    )
    yield from filled(record, iri, columns)


def claim(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say that a policy bears on a target, who says so, and on what evidence."""
    iri = yield from _part(record, iris, "claim", record.text("target"))
    columns = (
        Field("target", "usdg:target", minted(sdg, _TARGET)),
        Field("kind", "usdg:claimKind", _concept("claim-kind")),
        Field("claimant", "usdg:claimant", minted(iris.organisation, KEY)),
        Field("evidence", "usdg:evidence", _ENGLISH),
        Field("date", "dcterms:date", day),
    )
    yield from filled(record, iri, columns)
    shortcuts = (
        Field("target", "usdg:addressesTarget", _quiet(minted(sdg, _TARGET))),
        Field("target", "usdg:addressesGoal", _quiet(minted(_goal, _TARGET))),
    )
    yield from filled(record, iris.thing("policy", record.text("policy")), shortcuts)


def _goal(target: str) -> str:
    return sdg(target.partition(".")[0])


def _quiet(make: Make) -> Make:
    """Leave out the problems of a cell that is understood elsewhere too."""
    return lambda cell: (value for value in make(cell) if isinstance(value, ox.NamedNode))


def _part(record: Record, iris: Iris, kind: str, key: str) -> Generator[Finding, None, str]:
    """Tie a part to its policy, and return the part's IRI."""
    predicate, type_ = _PARTS[kind]
    whole = iris.thing("policy", record.text("policy"))
    iri = part(whole, kind, key if kind == "claim" else slug(key))
    yield told(record, whole, predicate, ox.NamedNode(iri))
    yield from typed_as(record, iri, type_)
    return iri


def _concept(scheme: str) -> Make:
    return minted(_in(scheme), r"[a-z]+(-[a-z]+)*")


def _in(scheme: str) -> Callable[[str], str]:
    return lambda name: concept(scheme, name)
