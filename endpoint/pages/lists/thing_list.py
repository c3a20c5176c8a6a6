"""The entries of lists: the name of a thing as a link, and a short description."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Self

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.html.language_lookup import local_name, names
from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.html.preferred_sources import NAMING
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.pages.things.page_facts import name_as_shown
from urbansdg.endpoint.pages.things.sort_order import code_of
from urbansdg.ontology.namespaces import PREFIXES, SDG, USDG
from urbansdg.store import Patterns, ReadableGraph, gathered, statements

_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_BESIDE: Final = tuple(
    NamedNode(str(term))
    for term in (USDG.leadCity, USDG.country, USDG.status, USDG.cooperatingCity)
)
_GOAL: Final = NamedNode(str(USDG.addressesGoal))
_OTHER_NAMES: Final = (
    NamedNode(f"{PREFIXES['skos']}altLabel"),
    NamedNode(str(USDG.shortName)),
)
_MOST: Final = 5
_NAMES: Final = 100


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An entry: the name of a thing, its description, and the numbers of its goals."""

    thing: PageValue
    beside: tuple[PageValue, ...] = ()
    goals: tuple[str, ...] = ()


def kinds_of(store: ReadableGraph, things: Iterable[str]) -> dict[str, list[str]]:
    """Return the classes of things, a few of each."""
    kinds: dict[str, list[str]] = {iri: [] for iri in things}
    for quad in statements(store, [NamedNode(iri) for iri in kinds], (_TYPE,)):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            kinds[quad.subject.value].append(quad.object.value)
    return {
        iri: list(dict.fromkeys(kinds_of_thing))[:_MOST] for iri, kinds_of_thing in kinds.items()
    }


@dataclass(frozen=True, slots=True)
class ThingList:
    """The things of a version, named for a reader."""

    store: Patterns
    site: SiteLinks

    @classmethod
    def of(cls, store: ReadableGraph, site: SiteLinks, things: Iterable[str]) -> Self:
        """Return a catalogue with the statements on those things read ahead."""
        properties, links = (*NAMING, *_OTHER_NAMES, _GOAL), (*_BESIDE, _TYPE)
        return cls(gathered(store, things, properties, links, NAMING), site)

    def named(self, iri: str) -> PageValue:
        """Return a thing as a link with its name."""
        return self._link(iri, names(self.store, NamedNode(iri)))

    def short(self, iri: str) -> PageValue:
        """Return a thing as a link with its shortest name, alternative names included."""
        thing = NamedNode(iri)
        others = (
            quad.object
            for other_name in _OTHER_NAMES
            for quad in self.store.quads_for_pattern(thing, other_name, None)
        )
        texts = (name for name in islice(others, _NAMES) if isinstance(name, Literal))
        return self._link(iri, [*names(self.store, thing), *texts])

    def topic(self, iri: str) -> PageValue:
        """Return a topic as a link: a goal or target with its code before its short name."""
        name, code = self.short(iri), code_of(iri)
        is_bare = not code or name.text == code
        return name if is_bare else PageValue(f"{code} {name.text}", name.href, name.language)

    def label(self, iri: str) -> dict[str, str]:
        """Return the IRI and the name of a thing, for JSON."""
        return {"iri": iri, "label": self.named(iri).text}

    def _link(self, iri: str, texts: Iterable[Literal]) -> PageValue:
        label = self.site.reader.choose(texts)
        if label is None or label.language != self.site.words.language:
            territory = self.site.territory(iri)
            label = Literal(territory, language=self.site.words.language) if territory else label
        is_ours = not iri.startswith("http") or iri.startswith(f"{self.site.base}/")
        href = self.site.to(iri) if is_ours else self.site.inward(iri)
        if label is None:
            return PageValue(name_as_shown(local_name(iri)), href)
        return PageValue(name_as_shown(label.value), href, self.site.words.marked(label.language))

    def line(self, iri: str) -> ListEntry:
        """Return the entry of a thing, with what distinguishes it from others of its kind."""
        beside = tuple(
            self.named(value) for name in _BESIDE for value in self._values(iri, name, _MOST)
        )
        return ListEntry(self.named(iri), beside, self._goals(iri))

    def _goals(self, iri: str) -> tuple[str, ...]:
        iris = self._values(iri, _GOAL, 17)
        codes = {goal.removeprefix(str(SDG)) for goal in iris}
        return tuple(sorted((code for code in codes if code.isdecimal()), key=int))

    def _values(self, iri: str, name: NamedNode, most: int) -> Iterator[str]:
        quads = islice(self.store.quads_for_pattern(NamedNode(iri), name, None), 2 * most)
        names = (quad.object.value for quad in quads if isinstance(quad.object, NamedNode))
        yield from islice(dict.fromkeys(names), most)
