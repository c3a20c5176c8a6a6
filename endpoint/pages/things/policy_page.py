"""The page of a policy: all its facts, from summary to details."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.pages.things.drawings.policy_figures import policy_figures
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.endpoint.pages.things.related_things import offices, similar_policies
from urbansdg.endpoint.pages.things.sort_order import by_code, by_date

TEMPLATE: Final = "policy.html.jinja"
_DEEPEST: Final = 3
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Opinion:
    """An opinion: its IRI, its text, its rating and its replies."""

    iri: str
    text: PageValue | None
    rating: str
    replies: tuple["Opinion", ...]


def policy_page(facts: PageFacts) -> dict[str, object]:
    """Return the variables of the template of a policy."""
    iri = facts.iri
    opinions = tuple(_opinions(facts, facts.pointing("oa:hasTarget"), 0))
    ratings = [int(opinion.rating) for opinion in opinions if opinion.rating.isdecimal()]
    periods = facts.things(iri, "usdg:implementationPeriod")
    phases = by_date(facts, facts.things(iri, "usdg:phase"), "dcat:startDate")
    changes = by_date(facts, facts.things(iri, "usdg:statusChange"), "dcterms:date")
    return {
        "figures": policy_figures(facts, periods, phases, changes),
        "periods": periods,
        "phases": phases,
        "changes": changes,
        "budgets": by_date(facts, facts.things(iri, "usdg:budget"), "usdg:year"),
        "staffings": by_date(facts, facts.things(iri, "usdg:staffing"), "usdg:year"),
        "claims": by_code(facts, facts.things(iri, "usdg:claim"), "usdg:target", "usdg:goal"),
        "bare_targets": _bare(facts),
        "transfers": by_date(facts, facts.things(iri, "usdg:transfer"), "dcterms:date"),
        "successors": [facts.link(copy) for copy in facts.pointing("usdg:adaptedFrom")],
        "programme_parts": [facts.link(part) for part in facts.pointing("usdg:programme")],
        "succeeded_by": [facts.link(policy) for policy in facts.pointing("usdg:succeeds")],
        "similar": similar_policies(facts),
        "offices": offices(facts),
        "leads": [
            facts.link(organisation)
            for part, organisation in facts.iterate(
                facts.things(iri, "usdg:stakeholder"), "usdg:organisation"
            )
            if (facts.thing(part, "usdg:role") or "").endswith("#lead")
        ],
        "opinions": opinions,
        "ratings": len(ratings),
        "rating": sum(ratings) / len(ratings) if ratings else None,
    }


def _bare(facts: PageFacts) -> list[PageValue]:
    """Return the goals and targets without a claim."""
    claims = facts.things(facts.iri, "usdg:claim")
    claimed = {target for _, target in facts.iterate(claims, "usdg:target")}
    goals = {target.partition(".un.org/sdg/")[2].partition(".")[0] for target in claimed}
    goals |= {goal.rpartition("/")[2] for _, goal in facts.iterate(claims, "usdg:goal")}
    targets = facts.things(facts.iri, "usdg:addressesTarget")
    bare = [target for target in targets if target not in claimed]
    over = [
        goal
        for goal in facts.things(facts.iri, "usdg:addressesGoal")
        if goal.rpartition("/")[2] not in goals
    ]
    return [facts.coded(target) for target in by_code(facts, [*over, *bare])]


def _opinions(facts: PageFacts, iris: Iterable[str], depth: int) -> Iterator[Opinion]:
    for iri in by_date(facts, list(iris)[:_MOST], "dcterms:created"):
        bodies = facts.things(iri, "oa:hasBody")
        opinion_text = next(
            (text for body in bodies if (text := facts.text(body, "rdf:value"))), None
        )
        under = _replies(facts, iri) if depth < _DEEPEST else ()
        answers = tuple(_opinions(facts, under, depth + 1))
        yield Opinion(iri, opinion_text, facts.raw(iri, "usdg:rating"), answers)


def _replies(facts: PageFacts, iri: str) -> list[str]:
    beside = facts.document.beside
    return [annotation for annotation in beside if iri in facts.things(annotation, "oa:hasTarget")]
