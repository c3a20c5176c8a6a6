"""Duplicate things: two rows of a source that would become one thing, so that neither is loaded.

Every row has things of its own: a policy, a budget, an observation. An organisation or an area that
a row only mentions may be in many rows. The draft writer notes the things of each row as hashes of
eight bytes, because a source has millions; only where two are equal are the files read again, for
the names and the places (`urbansdg.loaders.drafts.draft`).
"""

import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.parse.facts import Fact, Facts
from urbansdg.loaders.tables.field_mapping import TYPE, term

DUPLICATE: Final = "duplicate-thing"
VALUE_TWICE: Final = "value-twice"
"""The problem codes of two rows that describe one thing, and that give one value."""

_OBSERVATION: Final = term("qb:Observation")
_MENTIONED: Final = frozenset(
    map(
        term,
        (
            *("org:Organization", "usdg:CityNetwork", "usdg:CityArea", "usdg:CityIndicator"),
            *("usdg:StatisticalArea", "usdg:Region", "usdg:AdaptationPlan", "qb:DataSet"),
            *("gsp:Geometry", "skos:ConceptScheme"),
        ),
    )
)
"""Classes of things that a row may mention beside a thing of its own."""

_REFERENCE: Final = _MENTIONED | set(map(term, ("usdg:City", "usdg:Country", "sdgo:Indicator")))
"""Classes of things that several sources describe, each in its own graph."""

_TYPED: Final = re.compile(rf"<([^>]*)> <{re.escape(TYPE)}> <([^>]*)>")
_TITLE: Final = re.compile(
    r"<([^>]*)> <(?:"
    + "|".join(re.escape(term(name)) for name in ("dcterms:title", "skos:prefLabel", "vcard:fn"))
    + ")> "
)
_TYPE_MARK: Final = f"> <{TYPE}> <"
_NO_ROW: Final = ((), (None, None, None))
_MOST_NAMED: Final = 5
"""The most rows that a message names."""

RowThings = dict[str, str]
"""The things that one row describes: their classes by IRI."""


def own_things(things: RowThings) -> Iterable[str]:
    """Return the things of a row that it does not only mention.

    An observation is mentioned beside the outcome that it measures, and is otherwise the row's own.
    """
    if len(things) < 2:  # noqa: PLR2004  # usually one: a row of values
        return things
    least = min(map(_rank, things.values()))
    return [iri for iri, kind in things.items() if _rank(kind) == least]


def _rank(kind: str) -> int:
    return 2 if kind in _MENTIONED else 1 if kind == _OBSERVATION else 0


def fingerprint(iri: str) -> int:
    """Return a hash of eight bytes that is the same in every process."""
    return int.from_bytes(blake2b(iri.encode(), digest_size=8).digest())


@dataclass(slots=True)
class ThingLog:
    """The things of the rows of a draft, in the order of writing, and the number of the rows."""

    hashes: "array[int]" = field(default_factory=lambda: array("Q"))
    rows: int = 0
    _place: Place | None = None
    _row: tuple[object, ...] = ()
    _things: RowThings = field(default_factory=dict)

    def note(self, result: Fact | Facts) -> None:
        """Note the row of a result, and what the result describes."""
        place = result.place
        if place is not self._place:  # usually the same row as before
            self._place = place
            row = row_of(place)
            if row != self._row:
                self.close()
                self._row = row
                self.rows += is_row(row)
        if isinstance(result, Fact):
            if result.predicate == TYPE:
                self._things.setdefault(result.subject, getattr(result.object, "value", ""))
        elif result.columns and result.columns[0] is None:  # a type is of the row as a whole
            for line in result.lines:
                if _TYPE_MARK in line and (typed := _TYPED.match(line)):
                    self._things.setdefault(typed[1], typed[2])

    def close(self) -> None:
        """Note the things of the last row."""
        if self._things and is_row(self._row):
            self.hashes.extend(map(fingerprint, own_things(self._things)))
        self._things = {}


def row_of(place: Place) -> tuple[object, ...]:
    """Return what identifies the row, the line or the JSON object of a place."""
    return place.file, place.sheet, place.row, place.line, place.path


def is_row(row: tuple[object, ...]) -> bool:
    """Return whether the place is a part of a file, and not the file as a whole."""
    return row[2:] not in _NO_ROW


def repeated(hashes: Iterable[int]) -> frozenset[int]:
    """Return the hashes that occur more than once."""
    return frozenset(first for first, second in pairwise(sorted(hashes)) if first == second)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A thing with the places of the rows that describe it, and its names there."""

    iri: str
    kind: str
    places: tuple[Place, ...]
    names: tuple[str, ...] = ()

    @property
    def is_of_sources(self) -> bool:
        """Whether two sources may describe the thing, each in its own graph."""
        return self.kind in _REFERENCE

    @property
    def rows(self) -> frozenset[tuple[object, ...]]:
        """The rows that describe the thing."""
        return frozenset(map(row_of, self.places))

    def problem(self, *, is_left_out: bool) -> Problem:
        """Return the problem; the rows are left out, or keep the whole source out."""
        first, *others = self.places
        key = self.iri.rpartition("/id/")[2].partition("/")[2] or self.iri
        name = " or ".join(map(repr, self.names[:2] or (key,)))
        rows = _enumerated(self.places)
        none = "neither" if len(others) == 1 else "none of them"
        end = "they were left out" if is_left_out else f"{none} can be loaded"
        severity = Severity.WARNING if is_left_out else Severity.VIOLATION
        value: str | None = key
        if self.kind == _OBSERVATION:
            code, what = VALUE_TWICE, "give a value for the same place, indicator and period"
            remedy = "Find out which one is right, or add a column that distinguishes them."
            value = None  # the key of an observation is ours: no source has it
        else:
            code, what = DUPLICATE, f"describe the same {_word(self.kind)}, {name}"
            remedy = "Give each its own title or identifier, or remove the superfluous one."
        message = f"{rows} {what}; {end}."
        return Problem(code, message, remedy, first, severity, value, tuple(others))


def find_duplicates(
    lines: Callable[[], Iterable[tuple[str, Place | None]]], hashes: Collection[int]
) -> Iterator[Duplicate]:
    """Yield the things of these hashes that several rows describe, with the rows.

    A part of such a thing, in the same rows, is not a duplicate of its own.
    """
    places: dict[str, dict[tuple[object, ...], Place]] = {}
    kinds: dict[str, str] = {}
    for row, things, place in _described(lines()):
        for iri in own_things(things):
            if fingerprint(iri) in hashes:
                places.setdefault(iri, {}).setdefault(row, place)
                kinds[iri] = things[iri]
    several = {iri: rows for iri, rows in places.items() if len(rows) > 1}
    wholes = {iri: rows.keys() for iri, rows in several.items()}
    for iri in [iri for iri, rows in several.items() if _is_part(iri, rows.keys(), wholes)]:
        del several[iri]
    names = _names(lines(), several) if several else {}
    for iri, rows in several.items():
        yield Duplicate(iri, kinds[iri], tuple(rows.values()), names.get(iri, ()))


def _is_part(
    iri: str,
    rows: Collection[tuple[object, ...]],
    wholes: Mapping[str, Collection[tuple[object, ...]]],
) -> bool:
    """Return whether rows describe the whole too that an IRI is below."""
    return any(iri.startswith(f"{whole}/") and set(rows) <= set(wholes[whole]) for whole in wholes)


def _names(
    lines: Iterable[tuple[str, Place | None]], things: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Return the titles of things."""
    names: dict[str, dict[str, None]] = {}
    for line, _ in lines:
        if (title := _TITLE.match(line)) and title[1] in things:
            text = ox.parse(line, format=ox.RdfFormat.N_TRIPLES)
            for quad in text:
                names.setdefault(title[1], {})[getattr(quad.object, "value", "")] = None
    return {iri: tuple(texts) for iri, texts in names.items()}


def mentions(
    lines: Iterable[tuple[str, Place | None]], rows: Collection[tuple[object, ...]]
) -> frozenset[str]:
    """Return what some rows only mention, and other rows may need."""
    return frozenset(
        iri
        for row, things, _ in _described(lines)
        if row in rows
        for iri in set(things).difference(own_things(things))
    )


def _described(
    lines: Iterable[tuple[str, Place | None]],
) -> Iterator[tuple[tuple[object, ...], RowThings, Place]]:
    """Yield the rows with what they describe and their places."""
    typed = (
        (row_of(place), match, place)
        for line, place in lines
        if place is not None and _TYPE_MARK in line and (match := _TYPED.match(line))
    )
    for row, several in groupby(typed, itemgetter(0)):
        if is_row(row):
            types = list(several)
            things: RowThings = {}
            for _, match, _ in types:
                things.setdefault(match[1], match[2])
            yield row, things, replace(types[0][2], column=None)


def _enumerated(places: Sequence[Place]) -> str:
    """Return the places in words: `Rows 4 and 6`, `Row 4 of a.csv and row 2 of b.csv`."""
    named, more = places[:_MOST_NAMED], len(places) - _MOST_NAMED
    if all(place.row for place in named) and len({(at.file, at.sheet) for at in named}) == 1:
        words, start = [str(place.row) for place in named], "Rows "
    else:
        words, start = [_in_words(place) for place in named], ""
    words += [f"{more} more"] if more > 0 else []
    text = f"{start}{', '.join(words[:-1])} and {words[-1]}"
    return text[:1].upper() + text[1:]


def _in_words(place: Place) -> str:
    name = f"sheet {place.sheet} of {place.file}" if place.sheet else place.file
    if place.row is not None:
        return f"row {place.row} of {name}"
    return f"line {place.line} of {name}" if place.line is not None else f"{place.path} of {name}"


def _word(kind: str) -> str:
    """Return the name of a class in words: `usdg:TargetClaim` is a `target claim`."""
    local = re.split(r"[#/]", kind)[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local).lower()
