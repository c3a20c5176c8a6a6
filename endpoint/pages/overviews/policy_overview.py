"""The overview of the policies on a thing: totals, regions with their gaps, and a table.

Its numbers come from queries that workers evaluate, not from the document of the thing, which has
the first 200 policies only.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final, Self

from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.endpoint.pages.overviews.overview_queries import (
    AREAS,
    COUNTRIES,
    cities_query,
    countries_query,
    goals_query,
    indicators_query,
    measured_query,
    rows_query,
    targets_query,
)
from urbansdg.endpoint.pages.overviews.overview_subject import OverviewSubject

OverviewRow = Mapping[str, str]
"""A row of a result: the values of its variables as text; unbound variables are absent."""

Select = Callable[[str], Awaitable[Sequence[OverviewRow]]]
"""Evaluates a query, and returns its rows."""

_OF_WORLD: Final = frozenset({"goal", "target", "theme", "network", "organisation", "indicator"})
"""The kinds of things with policies in any region."""

_BY_GOAL: Final = frozenset({"country", "area", "region", "network", "organisation"})


@dataclass(frozen=True, slots=True)
class PolicyCounts:
    """The number of policies, of their cities and countries, with a budget, with an outcome."""

    policies: int = 0
    cities: int = 0
    countries: int = 0
    budgets: int = 0
    outcomes: int = 0

    @classmethod
    def of_country(cls, row: OverviewRow) -> Self:
        """Return the counts of a country, or of the policies without one, in a row of a result."""
        names = ("policies", "cities", "budgets", "outcomes")
        counts = {name: int(float(row.get(name, "0"))) for name in names}
        return cls(countries=int("country" in row), **counts)

    def __add__(self, other: "PolicyCounts") -> "PolicyCounts":
        """Return the counts of two countries or regions together: a policy is in one of them."""
        return PolicyCounts(
            *(getattr(self, part.name) + getattr(other, part.name) for part in fields(self))
        )


@dataclass(frozen=True, slots=True)
class RegionRow:
    """An area of the UN: its depth below the world, its counts, the cities of the graph in it."""

    iri: str
    depth: int
    counts: PolicyCounts
    known_cities: int
    has_parts: bool

    @property
    def code(self) -> str:
        """The code of the area (M49)."""
        return local_name(self.iri)

    @property
    def is_gap(self) -> bool:
        """Whether no policy is from this area."""
        return self.counts.policies == 0


@dataclass(frozen=True)
class AreaTree:
    """The areas of the UN: the area that each is within, and the countries with their areas."""

    within: dict[str, str]
    countries: tuple[OverviewRow, ...]

    @cached_property
    def _direct(self) -> dict[str, str]:
        return {row["country"]: row["area"] for row in self.countries if "area" in row}

    def above(self, country: str) -> list[str]:
        """Return the areas that a country is in, the smallest first."""
        area, areas = self._direct.get(country, ""), list[str]()
        while area and area not in areas:
            areas.append(area)
            area = self.within.get(area, "")
        return areas

    def rows(self, counts: Iterable[OverviewRow]) -> Iterator[RegionRow]:
        """Yield the areas below the world, each before its parts, with the counts of countries."""
        by_area, known = self._counts(counts), Counter[str]()
        for row in self.countries:
            known.update(dict.fromkeys(self.above(row["country"]), int(row.get("cities", "0"))))
        below: dict[str, list[str]] = {}
        for area, around in self.within.items():
            below.setdefault(around, []).append(area)

        def rows(areas: Iterable[str], depth: int) -> Iterator[RegionRow]:
            for area in areas:
                of_area, parts = by_area.get(area, PolicyCounts()), below.get(area, [])
                yield RegionRow(area, depth, of_area, known[area], bool(parts))
                yield from rows(parts, depth + 1)

        for world in below.get("", []):
            yield from rows(below.get(world, []), 0)

    def _counts(self, counts: Iterable[OverviewRow]) -> dict[str, PolicyCounts]:
        by_area: dict[str, PolicyCounts] = {}
        for row in counts:
            of_country = PolicyCounts.of_country(row)
            for area in self.above(row.get("country", "")):
                by_area[area] = by_area.get(area, PolicyCounts()) + of_country
        return by_area


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy in a table: IRIs, the year of its start, the number of its budgets and outcomes."""

    policy: str
    city: str | None
    country: str | None
    status: str | None
    year: str
    budgets: int
    outcomes: int
    areas: frozenset[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """A value of an indicator for a city in a period."""

    observation: str
    city: str
    year: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator of a target: its tiers and its custodians."""

    iri: str
    tiers: tuple[str, ...]
    custodians: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target of a goal: the number of policies on it, and of their cities."""

    iri: str
    policies: int
    cities: int


@dataclass(frozen=True, slots=True)
class PolicyOverview:
    """The overview of the policies on a thing.

    `goals` and `cities` are IRIs with their numbers of policies. `queries` are the queries of the
    counts by country and of the policies, for readers.
    """

    subject: OverviewSubject
    totals: PolicyCounts
    regions: tuple[RegionRow, ...]
    goals: tuple[tuple[str, int], ...]
    cities: tuple[tuple[str, int], ...]
    rows: tuple[PolicyRow, ...]
    measured: tuple[Measured, ...]
    indicators: tuple[IndicatorRow, ...]
    targets: tuple[TargetRow, ...]
    queries: dict[str, str]

    @property
    def gaps(self) -> list[str]:
        """The smallest areas without a policy."""
        return [row.iri for row in self.regions if row.is_gap and not row.has_parts]

    def things(self) -> Iterator[str]:
        """Yield the IRIs that a page names."""
        yield from (row.iri for row in self.regions)
        yield from (iri for iri, _ in (*self.goals, *self.cities))
        yield from (value.city for value in self.measured)
        yield from (row.iri for row in self.targets)
        for indicator in self.indicators:
            yield from (indicator.iri, *indicator.tiers, *indicator.custodians)
        for row in self.rows:
            yield from filter(None, (row.policy, row.city, row.country, row.status))


async def overview_of(subject: OverviewSubject, select: Select) -> PolicyOverview:
    """Return the overview of the policies on a thing.

    Raises what `select` raises: `Fault` (429) and the errors of queries.
    """
    policies, is_of_world = subject.policies, subject.kind in _OF_WORLD
    queries = {"countries": countries_query(policies), "policies": rows_query(policies)}
    counts = await select(queries["countries"])
    areas = AreaTree(
        {row["area"]: row.get("within", "") for row in await select(AREAS)},
        tuple(row for row in await select(COUNTRIES) if "country" in row),
    )
    goals = await select(goals_query(policies)) if subject.kind in _BY_GOAL else []
    cities = await select(cities_query(subject.cities)) if subject.cities else []
    of_kind = {
        "indicator": measured_query,
        "target": indicators_query,
        "goal": targets_query,
    }.get(subject.kind)
    parts = await select(of_kind(subject.iri)) if of_kind else []
    if subject.kind == "indicator":
        queries["measured"] = measured_query(subject.iri)
    rows = await select(queries["policies"])
    return PolicyOverview(
        subject,
        sum(map(PolicyCounts.of_country, counts), PolicyCounts()),
        tuple(areas.rows(counts)) if is_of_world else (),
        tuple((row["goal"], int(row["policies"])) for row in goals),
        tuple((row["city"], int(row["policies"])) for row in cities if "city" in row),
        tuple(_policy(row, areas) for row in rows if "policy" in row),
        tuple(_measured(row) for row in parts if "observation" in row),
        tuple(_indicators(parts)),
        tuple(_targets(parts)),
        queries,
    )


def _policy(row: OverviewRow, areas: AreaTree) -> PolicyRow:
    of_country = areas.above(row.get("country", ""))
    return PolicyRow(
        row["policy"],
        row.get("city"),
        row.get("country"),
        row.get("status"),
        row.get("year", "")[:4],
        int(row.get("budgets", "0")),
        int(row.get("outcomes", "0")),
        frozenset(map(local_name, of_country)),
    )


def _indicators(rows: Iterable[OverviewRow]) -> Iterator[IndicatorRow]:
    tiers: dict[str, dict[str, None]] = {}
    custodians: dict[str, dict[str, None]] = {}
    for row in rows:
        if "indicator" in row:
            of_row = (("tier", tiers), ("custodian", custodians))
            for name, values in of_row:
                known = values.setdefault(row["indicator"], {})
                known.update({row[name]: None} if name in row else {})
    for iri in sorted(tiers):
        yield IndicatorRow(iri, tuple(tiers[iri]), tuple(custodians[iri]))


def _targets(rows: Iterable[OverviewRow]) -> Iterator[TargetRow]:
    for row in rows:
        if "target" in row:
            yield TargetRow(row["target"], int(row["policies"]), int(row["cities"]))


def _measured(row: OverviewRow) -> Measured:
    return Measured(row["observation"], row["city"], row["year"], row["value"], row.get("unit", ""))
