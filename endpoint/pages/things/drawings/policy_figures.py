"""The figures of a policy: its time, its budgets, its outcomes, its transfers between cities."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.figure_blocks import (
    bars_figure,
    map_figure,
    slopes_figure,
    timeline_figure,
)
from urbansdg.endpoint.figures.figure_data import BarRow, MapArc, TimeSpan
from urbansdg.endpoint.html.locale_formats import currency_name
from urbansdg.endpoint.pages.things.drawings.city_figures import amount, city_point, time_span
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.ontology.namespaces import expanded

_MOST_CHARTS: Final = 4


@dataclass(frozen=True, slots=True)
class PolicyFigures:
    """The figures of the page of a policy; None where there is nothing to draw."""

    stages: Markup | None
    budgets: tuple[Markup, ...]
    changes: tuple[Markup, ...]
    transfers: Markup | None


def policy_figures(
    facts: PageFacts, periods: Sequence[str], phases: Sequence[str], changes: Sequence[str]
) -> PolicyFigures:
    """Return the figures of a policy with its periods, phases and changes of status."""
    return PolicyFigures(
        _stages(facts, periods, phases, changes),
        tuple(_budgets(facts))[:_MOST_CHARTS],
        tuple(_changes(facts))[:_MOST_CHARTS],
        _transfers(facts),
    )


def _stages(
    facts: PageFacts, periods: Sequence[str], phases: Sequence[str], changes: Sequence[str]
) -> Markup | None:
    words = facts.site.words
    spans = []
    for iri, label in (*((p, words("period")) for p in periods), *((p, "") for p in phases)):
        start = facts.raw(iri, "dcat:startDate") or facts.raw(iri, "usdg:startYear")
        end = facts.raw(iri, "dcat:endDate") or facts.raw(iri, "usdg:endYear")
        kind = facts.first(iri, "usdg:periodKind") if label else None
        name = facts.first(iri, "dcterms:title", "skos:prefLabel")
        text = name.text if name else label or words("phases")
        text = f"{text} ({kind.text})" if kind else text
        spans.append(time_span(text, start, end, facts.raw(facts.iri, "usdg:status")))
    for iri in changes:
        status = facts.first(iri, "usdg:status")
        day = facts.raw(iri, "dcterms:date")
        if status and day:
            spans.append(TimeSpan(status.text, day, None, is_event=True))
    spans = [span for span in spans if span.start or span.end]
    if not spans:
        return None
    columns = (words("stage"), words("start"), words("end"))
    return timeline_figure(words, words("figure_stages"), columns, spans)


def _budgets(facts: PageFacts) -> list[Markup]:
    """Return bars of the budgets in each currency, where there are two to compare."""
    words = facts.site.words
    rows: dict[str, list[tuple[str, BarRow]]] = {}
    for budget in facts.things(facts.iri, "usdg:budget"):
        number = amount(facts.raw(budget, "usdg:amount"))
        if number is None:
            continue
        year = facts.first(budget, "usdg:year")
        stage = facts.first(budget, "usdg:budgetStage")
        kinds = (
            facts.first(budget, name)
            for name in ("usdg:budgetCoverage", "usdg:costType", "usdg:budgetKind")
        )
        label = " \u00b7 ".join(part.text for part in (year, stage, *kinds) if part)
        currency = facts.raw(budget, "usdg:currency")
        key = facts.raw(budget, "usdg:year")
        rows.setdefault(currency, []).append((key, (label or currency, number, None)))
    columns = (words("stage"), words("amount"))
    return [
        bars_figure(
            words,
            words("figure_budgets", n=currency),
            columns,
            [row for _, row in sorted(of_currency, key=lambda pair: (pair[0], pair[1][0]))],
            unit=currency_name(currency, words.locale),
        )
        for currency, of_currency in sorted(rows.items())
        if len(of_currency) > 1
    ]


def _changes(facts: PageFacts) -> list[Markup]:
    """Return slopes of the values before and after, of the outcomes with the same unit."""
    words = facts.site.words
    rows: dict[str, list[tuple[str, Decimal, Decimal]]] = {}
    for outcome in facts.things(facts.iri, "usdg:outcome"):
        values = []
        unit = facts.first(outcome, "usdg:unit")
        for name in ("usdg:before", "usdg:after"):
            seen = facts.thing(outcome, name)
            value = amount(facts.raw(seen, "sdmx-measure:obsValue")) if seen else None
            if seen and value is not None:
                values.append(value)
                unit = facts.first(seen, "sdmx-attribute:unitMeasure") or unit
        if len(values) == 2:  # noqa: PLR2004  # before and after
            indicator = facts.first(outcome, "usdg:indicator", "dcterms:description")
            label = indicator.text if indicator else words("outcomes")
            rows.setdefault(unit.text if unit else "", []).append((label, values[0], values[1]))
    columns = (words("indicator"), words("before"), words("after"))
    return [
        slopes_figure(words, words("figure_change", n=unit or words("value")), columns, of_unit)
        for unit, of_unit in sorted(rows.items())
    ]


def _transfers(facts: PageFacts) -> Markup | None:
    """Return a map of the cities that this policy came from, and of those that it went to."""
    if facts.version is None:
        return None
    here = facts.thing(facts.iri, "usdg:leadCity")
    lead = expanded("usdg:leadCity")
    origins = facts.things(facts.iri, "usdg:adaptedFrom")
    of_origins = facts.version.values(origins, lead)
    before = [city for policy in origins for city in of_origins.get(policy, {}).get(lead, [])]
    for transfer in facts.things(facts.iri, "usdg:transfer"):
        before += facts.things(transfer, "usdg:originCity")
    after = [
        city
        for policy in facts.pointing("usdg:adaptedFrom")
        for city in facts.things(policy, "usdg:leadCity")
    ]
    if here is None:
        return None
    positions = facts.version.positions()
    pairs = [(city, here) for city in dict.fromkeys(before)]
    pairs += [(here, city) for city in dict.fromkeys(after)]
    pairs = [
        (start, end)
        for start, end in pairs
        if start != end and start in positions and end in positions
    ]
    if not pairs:
        return None
    cities = dict.fromkeys(city for pair in pairs for city in pair)
    facts.names.update(facts.version.names_of(cities))
    points = {
        city: city_point(facts, city, positions[city], 0, is_focus=city == here) for city in cities
    }
    arcs = [
        MapArc(f"{points[start].label} \u2192 {points[end].label}", points[start], points[end])
        for start, end in pairs
    ]
    words = facts.site.words
    columns = (words("figure_from"), words("figure_to"))
    title = words("figure_transfers")
    return map_figure(words, title, columns, list(points.values()), is_region=True, arcs=arcs)
