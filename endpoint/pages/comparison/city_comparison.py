"""What is compared of cities: people, policies by topic, costs, indicators; read from rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from urbansdg.endpoint.page_query import SelectionRow
from urbansdg.endpoint.pages.things.drawings.city_figures import amount
from urbansdg.endpoint.pages.things.sort_order import code_of, natural
from urbansdg.ontology.namespaces import VOCAB

TOPICS: Final = {
    "goals": "usdg:addressesGoal",
    "targets": "usdg:addressesTarget",
    "themes": "usdg:theme",
}
"""The kinds of topics by which policies are counted, with the property of a policy."""

_STAGES: Final = tuple(
    f"{VOCAB}budget-stage#{name}"
    for name in ("spent", "committed", "adopted", "planned", "estimated")
)
"""The stages of a budget, the most certain first."""

_LARGEST: Final = Decimal(10) ** 18


@dataclass(frozen=True, slots=True)
class CityPopulation:
    """The latest population of a city: people, period, and the area that was counted."""

    people: Decimal
    period: str
    area_kind: str | None


@dataclass(frozen=True, slots=True)
class CityFacts:
    """A city: its country, the areas of the UN that the country is in, its population."""

    iri: str
    country: str | None
    areas: tuple[str, ...]
    population: CityPopulation | None


@dataclass(frozen=True, slots=True)
class CostTotal:
    """The total costs of the policies of a city in one currency.

    `policies` is how many policies state a total, `years` the first and the last year of their
    prices ("" where none is stated).
    """

    city: str
    currency: str
    amount: Decimal
    policies: int
    years: tuple[str, str]

    def per_inhabitant(self, facts: CityFacts) -> Decimal | None:
        """Return the amount per inhabitant, rounded to cents; None without a population."""
        if facts.population is None:
            return None
        return (self.amount / facts.population.people).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class CityObservation:
    """A value of an indicator in a city, with its period and unit."""

    period: str
    value: Decimal
    unit: str


TopicCounts = Mapping[str, Mapping[str, int]]
"""Numbers of policies by topic, then by city; a city without a policy is absent."""


@dataclass(frozen=True, slots=True)
class CityComparison:
    """Cities side by side, in the order of the request."""

    cities: tuple[CityFacts, ...]
    policies: Mapping[str, int]
    topics: Mapping[str, TopicCounts]
    costs: tuple[CostTotal, ...]
    indicators: Mapping[str, Mapping[str, tuple[CityObservation, ...]]]

    @property
    def iris(self) -> tuple[str, ...]:
        """The IRIs of the cities."""
        return tuple(city.iri for city in self.cities)

    def costs_in(self, city: str) -> tuple[CostTotal, ...]:
        """Return the total costs of a city, one for each currency."""
        return tuple(cost for cost in self.costs if cost.city == city)

    def only(self, city: str, kind: str) -> tuple[str, ...]:
        """Return the topics of a kind on which this city alone has a policy."""
        return tuple(about for about, counts in self.topics[kind].items() if set(counts) == {city})

    def lacking(self, city: str, kind: str) -> tuple[str, ...]:
        """Return the topics of a kind on which others have a policy, and this city has none."""
        return tuple(about for about, counts in self.topics[kind].items() if city not in counts)

    def mentioned(self) -> Iterator[str]:
        """Yield the IRIs of everything that a page names."""
        for city in self.cities:
            yield from (city.iri, *city.areas)
            if city.country:
                yield city.country
            if city.population and city.population.area_kind:
                yield city.population.area_kind
        for counts in self.topics.values():
            yield from counts
        yield from self.indicators


def number(text: str) -> Decimal | None:
    """Return a finite number of a reasonable size, None for other text."""
    value = amount(text)
    return value if value is not None and abs(value) < _LARGEST else None


def facts_of(rows: Iterable[SelectionRow]) -> dict[str, CityFacts]:
    """Return the facts of cities by IRI: of several populations, the latest one."""
    grouped: dict[str, list[SelectionRow]] = {}
    for row in rows:
        grouped.setdefault(row["city"], []).append(row)
    return {iri: _facts(iri, of_city) for iri, of_city in grouped.items()}


def _facts(iri: str, rows: list[SelectionRow]) -> CityFacts:
    counted = [
        (row["period"], people, row.get("kind"))
        for row in rows
        if "people" in row and (people := number(row["people"])) is not None and people > 0
    ]
    latest = max(counted, key=lambda count: (count[0], count[1]), default=None)
    country = next((row["country"] for row in rows if "country" in row), None)
    areas = dict.fromkeys(
        row["area"] for row in rows if "area" in row and row.get("country") == country
    )
    population = CityPopulation(latest[1], latest[0], latest[2]) if latest else None
    return CityFacts(iri, country, tuple(areas), population)


def counts_of(rows: Iterable[SelectionRow]) -> dict[str, dict[str, int]]:
    """Return the numbers of policies by topic and city, the topics by their codes."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        if "about" in row:
            counts.setdefault(row["about"], {})[row["city"]] = int(row["policies"])
    return dict(sorted(counts.items(), key=lambda item: natural(code_of(item[0]) or item[0])))


def costs_of(rows: Iterable[SelectionRow]) -> tuple[CostTotal, ...]:
    """Return the total costs by city and currency.

    Of the totals of a policy in a currency, the one of the most certain stage counts, and of
    these the one of the latest year: what was planned and what was spent are not added.
    """
    best: dict[tuple[str, str, str], tuple[tuple[int, str], Decimal]] = {}
    for row in rows:
        amount = number(row.get("amount", ""))
        if amount is None or amount < 0:
            continue
        stage, year = row.get("stage", ""), row.get("year", "")
        certain = len(_STAGES) - _STAGES.index(stage) if stage in _STAGES else 0
        key = (row["city"], row["currency"], row["policy"])
        if key not in best or (certain, year) > best[key][0]:
            best[key] = ((certain, year), amount)
    totals: dict[tuple[str, str], list[tuple[str, Decimal]]] = {}
    for (city, currency, _), ((_, year), amount) in best.items():
        totals.setdefault((city, currency), []).append((year, amount))
    return tuple(
        CostTotal(
            city,
            currency,
            sum((amount for _, amount in amounts), Decimal()),
            len(amounts),
            _span([year for year, _ in amounts if year]),
        )
        for (city, currency), amounts in sorted(totals.items())
    )


def _span(years: list[str]) -> tuple[str, str]:
    return (min(years), max(years)) if years else ("", "")


def indicators_of(
    rows: Iterable[SelectionRow],
) -> dict[str, dict[str, tuple[CityObservation, ...]]]:
    """Return the observations by indicator and city, in the order of their periods."""
    seen: dict[str, dict[str, dict[str, CityObservation]]] = {}
    for row in rows:
        value = number(row["value"])
        if value is not None:
            unit = row.get("unit", "")
            by_period = seen.setdefault(row["indicator"], {}).setdefault(row["city"], {})
            by_period.setdefault(row["period"], CityObservation(row["period"], value, unit))
    return {
        indicator: {
            city: tuple(by_period[period] for period in sorted(by_period))
            for city, by_period in by_city.items()
        }
        for indicator, by_city in seen.items()
    }
