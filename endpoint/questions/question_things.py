"""The things that a parameter of a question can be: as options of a form, and by their names.

A person chooses a goal, a target, a theme, a group or a network from a list, and types the name of
a city or a policy. `Seoul (1835848)` is how the form writes a thing with its name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Final

from cachetools import LRUCache, cached
from pyoxigraph import NamedNode

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.html.language_lookup import LanguagePreference, local_name, names
from urbansdg.endpoint.html.page_values import cut, plain
from urbansdg.endpoint.html.preferred_sources import NAMING
from urbansdg.errors import SearchIndexDamaged
from urbansdg.ontology.namespaces import PREFIXES, SDGO, USDG, VOCAB
from urbansdg.queries import InvalidValue, Parameter, ParameterKind
from urbansdg.queries.parameter_values import THING_KINDS, short_value, term_of
from urbansdg.search.search_request import Candidate
from urbansdg.store import ReadableGraph, find_quads, gathered, is_described

_MOST_OPTIONS: Final = 300
"""The most options of a form: more are typed by name."""

_MOST_CANDIDATES: Final = 8
_LONGEST_NAME: Final = 90
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_SCHEME: Final = NamedNode(f"{PREFIXES['skos']}inScheme")
_MEMBERS: Final = {
    "goal": (_TYPE, NamedNode(str(SDGO.Goal))),
    "target": (_TYPE, NamedNode(str(SDGO.Target))),
    "theme": (_SCHEME, NamedNode(f"{VOCAB}theme")),
    "group": (_SCHEME, NamedNode(f"{VOCAB}population-group")),
    "network": (_TYPE, NamedNode(str(USDG.CityNetwork))),
    "city": (_TYPE, NamedNode(str(USDG.City))),
    "policy": (_TYPE, NamedNode(str(USDG.Policy))),
}
_CODED: Final = frozenset(("goal", "target"))
_SEARCHED: Final = {"city": "city", "policy": "policy", "network": "organisation"}
_WITH_KEY: Final = re.compile(r".{1,300}\((?P<key>[^\s()]+)\)\s*")
_PARTS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class ThingOption:
    """A thing that can be chosen: the value of the parameter, and its name."""

    value: str
    name: str

    @property
    def text(self) -> str:
        """The thing as a person types it: its name, with the value that distinguishes it."""
        return self.value if self.name == self.value else f"{self.name} ({self.value})"


class UnknownThing(InvalidValue):
    """No thing has the key or the name; `candidates` have similar names."""

    def __init__(self, text: str, candidates: Sequence[ThingOption] = ()) -> None:
        """Take what is wrong, and the things that may be meant."""
        super().__init__(text)
        self.candidates = tuple(candidates)


def options_of(
    snapshot: Snapshot, kind: ParameterKind, base: str, reader: LanguagePreference
) -> tuple[ThingOption, ...]:
    """Return the things of a kind by name, or by code; none where they are too many to list."""
    if kind not in _MEMBERS:
        return ()
    return _options(snapshot.mark, snapshot.store, kind, base, reader)


@cached(
    LRUCache[object, tuple[ThingOption, ...]](64),
    key=lambda mark, _, *others: (mark, *others),  # the store of an older version is let go
    lock=Lock(),
)
def _options(
    _mark: str, store: ReadableGraph, kind: ParameterKind, base: str, reader: LanguagePreference
) -> tuple[ThingOption, ...]:
    predicate, member_of = _MEMBERS[kind]
    quads = find_quads(store, (None, predicate, member_of), 4 * _MOST_OPTIONS)
    things = {it.subject.value: it.subject for it in quads if isinstance(it.subject, NamedNode)}
    if len(things) > _MOST_OPTIONS:
        return ()
    named = gathered(store, things, NAMING, (), NAMING)
    options = []
    for thing in things.values():
        label = reader.choose(islice(names(named, thing), 100))
        name = plain(label.value if label is not None else local_name(thing.value))
        options.append(ThingOption(short_value(kind, thing, base), cut(name, _LONGEST_NAME)))
    if kind in _CODED:
        return tuple(sorted(options, key=lambda option: _natural(option.value)))
    return tuple(sorted(options, key=lambda option: (option.name.casefold(), option.value)))


def _natural(code: str) -> tuple[tuple[bool, int, str], ...]:
    """Return the key by which 11.2 comes before 11.10, and 11.10 before 11.a."""
    parts = (part for part in _PARTS.split(code) if part not in {"", "."})
    return tuple(
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts
    )


def _name_of(candidate: Candidate, reader: LanguagePreference) -> str:
    """Return the first name of a candidate in the language of the reader, else the first of all."""
    language = reader.prefer(tuple(tag for tag, _ in candidate.names if tag))
    named = [name for tag, name in candidate.names if tag == language]
    names = named or [name for _, name in candidate.names] or [local_name(candidate.iri)]
    return cut(plain(names[0]), _LONGEST_NAME)


async def resolved(
    context: Context,
    snapshot: Snapshot,
    parameter: Parameter,
    value: str,
    reader: LanguagePreference,
) -> str:
    """Return the value of a parameter in its short form; a thing may be given by its name.

    Things that may be meant are named in the language of the reader. Raises `InvalidValue`, and
    `UnknownThing` for a thing that the version does not have.
    """
    kind, base = parameter.kind, context.iris.base
    if kind not in THING_KINDS:
        return short_value(kind, term_of(kind, value, base), base)
    match = _WITH_KEY.fullmatch(value)
    mistake: InvalidValue | None = None
    for text in (value, *((match["key"],) if match else ())):
        try:
            thing = NamedNode(term_of(kind, text, base).value)
        except InvalidValue as error:
            mistake = error
            continue
        if kind == "thing" or is_described(snapshot.store, thing):
            return short_value(kind, thing, base)
        mistake = None
    if mistake is not None and kind not in _SEARCHED:
        raise mistake
    return await _by_name(context, snapshot, kind, value, reader)


async def _by_name(
    context: Context,
    snapshot: Snapshot,
    kind: ParameterKind,
    value: str,
    reader: LanguagePreference,
) -> str:
    unknown = f"there is no {kind} {value[:80]!r}"
    base = context.iris.base
    searched = _SEARCHED.get(kind)
    index = None
    if searched is not None and context.indexes is not None:
        index = await context.indexes.of(snapshot)
    if searched is None or index is None:
        raise UnknownThing(unknown)
    try:
        candidates = index.candidates(value, (searched,), _MOST_CANDIDATES)
    except SearchIndexDamaged:
        raise UnknownThing(unknown) from None
    wish = value.strip().casefold()
    same = [it for it in candidates if any(wish == name.casefold() for _, name in it.names)]
    if len(same) == 1:
        return short_value(kind, NamedNode(same[0].iri), base)
    options = [
        ThingOption(short_value(kind, NamedNode(it.iri), base), _name_of(it, reader))
        for it in same or candidates
    ]
    raise UnknownThing(unknown, options)
