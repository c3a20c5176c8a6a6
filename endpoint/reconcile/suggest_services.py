"""The suggest services: entities, types and properties by the beginning of a name (section 6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import QueryParams

from urbansdg.endpoint.html.interface_texts import InterfaceTexts
from urbansdg.endpoint.html.language_lookup import LanguagePreference, local_name
from urbansdg.endpoint.reconcile.data_extension import DataExtension
from urbansdg.endpoint.reconcile.entity_codes import EntityCodes
from urbansdg.endpoint.reconcile.entity_reader import EntityReader
from urbansdg.endpoint.reconcile.entity_types import TYPES, EntityType, type_of, with_narrower
from urbansdg.endpoint.reconcile.names.name_similarity import comparable
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.search_request import Candidate

_PAGE: Final = 10
_DEEPEST: Final = 200
_LONGEST: Final = 200
_POOL: Final = 60


@dataclass(frozen=True, slots=True)
class SuggestRequest:
    """What a suggest service is asked: a prefix, and how many suggestions to skip."""

    prefix: str
    cursor: int = 0
    types: tuple[EntityType, ...] = ()

    @classmethod
    def of(cls, parameters: QueryParams) -> "SuggestRequest":
        """Return the request; raises `Fault` (400). Types that are unknown do not narrow it."""
        prefix = parameters.get("prefix")
        if prefix is None:
            raise fault(400, "No prefix specified.", "Send ?prefix= with the beginning of a name.")
        if len(prefix) > _LONGEST:
            message = f"The prefix is longer than {_LONGEST} characters."
            raise fault(400, message, "Send the beginning of a name.")
        cursor = parameters.get("cursor") or "0"
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < len("1000000")):
            raise fault(
                400, f"Invalid cursor {cursor[:_LONGEST]!r}: expected an integer.", "Send 10."
            )
        known = (type_of(name) for name in parameters.getlist("type")[:_PAGE])
        return cls(prefix.strip(), int(cursor), tuple(it for it in known if it is not None))

    def page(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the response with the page of the suggestions."""
        return {"result": list(items[self.cursor : self.cursor + _PAGE])}


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Suggests what a reader may mean."""

    reader: EntityReader
    codes: EntityCodes
    preference: LanguagePreference
    words: InterfaceTexts

    def entities(self, request: SuggestRequest, index: SearchIndex) -> dict[str, Any]:
        """Return entities whose names begin with the prefix, or which a code identifies."""
        types = with_narrower(request.types or TYPES)
        coded = [
            it.iri
            for it in self.codes.identified(request.prefix, types)
            if not set(self.reader.types(it.iri)).isdisjoint(types)
        ]
        iris = dict.fromkeys(coded)
        if request.prefix and request.cursor <= _DEEPEST:
            most = max(_POOL, request.cursor + _PAGE)
            things = index.suggestions(request.prefix, [it.kind for it in types], most)
            iris |= dict.fromkeys(self._ordered(things, comparable(request.prefix)))
        window = [*iris][request.cursor : request.cursor + _PAGE]
        return {"result": [self._entity(iri) for iri in window]}

    def _ordered(self, things: Iterable[Candidate], prefix: str) -> list[str]:
        """Return things by how well a name begins, then by importance, as the index has them."""

        def rank(thing: Candidate) -> tuple[int, float]:
            names = [comparable(name) for _, name in thing.names]
            begins = any(name.startswith(prefix) for name in names)
            place = 0 if prefix in names else 1 if begins else 2
            return place, -self.reader.importance(thing.iri)

        return [thing.iri for thing in sorted(things, key=rank)]

    def _entity(self, iri: str) -> dict[str, Any]:
        description = self.reader.description(iri, self.preference)
        return {
            "id": iri,
            "name": self.reader.name(iri, self.preference),
            **({"description": description} if description else {}),
            "notable": [it.to_json(self.words) for it in self.reader.types(iri)],
        }

    def types(self, request: SuggestRequest) -> dict[str, Any]:
        """Return the types whose names have the prefix, in any spelling that queries take."""
        known = [
            {**it.to_json(self.words), "broader": _broader(it, self.words)}
            for it in TYPES
            if _is_begun(request.prefix, (self.words(it.word), it.iri, it.term, it.kind, it.plural))
        ]
        return request.page(known)

    def properties(self, request: SuggestRequest, extension: DataExtension) -> dict[str, Any]:
        """Return the properties whose names have the prefix."""
        proposals = extension.proposals(request.types)
        local = (local_name(it["id"]) for it in proposals)
        known = [
            it
            for it, name in zip(proposals, local, strict=True)
            if _is_begun(request.prefix, (it["name"], it["id"], name))
        ]
        return request.page(known)


def _broader(it: EntityType, words: InterfaceTexts) -> list[dict[str, str]]:
    return [above.to_json(words) for above in TYPES if above.term == it.broader]


def _is_begun(prefix: str, names: Iterable[str]) -> bool:
    """Return whether a name, or a word of it, begins with a prefix; every one does with none."""
    letters = comparable(prefix)
    folded = [comparable(name) for name in names]
    return any(f" {name}".find(f" {letters}") >= 0 for name in folded)
