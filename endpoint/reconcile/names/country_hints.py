"""The country that a text names beside a city: "Seoul, Korea", "Birmingham (UK)", "대한민국 서울".

Countries go by their names in the graph, their names in the languages of the pages (Unicode CLDR),
their ISO 3166 codes, and the short names below. Several countries may have one name.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Self

from pyoxigraph import Literal, NamedNode
from rapidfuzz import process
from rapidfuzz.distance import OSA

from urbansdg.endpoint.html.interface_texts import LANGUAGES, locale_of
from urbansdg.endpoint.reconcile.names.name_similarity import comparable
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.store import Patterns

_ALPHA2: Final = NamedNode(USDG.isoAlpha2)
_ALPHA3: Final = NamedNode(USDG.isoAlpha3)
_NAMES: Final = tuple(NamedNode(PREFIXES["skos"] + name) for name in ("prefLabel", "altLabel"))
_SHORT_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "AE": ("UAE", "Emirates"),
    "BA": ("Bosnia",),
    "BO": ("Bolivia",),
    "CD": ("DRC", "DR Congo", "Congo"),
    "CG": ("Congo",),
    "CI": ("Ivory Coast",),
    "CN": ("PRC", "Mainland China"),
    "CZ": ("Czech Republic",),
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "영국", "英国"),
    "IR": ("Iran",),
    "KP": ("Korea", "North Korea", "DPRK"),
    "KR": ("Korea", "South Korea", "ROK", "한국", "남한", "Corea", "Corée", "Корея", "كوريا"),
    "LA": ("Laos",),
    "MD": ("Moldova",),
    "MM": ("Burma",),
    "NL": ("Holland", "The Netherlands"),
    "PS": ("Palestine",),
    "RU": ("Russia",),
    "SY": ("Syria",),
    "TR": ("Turkey",),
    "TW": ("Taiwan",),
    "TZ": ("Tanzania",),
    "US": ("USA", "United States of America", "America", "미국", "美国", "EEUU", "EE UU", "США"),
    "VA": ("Vatican",),
    "VE": ("Venezuela",),
    "VN": ("Vietnam", "Viet Nam"),
}
"""Names that people write, by ISO 3166-1 alpha-2 code; the graph and CLDR lack them."""

_PARTS: Final[Mapping[str, str]] = {
    "US": "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH "
    "NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC",
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
    "AU": "NSW QLD VIC TAS ACT",
}
"""Postal codes of states and provinces, of which many are the codes of countries as well."""

_NEAR: Final = 0.8
_LIKE: Final = 0.5
"""The least similarity of the name of a country that is misspelt, and of a candidate."""

_SEPARATED: Final = re.compile("[,;\uff0c\u3001\u060c(\uff08\\[|/]|\\s[-\u2013\u2014]\\s")
_MOST_WORDS: Final = 5
"""The most words of the name of a country: "Democratic People's Republic of Korea" has these."""

_SHORTEST_AT_BORDER: Final = 3
"""Letters of a country before or after a name without a comma: in "La Paz" no "La" is Laos."""


@dataclass(frozen=True, slots=True)
class PlaceText:
    """A way to read a text: a name, and the countries that the rest names.

    `countries` is None where the rest names none; `is_unclear` says that it has another meaning.
    """

    name: str
    countries: frozenset[str] | None = None
    is_unclear: bool = False


@dataclass(frozen=True, slots=True)
class CountryNames:
    """The countries of a version by their names, and all names of each."""

    by_name: Mapping[str, frozenset[str]]
    names: Mapping[str, tuple[str, ...]]
    _spellings: list[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put the names into a list, in which similar ones are sought in half of the time."""
        object.__setattr__(self, "_spellings", list(self.by_name))

    @classmethod
    def of(cls, store: Patterns) -> Self:
        """Read the countries of a version: those with an ISO 3166 code."""
        by_name: dict[str, set[str]] = defaultdict(set)
        names: dict[str, tuple[str, ...]] = {}
        for quad in store.quads_for_pattern(None, _ALPHA2, None, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                code, iri = quad.object.value, quad.subject.value
                own = tuple(dict.fromkeys((*_own_names(store, quad.subject), *_names_of(code))))
                names[iri] = own
                codes = _texts(store, quad.subject, _ALPHA3)
                for name in (*own, code, *codes):
                    by_name[comparable(name)].add(iri)
                for part in _PARTS.get(code, "").split():
                    by_name[comparable(part)].add(iri)
        return cls({name: frozenset(iris) for name, iris in by_name.items()}, names)

    def named(self, text: str) -> frozenset[str] | None:
        """Return the countries that have a name or a code, None where none has it."""
        return self.by_name.get(comparable(text))

    def nearest(self, text: str) -> frozenset[str]:
        """Return the countries of the name that is most similar to a text, none for no country."""
        letters = comparable(text)
        exact = self.by_name.get(letters)
        if exact is not None or not letters:
            return exact or frozenset()
        near = process.extractOne(
            letters, self._spellings, scorer=OSA.normalized_similarity, score_cutoff=_NEAR
        )
        return self.by_name[near[0]] if near else frozenset()

    def similar(self, text: str, most: int) -> Iterator[str]:
        """Yield the countries whose names are most similar to a text."""
        near = process.extract(
            comparable(text),
            self._spellings,
            scorer=OSA.normalized_similarity,
            score_cutoff=_LIKE,
            limit=most,
        )
        yield from dict.fromkeys(iri for name, _, _ in near for iri in sorted(self.by_name[name]))

    def readings(self, text: str) -> Iterator[PlaceText]:
        """Yield the ways to read a text: as it is, and as a name with a country beside it."""
        yield PlaceText(text)
        head, *rest = (part.strip(" )]\uff09.") for part in _SEPARATED.split(text))
        parts = [part for part in rest if part]
        if head and parts:
            yield self._apart(head, parts)
        words = text.split()
        for count in range(1, min(len(words), _MOST_WORDS + 1)):
            for name, place in (
                (words[:-count], words[-count:]),
                (words[count:], words[:count]),
            ):
                yield from self._beside(" ".join(name).rstrip(" ,;-("), " ".join(place))

    def _apart(self, head: str, parts: list[str]) -> PlaceText:
        named = [countries for part in parts if (countries := self.named(part)) is not None]
        countries = frozenset.intersection(*named) if named else None
        return PlaceText(head, countries or None, len(named) < len(parts))

    def _beside(self, name: str, place: str) -> Iterator[PlaceText]:
        letters = comparable(place)
        if len(letters) >= _SHORTEST_AT_BORDER or not letters.isascii() or place.isupper():
            countries = self.by_name.get(letters)
            if name and countries:
                yield PlaceText(name, countries)


@cache
def _names_of(code: str) -> tuple[str, ...]:
    """Return the names of a country in the languages of the pages, and its short names."""
    territories = (locale_of(language).territories.get(code) for language in LANGUAGES)
    return tuple(dict.fromkeys((*filter(None, territories), *_SHORT_NAMES.get(code, ()))))


def _own_names(store: Patterns, country: NamedNode) -> Iterator[str]:
    for naming in _NAMES:
        yield from _texts(store, country, naming)


def _texts(store: Patterns, subject: NamedNode, predicate: NamedNode) -> Iterator[str]:
    for quad in store.quads_for_pattern(subject, predicate, None, None):
        if isinstance(quad.object, Literal):
            yield quad.object.value
