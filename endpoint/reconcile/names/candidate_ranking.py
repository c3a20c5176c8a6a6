"""Ranks the entities that may be meant by a query, and decides whether the first one is.

An entity is compared by its most similar name. Countries, types and properties that disagree take
from its score. Of namesakes the more important one comes first, but then none is a match.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log10
from typing import Final, Self

from urbansdg.endpoint.reconcile.names.name_readings import NameReading
from urbansdg.endpoint.reconcile.names.name_similarity import (
    NameForm,
    accents_missed,
    errors,
    similarity,
)

WHOLE: Final = 100.0
"""The score of an entity whose name or code is as the query has it."""

_LEAST: Final = 0.4
"""Below this similarity a name is another one."""

_OTHER_COUNTRY: Final = 0.55
_UNKNOWN_COUNTRY: Final = 0.95
_OTHER_TYPE: Final = 0.8
_DISAGREEING: Final = 0.3
"""The part of the score that properties decide."""

_ACCENT: Final = 0.5
"""What a wrong accent counts, in letters."""

_NAMESAKES: Final = 1.0
"""Scores that differ by less are of namesakes: importance orders them."""

_LETTERS_OF_ERRORS: Final = ((4, 1), (10, 2), (18, 3), (30, 4))
"""How many typing errors a match may have, by the number of letters."""

_LEAD: Final = 0.6
"""How much of an error the next candidate has to be farther away, for the first to be a match."""


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """An entity with its names; `has_type` says whether it has a type that the query asks for."""

    iri: str
    names: tuple[str, ...]
    forms: tuple[NameForm, ...]
    has_type: bool = True

    def is_named(self, letters: str) -> bool:
        """Return whether a name has these letters."""
        return any(form.letters == letters for form in self.forms)


@dataclass(frozen=True, slots=True)
class EntityScore:
    """The score of an entity, from 0 to 100, and what it comes from.

    `typos` are the typing errors in its name, `in_country` whether it lies in the country that the
    query names, None where that is unknown, `agreement` the part of the properties that agree.
    `letters` are those of the name that is compared, `accents_missed` the errors that it has beside
    these if accents count.
    """

    iri: str
    score: float
    name_similarity: float
    typos: int
    in_country: bool | None = None
    agreement: float | None = None
    has_type: bool = True
    is_unclear: bool = False
    is_match: bool = False
    letters: str = ""
    accents_missed: int = 0


@dataclass(frozen=True, slots=True)
class RankingFacts:
    """What is known of entities beside their names: countries, agreement, importance.

    `is_main_name` says whether letters are those of the name of an entity, and not of another one
    that it has.
    """

    countries_of: Callable[[str], frozenset[str]]
    agreement_of: Callable[[str], float | None]
    importance_of: Callable[[str], float]
    is_main_name: Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How similar the most similar one of some names is to a reading, from 0 to 1."""

    reading: NameReading
    form: NameForm
    value: float

    @classmethod
    def of(cls, reading: NameReading, forms: Iterable[NameForm]) -> Self:
        """Return the likeness of a reading and the most similar one of some names."""
        best, value = reading.form, 0.0
        for form in forms:
            likeness = similarity(reading.form, form, max(value, _LEAST))
            if likeness > value:
                best, value = form, likeness
        return cls(reading, best, value)

    @property
    def typos(self) -> int:
        """The typing errors between the two."""
        return 0 if self.value == 1 else max(1, errors(self.reading.form, self.form))


def ranked(
    readings: Sequence[NameReading],
    entities: Iterable[NamedEntity],
    countries: frozenset[str] | None,
    facts: RankingFacts,
    limit: int,
) -> list[EntityScore]:
    """Return the entities that are similar to a query, the best first, at most `limit`.

    `countries` are those that a property of the query names, None without one.
    """
    known = {entity.iri: entity for entity in entities}
    scores = [
        score
        for entity in known.values()
        if (score := _score(readings, entity, countries, facts)) is not None
    ]
    scores.sort(key=lambda it: (-it.score, it.iri))
    scores = [_with_accents(readings[0].text, it, known) for it in scores[: max(limit, 10)]]
    scores.sort(key=lambda it: (-it.score, it.iri))
    ordered = _by_importance(scores, facts)
    if ordered and _is_match(readings[0].form, ordered):
        ordered[0] = replace(ordered[0], is_match=True)
    return ordered[:limit]


def _score(
    readings: Sequence[NameReading],
    entity: NamedEntity,
    countries: frozenset[str] | None,
    facts: RankingFacts,
) -> EntityScore | None:
    scores = _of_readings(readings, entity, countries, facts)
    return max(scores, key=lambda it: it.score, default=None)


def _of_readings(
    readings: Sequence[NameReading],
    entity: NamedEntity,
    countries: frozenset[str] | None,
    facts: RankingFacts,
) -> Iterator[EntityScore]:
    for reading in readings:
        likeness = Likeness.of(reading, entity.forms)
        if likeness.value >= _LEAST:
            yield _in_context(likeness, entity, countries, facts)


def _in_context(
    likeness: Likeness, entity: NamedEntity, countries: frozenset[str] | None, facts: RankingFacts
) -> EntityScore:
    """Return the score of an entity with a name so similar to a reading."""
    reading = likeness.reading
    places = reading.countries if countries is None else countries
    in_country = None
    factor = 1.0 - reading.cost
    if places is not None:
        of_entity = facts.countries_of(entity.iri)
        in_country = bool(of_entity & places) if of_entity else None
        factor *= {True: 1.0, False: _OTHER_COUNTRY, None: _UNKNOWN_COUNTRY}[in_country]
    agreement = facts.agreement_of(entity.iri)
    if agreement is not None:
        factor *= 1 - _DISAGREEING * (1 - agreement)
    if not entity.has_type:
        factor *= _OTHER_TYPE
    return EntityScore(
        entity.iri,
        round(WHOLE * likeness.value * factor, 2),
        round(likeness.value, 4),
        likeness.typos,
        in_country,
        agreement,
        entity.has_type,
        reading.is_unclear,
        letters=likeness.form.letters,
    )


def _with_accents(text: str, it: EntityScore, known: Mapping[str, NamedEntity]) -> EntityScore:
    """Return a score that counts the accents of a text, half as much as letters.

    A name without errors keeps its score: accents order it among its namesakes only.
    """
    missed = accents_missed(text, known[it.iri].names, it.letters)
    if not missed:
        return it
    lost = WHOLE * _ACCENT * missed / max(len(it.letters), 1) if it.typos else 0.0
    return replace(it, score=round(max(it.score - lost, 0.0), 2), accents_missed=missed)


def _by_importance(scores: list[EntityScore], facts: RankingFacts) -> list[EntityScore]:
    """Order namesakes by accents, then by orders of magnitude of importance, then main names."""
    top = [it for it in scores if scores[0].score - it.score < _NAMESAKES]
    if len(top) < 2:  # noqa: PLR2004  # a pair
        return scores

    def rank(it: EntityScore) -> tuple[int, int, bool, float, str]:
        magnitude = int(log10(1 + facts.importance_of(it.iri)))
        is_main = facts.is_main_name(it.iri, it.letters)
        return it.accents_missed, -magnitude, not is_main, -it.score, it.iri

    return [*sorted(top, key=rank), *scores[len(top) :]]


def _is_match(form: NameForm, scores: Sequence[EntityScore]) -> bool:
    """Return whether the first entity is surely the one that a text means."""
    first = scores[0]
    if first.is_unclear or first.in_country is False or not first.has_type:
        return False
    if first.agreement is not None and first.agreement < 1:
        return False
    letters = len(form.letters)
    allowed = max((most for length, most in _LETTERS_OF_ERRORS if letters >= length), default=0)
    if first.typos > allowed:
        return False
    lead = WHOLE * _LEAD / max(letters, 1)
    return len(scores) == 1 or first.score - scores[1].score >= lead
