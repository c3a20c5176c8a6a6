"""Compact JSON-LD of triples without blank nodes, written directly.

The contexts of this project have prefixes, a vocabulary, and terms that are coerced to an IRI, a
datatype or a language map. For these, compaction (JSON-LD 1.1 API, section 6) is a choice of a key
for each predicate and kind of object, which is remembered. The general converter of rdflib takes
ten times as long. An IRI that a processor would expand to something else raises `Ambiguous`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from urbansdg.ontology.jsonld_context import Definition
from urbansdg.ontology.namespaces import PREFIXES

_TYPE: Final = PREFIXES["rdf"] + "type"
_STRING: Final = PREFIXES["xsd"] + "string"
_LISTS: Final = frozenset(PREFIXES["rdf"] + name for name in ("first", "rest", "nil"))
_IRI: Final = "@id"
_LANGUAGE: Final = "@language"
_DELIMITERS: Final = (":", "/", "?", "#", "[", "]", "@")
"""A term whose IRI ends with one of these is a prefix (JSON-LD 1.1, section 4.1.5)."""


class Ambiguous(Exception):
    """A processor would read something else: the term is left to another writer."""


@dataclass(frozen=True, slots=True)
class _Key:
    """The key of a predicate with one kind of object, in JSON; `coercion` is that of its term."""

    text: str
    names: frozenset[str]
    coercion: str | None = None


class JsonLdWriter:
    """Writes triples with one context."""

    def __init__(self, context: Mapping[str, Definition]) -> None:
        """Index the terms of a context by their IRIs and coercions."""
        self.context = context
        self._order = {name: place for place, name in enumerate(context)}
        plain = {name: text for name, text in context.items() if isinstance(text, str)}
        self._vocabulary = plain.get("@vocab")
        self._prefixes = {
            iri: name
            for name, iri in plain.items()
            if iri.endswith(_DELIMITERS) and not name.startswith("@")
        }
        aliases = {text: name for name, text in plain.items() if text.startswith("@")}
        self._id, self._type = aliases.get("@id", "@id"), aliases.get("@type", "@type")
        self._terms: dict[tuple[str, str | None], str] = {}
        for name, definition in context.items():
            if isinstance(definition, str):
                self._terms[self._expanded(definition), None] = name
            else:
                kind = definition.get("@type") or definition["@container"]
                self._terms[self._expanded(definition["@id"]), kind] = name
        self._key = lru_cache(maxsize=4096)(self._key_of)
        self._symbol = lru_cache(maxsize=4096)(self._symbol_of)
        self._definition = lru_cache(maxsize=4096)(self._definition_of)

    def write(self, triples: Iterable[Triple], topic: str | None = None) -> bytes:
        """Return triples, `topic` first; the same triples give the same bytes.

        Raises `Ambiguous` for blank nodes, lists, terms of RDF 1.2, and IRIs that would be expanded
        to others.
        """
        nodes = defaultdict[str, dict[str, list[str]]](lambda: defaultdict(list))
        spoken = defaultdict[tuple[str, str], dict[str, list[str]]](lambda: defaultdict(list))
        used = {self._id, self._type, "@vocab"}
        for triple in triples:
            subject, end = triple.subject, triple.object
            if not isinstance(subject, NamedNode) or triple.predicate.value in _LISTS:
                raise Ambiguous
            name = self._node(subject.value, used)
            key = self._key(triple.predicate.value, _kind(end))
            used |= key.names
            if key.coercion == _LANGUAGE and isinstance(end, Literal):
                spoken[name, key.text][end.language or ""].append(quoted(end.value))
            else:
                nodes[name][key.text].append(self._value(key, end, used))
        for (name, text), texts in spoken.items():
            by_language = (f"{quoted(tag)}: {_one(texts[tag])}" for tag in sorted(texts))
            nodes[name][text].append(f"{{{', '.join(by_language)}}}")
        first = self._node(topic, used) if topic else ""
        lines = [
            (name != first, f"  {{{quoted(self._id)}: {name}{_members(values)}}}")
            for name, values in nodes.items()
        ]
        body = ",\n".join(line for _, line in sorted(lines))
        return f'{{\n "@context": {self._used(used)},\n "@graph": [\n{body}\n ]\n}}'.encode()

    def _value(self, key: _Key, end: object, used: set[str]) -> str:
        """Return an object under a key."""
        if isinstance(end, Literal):
            text = quoted(end.value)
            if end.language:
                return f'{{"@language": {quoted(end.language)}, "@value": {text}}}'
            datatype = end.datatype.value
            if key.coercion is not None or datatype == _STRING:
                return text
            kind, names = self._symbol(datatype)
            used |= names
            return f'{{{quoted(self._type)}: {kind}, "@value": {text}}}'
        if not isinstance(end, NamedNode):
            raise Ambiguous
        if key.text == quoted(self._type):
            text, names = self._symbol(end.value)
            used |= names
            return text
        text = self._node(end.value, used)
        return text if key.coercion == _IRI else f"{{{quoted(self._id)}: {text}}}"

    def _node(self, iri: str, used: set[str]) -> str:
        """Return the JSON of an IRI as a value of `@id`: compact, or as it is."""
        begin = max(iri.rfind("#"), iri.rfind("/")) + 1
        prefix = self._prefixes.get(iri[:begin])
        if prefix is not None and not iri.startswith("//", begin):
            used.add(prefix)
            return quoted(f"{prefix}:{iri[begin:]}")
        if iri.partition(":")[0] in self.context:
            raise Ambiguous  # its scheme is a prefix
        return quoted(iri)

    def _symbol_of(self, iri: str) -> tuple[str, frozenset[str]]:
        """Return the JSON of the IRI of a predicate, class or datatype, and the names it uses."""
        term = self._terms.get((iri, None))
        if term is not None and not term.startswith("@"):
            return quoted(term), frozenset({term})
        local = iri.removeprefix(self._vocabulary or "")
        if local != iri and local and local not in self.context and local[0] != "@":
            if ":" in local:
                raise Ambiguous
            return quoted(local), frozenset()
        names = set[str]()
        text = self._node(iri, names)
        if json.loads(text) in self.context:
            raise Ambiguous
        return text, frozenset(names)

    def _key_of(self, predicate: str, kind: str) -> _Key:
        """Return the key of a predicate with objects of a kind."""
        if predicate == _TYPE and kind == _IRI:
            return _Key(quoted(self._type), frozenset({self._type}))
        coerced = self._terms.get((predicate, kind))
        if coerced is not None:
            return _Key(quoted(coerced), frozenset({coerced}), kind)
        return _Key(*self._symbol(predicate))

    def _expanded(self, text: str) -> str:
        prefix, colon, local = text.partition(":")
        space = self.context.get(prefix) if colon else None
        return space + local if isinstance(space, str) and not local.startswith("//") else text

    def _used(self, names: set[str]) -> str:
        """Return the part of the context that is used, in JSON."""
        every = set[str]().union(*(self._definition(name)[1] for name in names))
        chosen = sorted(every, key=self._order.__getitem__)
        return "{\n" + ",\n".join(self._definition(name)[0] for name in chosen) + "\n }"

    def _definition_of(self, name: str) -> tuple[str, frozenset[str]]:
        """Return the JSON of a definition, and the names of all that it needs, its own among them.

        No definition needs more than the prefix of its IRI.
        """
        if name not in self.context:
            return "", frozenset()
        definition = self.context[name]
        iri = definition if isinstance(definition, str) else definition["@id"]
        text = f"  {quoted(name)}: {json.dumps(definition, ensure_ascii=False)}"
        return text, frozenset({name, iri.partition(":")[0]} & self.context.keys())


def _kind(end: object) -> str:
    """Return the kind of an object: `@id`, `@language`, or a datatype."""
    if not isinstance(end, Literal):
        return _IRI
    if end.direction is not None:
        raise Ambiguous
    return _LANGUAGE if end.language else end.datatype.value


def _one(values: list[str]) -> str:
    """Return a value, or a sorted array of several."""
    return values[0] if len(values) == 1 else f"[{', '.join(sorted(values))}]"


def _members(values: Mapping[str, list[str]]) -> str:
    return "".join(f", {key}: {_one(values[key])}" for key in sorted(values, key=_turn))


def _turn(key: str) -> tuple[bool, str]:
    return key not in ('"type"', '"@type"'), key
