"""A comparison of cities for a reader: as a page, as JSON, and as rows of CSV."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Final
from urllib.parse import quote

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.figures.figure_blocks import bars_figure, lines_figure
from urbansdg.endpoint.figures.figure_data import BarRow, ChartSeries
from urbansdg.endpoint.html.locale_formats import currency_name, figure, money
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.page_values import PageValue, plain
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.pages.comparison.city_comparison import (
    CityComparison,
    CityFacts,
    CityObservation,
    CostTotal,
)
from urbansdg.endpoint.pages.comparison.comparison_queries import PolicyFilter
from urbansdg.endpoint.pages.comparison.similar_cities import SimilarCity, SimilarityReason
from urbansdg.endpoint.pages.contact_offices import MOST_OFFICES, office_links, read_offices
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.page_addresses import GOAL_CODES, city_key, theme_key
from urbansdg.endpoint.pages.page_form import ChosenVersion
from urbansdg.endpoint.pages.things.sort_order import code_of
from urbansdg.ontology.namespaces import PREFIXES, SDG

PATH: Final = "/compare"
MOST_CITIES: Final = 5
_DIFFERING: Final = ("targets", "themes")
_EXCERPT: Final = 100
_MOST_CHARTS: Final = 8
_XSD: Final = PREFIXES["xsd"]
_DECIMAL: Final = NamedNode(f"{_XSD}decimal")
_PERIODS: Final = {
    4: NamedNode(f"{_XSD}gYear"),
    7: NamedNode(f"{_XSD}gYearMonth"),
    10: NamedNode(f"{_XSD}date"),
}
"""The data types of periods by the lengths of their texts."""

_NONE: Final = "\u2013"  # a dash

CsvRow = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """What is asked for: cities by IRI, the policies that count, words of the name of a city."""

    cities: tuple[str, ...]
    narrowed: PolicyFilter
    words: str


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """What was read from a version: the comparison, and what a page has beside it.

    `listed` has the policies of each city, `offices` those that one may ask about a city or about
    these policies. `choices` and `themes` are the cities and themes to choose from.
    """

    comparison: CityComparison
    similar: tuple[SimilarCity, ...] = ()
    choices: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class ComparisonView:
    """A comparison for a reader, as a page, as JSON and as rows of CSV."""

    def __init__(
        self,
        version: ChosenVersion,
        site: SiteLinks,
        selection: ComparisonRequest,
        result: ComparisonResult,
    ) -> None:
        """Read the names of everything that is shown."""
        snapshot = version.snapshot
        self._version, self._snapshot, self._site = version, snapshot, site
        self._selection, self._result = selection, result
        similar = (
            iri
            for city in result.similar
            for iri in (city.facts.iri, *(thing for why in city.reasons for thing in why.things))
        )
        goals = (SDG[code] for code in GOAL_CODES)
        policies = (policy for listed in result.listed.values() for policy in listed)
        mentioned = (
            *(*result.comparison.mentioned(), *similar, *goals),
            *(*result.choices, *result.themes, *policies),
        )
        self._things = ThingList.of(snapshot.store, site, dict.fromkeys(mentioned))
        contacts = (office for offices in result.offices.values() for office in offices)
        self._offices = {office.iri: office for office in read_offices(snapshot.store, contacts)}

    def page(self) -> bytes:
        """Return the page, in HTML and UTF-8."""
        site, selection, comparison = self._site, self._selection, self._result.comparison
        choices = [city for city in self._result.choices if city not in selection.cities]
        # A search whose city was chosen is over: its next best city is not to be added by accident.
        words = selection.words if len(choices) == len(self._result.choices) else ""
        return framed(
            "comparison.html.jinja",
            site,
            crumbs=((site.words("cities"), site.at("/cities")),),
            version=self._snapshot.number,
            selection=selection,
            words=words,
            is_full=len(selection.cities) == MOST_CITIES,
            choices=[(self._key(city), self._things.named(city)) for city in choices],
            narrowed=selection.narrowed,
            goals=[(code, self._things.short(SDG[code])) for code in GOAL_CODES],
            themes=self._themes(),
            theme_key=theme_key,
            listed=[(city, self._listed(city)) for city in comparison.iris],
            offices=[(city, self._contacts(city)) for city in comparison.iris],
            charts=self._charts(),
            cost_charts=list(self._cost_charts()),
            comparison=comparison,
            named=self._things.named,
            topic=self._things.topic,
            key=self._key,
            without=self._without,
            people=self._people,
            period=self._period,
            quantity=self._quantity,
            amount=self._amount,
            policies_of=self._policies_of,
            topics=[(kind, counts) for kind, counts in comparison.topics.items() if counts],
            differences=list(self._differences()),
            similar=[self._proposal(city) for city in self._result.similar],
            pinned=self._version.number,
            of_current=self._address(selection.cities, version=""),
            permanent=self._version.permanent(partial(self._address, selection.cities)),
            json=self._address(selection.cities, format="json"),
            csv=self._address(selection.cities, format="csv"),
        )

    def document(self) -> dict[str, object]:
        """Return the comparison as a JSON document."""
        comparison, selection = self._result.comparison, self._selection
        label = self._things.label
        return {
            "version": self._snapshot.number,
            "goal": selection.narrowed.goal,
            "theme": selection.narrowed.theme,
            "cities": [self._city_document(city) for city in comparison.cities],
            "topics": {
                kind: [
                    {**label(about), "code": code_of(about) or None, "policies": dict(counts)}
                    for about, counts in topics.items()
                ]
                for kind, topics in comparison.topics.items()
            },
            "budgets": [self._cost_document(cost) for cost in comparison.costs],
            "indicators": [
                {
                    **label(indicator),
                    "values": [
                        {
                            "city": city,
                            "period": seen.period,
                            "value": float(seen.value),
                            "unit": seen.unit or None,
                        }
                        for city, observations in by_city.items()
                        for seen in observations
                    ],
                }
                for indicator, by_city in comparison.indicators.items()
            ],
            "differences": [
                {
                    "city": city,
                    "only": {kind: comparison.only(city, kind) for kind in _DIFFERING},
                    "lacking": {kind: comparison.lacking(city, kind) for kind in _DIFFERING},
                }
                for city in comparison.iris
            ],
            "similar": [
                {
                    **label(city.facts.iri),
                    "score": round(city.score, 2),
                    "policies": city.policies,
                    "reasons": [
                        {"reason": why.name, "text": self._reason(why, city), "things": why.things}
                        for why in city.reasons
                    ],
                }
                for city in self._result.similar
            ],
        }

    def rows(self) -> Iterator[CsvRow]:
        """Yield the comparison as rows of a long table, one value in each."""
        yield ("measure", "about", "about_label", "city", "city_label", "value", "unit", "period")
        for city in self._result.comparison.cities:
            own = (city.iri, self._things.named(city.iri).text)
            for (measure, about, name), value in self._values(city):
                yield (measure, about, name, *own, *value)

    def _values(self, city: CityFacts) -> Iterator[tuple[tuple[str, str, str], CsvRow]]:
        """Yield each value of a city with what it is about: a measure, and an IRI and its name."""
        comparison = self._result.comparison
        if city.population:
            people, period = city.population.people, city.population.period
            yield ("population", "", ""), (people, "", period)
        yield ("policies", "", ""), (comparison.policies.get(city.iri, 0), "", "")
        for kind, topics in comparison.topics.items():
            for about, counts in topics.items():
                name = self._things.topic(about).text
                yield (f"policies by {kind}", about, name), (counts.get(city.iri, 0), "", "")
        for cost in comparison.costs_in(city.iri):
            years = "/".join(dict.fromkeys(filter(None, cost.years)))
            yield ("budget", "", ""), (cost.amount, cost.currency, years)
            share = cost.per_inhabitant(city)
            if share is not None:
                unit = f"{cost.currency} per inhabitant"
                yield ("budget per inhabitant", "", ""), (share, unit, years)
        for indicator, by_city in comparison.indicators.items():
            name = self._things.named(indicator).text
            for seen in by_city.get(city.iri, ()):
                yield ("indicator", indicator, name), (seen.value, seen.unit, seen.period)

    def _city_document(self, city: CityFacts) -> dict[str, object]:
        population = city.population and {
            "value": int(city.population.people),
            "period": city.population.period,
            "area_kind": city.population.area_kind,
        }
        label = self._things.label
        return {
            **label(city.iri),
            "country": label(city.country) if city.country else None,
            "population": population,
            "policies": self._result.comparison.policies.get(city.iri, 0),
            "listed": [label(policy) for policy in self._result.listed.get(city.iri, ())],
            "offices": [
                {"iri": iri, "name": self._office(iri)[0].text, **dict(self._offices[iri].ways)}
                for iri in self._result.offices.get(city.iri, ())
                if iri in self._offices
            ],
        }

    def _cost_document(self, cost: CostTotal) -> dict[str, object]:
        facts = next(city for city in self._result.comparison.cities if city.iri == cost.city)
        share = cost.per_inhabitant(facts)
        return {
            "city": cost.city,
            "currency": cost.currency,
            "amount": float(cost.amount),
            "per_inhabitant": None if share is None else float(share),
            "policies": cost.policies,
            "years": [year for year in cost.years if year],
        }

    def _key(self, city: str) -> str:
        return city_key(self._site, city)

    def _address(self, cities: Iterable[str], **more: str) -> str:
        """Return the address of the comparison of these cities for the same goal."""
        parameters = [("city", self._key(city)) for city in cities]
        narrowed = self._selection.narrowed
        parameters += [("goal", narrowed.goal)] if narrowed.goal else []
        parameters += [("theme", theme_key(narrowed.theme))] if narrowed.theme else []
        named = self._version.number
        version = {} if named is None else {"version": str(named)}
        parameters += [(name, text) for name, text in (version | more).items() if text]
        query = "&".join(f"{name}={quote(text, safe=':/')}" for name, text in parameters)
        return self._site.at(f"{PATH}?{query}" if query else PATH)

    def _without(self, city: str) -> str:
        return self._address(other for other in self._selection.cities if other != city)

    def _policies_of(self, city: str, kind: str = "", about: str = "") -> str:
        """Return the address of the list of policies of a city, on a topic."""
        parameters = {"city": city} | ({kind.removesuffix("s"): about} if kind else {})
        if self._version.number is not None:
            parameters["version"] = str(self._version.number)
        return self._site.at("/policies", **parameters)

    def _themes(self) -> list[tuple[str, PageValue]]:
        """Return the themes to choose from by their keys, sorted by name."""
        named = [(theme_key(iri), self._things.named(iri)) for iri in self._result.themes]
        return sorted(named, key=lambda theme: theme[1].text.casefold())

    def _listed(self, city: str) -> list[PageValue]:
        """Return the policies of a city by name."""
        links = map(self._things.named, self._result.listed.get(city, ()))
        return sorted(links, key=lambda link: link.text.casefold())

    def _contacts(self, city: str) -> list[tuple[PageValue, list[PageValue]]]:
        """Return the offices that one may ask about a city and its policies, with their ways."""
        known = [iri for iri in self._result.offices.get(city, ()) if iri in self._offices]
        return [self._office(iri) for iri in known[:MOST_OFFICES]]

    def _office(self, iri: str) -> tuple[PageValue, list[PageValue]]:
        return office_links(self._offices[iri], self._site)

    def _charts(self) -> dict[str, list[Markup]]:
        """Return the charts of each indicator, a line for each city; one chart for each unit.

        An indicator with one value has none: its table says as much.
        """
        words, charts = self._site.words, dict[str, list[Markup]]()
        columns = (words("city"), words("date"), words("value"))
        for indicator, by_city in self._result.comparison.indicators.items():
            units = dict.fromkeys(seen.unit for values in by_city.values() for seen in values)
            name = self._things.named(indicator).text
            for unit in units:
                series = [
                    ChartSeries(self._things.named(city).text, points, self._site.to(city))
                    for city in self._result.comparison.iris
                    if (points := _points(by_city.get(city, ()), unit))
                ]
                if sum(len(line.points) for line in series) > 1 and len(charts) < _MOST_CHARTS:
                    title = f"{name} ({plain(unit)[:_EXCERPT]})" if unit else name
                    chart = lines_figure(words, title, columns, series)
                    charts.setdefault(indicator, []).append(chart)
        return charts

    def _cost_charts(self) -> Iterator[Markup]:
        """Yield bars of the costs per inhabitant for each currency of several cities."""
        words, comparison = self._site.words, self._result.comparison
        bars: dict[str, list[BarRow]] = {}
        for city in comparison.cities:
            for cost in comparison.costs_in(city.iri):
                share = cost.per_inhabitant(city)
                if share is not None:
                    name = self._things.named(city.iri).text
                    row = (name, share, self._site.to(city.iri))
                    bars.setdefault(cost.currency, []).append(row)
        for currency, rows in bars.items():
            if len(rows) > 1:
                title = f"{words('cost_per_inhabitant')} ({currency})"
                columns = (words("city"), words("per_inhabitant"))
                unit = currency_name(currency, words.locale)
                yield bars_figure(words, title, columns, rows, unit=unit)

    def _people(self, city: CityFacts) -> str:
        return self._quantity(city.population.people) if city.population else _NONE

    def _quantity(self, value: Decimal) -> str:
        text = figure(Literal(f"{value:f}", datatype=_DECIMAL), self._site.words.locale)
        return text or f"{value:f}"

    def _amount(self, value: Decimal, currency: str) -> str:
        literal = Literal(f"{value:f}", datatype=_DECIMAL)
        return money(literal, currency, self._site.words.locale) or f"{value:f} {currency}"

    def _period(self, *texts: str) -> str:
        """Return a period in the reader's language: of two, from the first to the second."""
        ends = [
            figure(Literal(text, datatype=_PERIODS[len(text)]), self._site.words.locale) or text
            if len(text) in _PERIODS
            else plain(text)[:_EXCERPT]
            for text in dict.fromkeys(filter(None, texts))
        ]
        return f" {_NONE} ".join(ends)

    def _differences(self) -> Iterator[tuple[str, list[PageValue], list[PageValue]]]:
        """Yield each city with the topics that it alone has, and those that only others have."""
        comparison, topic = self._result.comparison, self._things.topic
        if len(comparison.cities) > 1:
            for city in comparison.iris:
                alone, lacks = (
                    [topic(about) for kind in _DIFFERING for about in topics(city, kind)]
                    for topics in (comparison.only, comparison.lacking)
                )
                yield city, alone, lacks

    def _proposal(self, city: SimilarCity) -> tuple[PageValue, list[str], int, str | None]:
        """Return a similar city, the reasons, its number of policies, the address that adds it."""
        is_full = len(self._selection.cities) >= MOST_CITIES
        added = None if is_full else self._address((*self._selection.cities, city.facts.iri))
        words = [self._reason(why, city) for why in city.reasons]
        return self._things.named(city.facts.iri), words, city.policies, added

    def _reason(self, why: SimilarityReason, city: SimilarCity) -> str:
        say = self._site.words
        if why.name == "population":
            return say("similar_population", n=self._people(city.facts))
        names = [code_of(thing) or self._things.named(thing).text for thing in why.things]
        return say(f"similar_{why.name}", names=", ".join(names))


def _points(
    observations: tuple[CityObservation, ...], unit: str
) -> tuple[tuple[str | Decimal, Decimal], ...]:
    """Return the values with a unit, by period."""
    return tuple((seen.period, seen.value) for seen in observations if seen.unit == unit)
