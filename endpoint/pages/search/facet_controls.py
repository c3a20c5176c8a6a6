"""The controls of a list: facets with counts as a form, chosen facets as links that remove them."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.things.sort_order import natural
from urbansdg.endpoint.search.facet_reader import OTHER_KINDS, FacetReader
from urbansdg.endpoint.search.search_parameters import SearchParameters
from urbansdg.endpoint.versions.version_follower import Snapshot

FacetCounts = Mapping[str, Sequence[tuple[str, int]]]
"""The values of each facet by their codes, with the number of things of each."""

_FIRST: Final = 8
"""The values of a facet that are visible before "Show all"."""

_FEW: Final = 2
"""As many more values are visible too, instead of a list of them behind a control."""

_MOST: Final = 60
"""The values of a facet on a page: a page has 40 kB at most."""

_BY_CODE: Final = frozenset({"goal", "target", "period"})
_LONGEST_LABEL: Final = 60
_TITLES: Final = {
    "instrument": "instruments",
    "language": "text_language",
    "has": "has_part",
}
"""The texts that name facets, where the name of the facet is not the key."""

_PARTS: Final = {
    "budget": "budget",
    "outcome": "outcomes",
    "contact": "contacts",
    "media": "media",
}


_KINDS: Final = {
    code: f"kind_{code.replace('-', '_')}"
    for code in ("network", "city-indicator", "area", "city-area", *OTHER_KINDS)
}
"""The texts that name kinds, where the code of the kind is not the key."""

_WORLD: Final = "001"
"""The area that all countries lie in: as a choice it narrows nothing."""


@dataclass(frozen=True, slots=True)
class FacetOption:
    """A value of a facet: its code, its label, the number of things, and whether it is chosen."""

    code: str
    label: PageValue
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetControl:
    """A facet on a page: its name in addresses, its title, the first values and the others."""

    name: str
    title: str
    first: tuple[FacetOption, ...]
    others: tuple[FacetOption, ...]
    left_out: int

    @property
    def is_chosen(self) -> bool:
        """Whether a value of the facet is chosen, so that the facet is open on a small window."""
        return any(option.is_chosen for option in self.first)


@dataclass(frozen=True, slots=True)
class ChosenFacet:
    """A chosen value of a facet, and the address of the list without it."""

    title: str
    label: PageValue
    href: str


@dataclass
class FacetLabels:
    """The labels of values of facets, each read once for a version and a reader."""

    _labels: dict[tuple[str, str | None, str, str], PageValue] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(
        self,
        snapshot: Snapshot,
        site: SiteLinks,
        codes: FacetReader,
        values: Iterable[tuple[str, str]],
    ) -> dict[tuple[str, str], PageValue]:
        """Return the labels of values, each a facet and a code."""
        wish, sought = site.reader.wish, list(dict.fromkeys(values))
        keys = {pair: (snapshot.mark, wish, *pair) for pair in sought}
        with self._lock:
            labels = {pair: self._labels[key] for pair, key in keys.items() if key in self._labels}
        missing = [pair for pair in sought if pair not in labels]
        if missing:
            fresh = _labels(snapshot, site, codes, missing)
            labels |= fresh
            with self._lock:
                if len(self._labels) > _MOST_LABELS:
                    self._labels.clear()
                self._labels |= {keys[pair]: label for pair, label in fresh.items()}
        return labels


_MOST_LABELS: Final = 20_000


def facet_title(site: SiteLinks, facet: str) -> str:
    """Return the title of a facet in the reader's language."""
    return site.words(_TITLES.get(facet, facet))


def _labels(
    snapshot: Snapshot, site: SiteLinks, codes: FacetReader, values: list[tuple[str, str]]
) -> dict[tuple[str, str], PageValue]:
    iris = {pair: codes.iri(*pair) for pair in values}
    things = ThingList.of(snapshot.store, site, [iri for iri in iris.values() if iri])
    return {pair: _label(things, site, pair, iri) for pair, iri in iris.items()}


def _label(things: ThingList, site: SiteLinks, pair: tuple[str, str], iri: str | None) -> PageValue:
    facet, code = pair
    if iri is None:
        return PageValue(_word(site, facet, code))
    name = things.short(iri) if facet in {"goal", "target"} else things.named(iri)
    text = name.text
    if len(text) > _LONGEST_LABEL:
        text = f"{text[:_LONGEST_LABEL].rstrip()}…"
    if facet in {"goal", "target"} and text != code:
        text = f"{code} {text}"
    return PageValue(text, None, name.language, iri)


def kind_label(site: SiteLinks, code: str) -> str:
    """Return the name of a kind of things in the reader's language."""
    return site.words(_KINDS.get(code, code))


def _word(site: SiteLinks, facet: str, code: str) -> str:
    words = site.words
    if facet == "kind":
        return kind_label(site, code)
    if facet == "period":
        return words("decade_of", n=code.removesuffix("s"))
    if facet == "language":
        return _language(site, code)
    if facet == "has":
        return words(_PARTS.get(code, code)) if code in _PARTS else code
    return code


def _language(site: SiteLinks, tag: str) -> str:
    """Return the name of a language in the language of the page (Unicode CLDR)."""
    name = site.words.locale.languages.get(
        tag.replace("-", "_")
    ) or site.words.locale.languages.get(tag.partition("-")[0])
    return name or tag


def controls(
    site: SiteLinks,
    parameters: SearchParameters,
    counts: FacetCounts,
    labels: Mapping[tuple[str, str], PageValue],
    facets: Sequence[str],
) -> list[FacetControl]:
    """Return the facets that can narrow the list further or are chosen."""
    return [
        control
        for facet in facets
        if (control := _control(site, parameters, facet, counts.get(facet, ()), labels))
    ]


def values_on_page(
    parameters: SearchParameters, counts: FacetCounts, facets: Iterable[str], *, every: bool
) -> Iterator[tuple[str, str]]:
    """Yield the facets and codes whose labels a page needs, or `every` one that is counted."""
    for facet in counts if every else facets:
        for code, _ in counts.get(facet, ())[: None if every else _MOST]:
            yield facet, code
    for facet, codes in parameters.filters.items():
        for code in codes:
            yield facet, code


def _control(
    site: SiteLinks,
    parameters: SearchParameters,
    facet: str,
    counts: Sequence[tuple[str, int]],
    labels: Mapping[tuple[str, str], PageValue],
) -> FacetControl | None:
    chosen = parameters.filters.get(facet, ())
    if facet == "region":
        counts = [(code, count) for code, count in counts if code != _WORLD]
    known = dict(counts[:_MOST])
    codes = [*chosen, *(code for code in known if code not in chosen)]
    if not codes:
        return None
    first = max(_FIRST, len(chosen))
    if len(codes) <= first + _FEW:
        first = len(codes)
    visible, others = codes[:first], codes[first:]
    if facet in _BY_CODE:  # the most frequent ones are visible, in the order of their codes
        visible.sort(key=natural)
        others.sort(key=natural)

    def options(some: Iterable[str]) -> tuple[FacetOption, ...]:
        return tuple(
            FacetOption(code, labels[facet, code], known.get(code, 0), code in chosen)
            for code in some
        )

    left_out, title = max(0, len(counts) - _MOST), facet_title(site, facet)
    return FacetControl(facet, title, options(visible), options(others), left_out)


def chosen_facets(
    site: SiteLinks,
    path: str,
    parameters: SearchParameters,
    labels: Mapping[tuple[str, str], PageValue],
) -> list[ChosenFacet]:
    """Return the chosen values, each with the address of the list without it."""
    pairs = parameters.pairs()
    return [
        ChosenFacet(
            facet_title(site, facet),
            labels[facet, code],
            address(site, path, [pair for pair in pairs if pair != (facet, code)]),
        )
        for facet, codes in parameters.filters.items()
        for code in codes
    ]


def address(site: SiteLinks, path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return an address of this server with parameters that may repeat, and the language."""
    whole = list(pairs)
    if site.reader.query_language:
        whole.append(("lang", site.reader.query_language))
    query = f"?{urlencode(whole, safe=':/', quote_via=quote)}" if whole else ""
    return f"{site.root}{path}{query}"
