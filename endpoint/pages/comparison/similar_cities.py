"""The cities that are like a city, each with the reasons: place, size, and shared topics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from urbansdg.endpoint.pages.comparison.city_comparison import CityFacts, TopicCounts

FACTOR: Final = 2
"""Populations within this factor of each other are similar."""

_PLACE_POINTS: Final = {"country": 4, "area": 2}
_SIZE_POINTS: Final = 3
_TOPIC_POINTS: Final = {"goals": 0.5, "targets": 1.0, "themes": 1.0}
_MOST_TOPIC_POINTS: Final = 4.0
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class SimilarityReason:
    """A reason: its name (`country`, `area`, `population`, `goals`, `targets`, `themes`).

    `things` are the shared things by IRI, none for the population.
    """

    name: str
    things: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SimilarCity:
    """A city that is like another, with the reasons and a score; a higher one is more alike.

    `policies` is how many of its policies count.
    """

    facts: CityFacts
    reasons: tuple[SimilarityReason, ...]
    score: float
    policies: int = 0


def similar_cities(
    mine: CityFacts,
    others: Iterable[CityFacts],
    topics: Mapping[str, TopicCounts],
    most: int,
) -> list[SimilarCity]:
    """Return the cities that are most like one, the best first.

    `topics` has the numbers of policies of all these cities, by kind of topic.
    """
    judged = [_judged(mine, other, topics) for other in others if other.iri != mine.iri]
    alike = [city for city in judged if city.reasons]
    return sorted(alike, key=lambda city: (-city.score, city.facts.iri))[:most]


def place_reasons(one: CityFacts, other: CityFacts) -> list[SimilarityReason]:
    """Return that two cities share their country, else their region; nothing for neither."""
    areas = tuple(area for area in one.areas if area in other.areas)
    if one.country and one.country == other.country:
        return [SimilarityReason("country", (one.country,))]
    return [SimilarityReason("area", areas)] if areas else []


def is_similar_size(one: CityFacts, other: CityFacts) -> bool:
    """Return whether both populations are known, and within the factor of each other."""
    if one.population is None or other.population is None:
        return False
    smaller, larger = sorted((one.population.people, other.population.people))
    return larger <= smaller * FACTOR


def _judged(mine: CityFacts, other: CityFacts, topics: Mapping[str, TopicCounts]) -> SimilarCity:
    reasons = place_reasons(mine, other)
    score = float(sum(_PLACE_POINTS[reason.name] for reason in reasons))
    if is_similar_size(mine, other):
        reasons.append(SimilarityReason("population"))
        score += _SIZE_POINTS
    shared_points = 0.0
    for kind, points in _TOPIC_POINTS.items():
        shared = tuple(
            about
            for about, counts in topics[kind].items()
            if mine.iri in counts and other.iri in counts
        )
        if shared:
            reasons.append(SimilarityReason(kind, shared[:_MOST_NAMED]))
            shared_points += points * len(shared)
    return SimilarCity(other, tuple(reasons), score + min(shared_points, _MOST_TOPIC_POINTS))


def most_similar_in_size(mine: CityFacts, others: Iterable[CityFacts], most: int) -> list[str]:
    """Return the cities to be judged by their topics: nearest in place, then in size."""

    def distance(other: CityFacts) -> tuple[bool, bool, Decimal, str]:
        size = Decimal(0)
        if mine.population is None or other.population is None:
            size = Decimal(10) ** 12
        else:
            smaller, larger = sorted((mine.population.people, other.population.people))
            size = larger / smaller
        is_near = bool(set(mine.areas) & set(other.areas))
        return mine.country != other.country, not is_near, size, other.iri

    return [other.iri for other in sorted(others, key=distance)][:most]
