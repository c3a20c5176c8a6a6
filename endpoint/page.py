"""Documents as pages for people: plain HTML that reads without a script."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from pyoxigraph import Literal, NamedNode, Triple

from urbansdg.endpoint.canonical import SAFE
from urbansdg.endpoint.document import Document
from urbansdg.endpoint.formats import GRAPHS
from urbansdg.endpoint.labels import NAMING, Reader, local_name
from urbansdg.ontology.names import PREFIXES, VOCAB

_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
_LINKED: Final = ("http://", "https://")
_HIDDEN: Final = frozenset({f"{PREFIXES['usdg']}fictitious"})


@dataclass(frozen=True, slots=True)
class Value:
    """One value on a page: its text, where it leads (None for a literal), its language.

    A thing of others has two ways: `inward` to what the graph says of it, `outward` to what they
    say; one of them is where its name leads, the other stands beside it.
    """

    text: str
    href: str | None = None
    language: str | None = None
    iri: str | None = None
    outward: str | None = None
    inward: str | None = None

    @property
    def direction(self) -> str | None:
        """The direction in which the text is written, where it is not the page's."""
        tag = (self.language or "").partition("-")[0]
        return "rtl" if tag in _RIGHT_TO_LEFT else None


@dataclass(frozen=True, slots=True)
class Row:
    """A property with its values."""

    property: Value
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A thing or a part of it: its title and its rows."""

    title: Value
    rows: tuple[Row, ...]


@cache
def templates() -> Environment:
    """Return the templates; whatever they are given is escaped."""
    return Environment(
        loader=PackageLoader("urbansdg.endpoint"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a document, for a reader, at an installation with that base."""

    document: Document
    reader: Reader
    base: str

    def render(self, version: int, turn: str | None = None) -> str:
        """Return the page in HTML; `turn` is the address of the next page of mentions."""
        names = _by_subject((*self.document.names, *self.document.own))
        document = self.document
        title = self._value(NamedNode(document.iri), names)
        fictitious = any(triple.predicate.value in _HIDDEN for triple in document.own)
        return (
            templates()
            .get_template("document.html.jinja")
            .render(
                title=title,
                iri=document.iri,
                sections=[
                    Section(title, self._rows(document.own, names)),
                    *(self._part(iri, part, names) for iri, part in document.parts.items()),
                ],
                mentions=self._mentions(names),
                mentioned=document.mentions,
                is_counted=document.is_counted,
                shown=len(document.incoming),
                turn=turn,
                path=self._path(title),
                outward=title.outward,
                formats=[
                    (each, self._in(each.extension, title))
                    for each in GRAPHS
                    if each.extension in ("ttl", "jsonld", "nt", "rdf")
                ],
                is_fictitious=fictitious,
                version=version,
            )
        )

    def _path(self, title: Value) -> str:
        """Return the address of the document: `/doc/...` of what is ours, else `/describe`."""
        own = title.href or ""
        if own.startswith(("/id/", "/graph/")):
            return own.replace("/id/", "/doc/", 1)
        return address_of(self.document.iri)

    def _in(self, extension: str, title: Value) -> str:
        path = self._path(title)
        is_described = path.startswith("/describe?")
        return f"{path}&format={extension}" if is_described else f"{path}.{extension}"

    def _part(self, iri: str, told: tuple[Triple, ...], names: "Names") -> Section:
        text = iri.removeprefix(f"{self.document.iri}/").replace("/", ": ")
        return Section(Value(text, path_of(iri, self.base), iri=iri), self._rows(told, names))

    def _rows(self, told: Iterable[Triple], names: "Names") -> tuple[Row, ...]:
        grouped: dict[NamedNode, list[Value]] = {}
        for triple in told:
            values = grouped.setdefault(triple.predicate, [])
            if isinstance(triple.object, NamedNode | Literal):
                values.append(self._value(triple.object, names))
        ordered = sorted(grouped, key=lambda each: (each not in NAMING, each.value))
        return tuple(
            Row(self._value(each, names), tuple(grouped[each])) for each in ordered if grouped[each]
        )

    def _mentions(self, names: "Names") -> list[Row]:
        grouped: dict[NamedNode, list[Value]] = {}
        for triple in self.document.incoming:
            if isinstance(triple.subject, NamedNode):
                value = self._value(triple.subject, names)
                grouped.setdefault(triple.predicate, []).append(value)
        return [
            Row(self._value(each, names), tuple(sorted(values, key=lambda value: value.text)))
            for each, values in sorted(grouped.items(), key=lambda item: item[0].value)
        ]

    def _value(self, term: NamedNode | Literal, names: "Names") -> Value:
        if isinstance(term, Literal):
            return Value(term.value, language=term.language)
        iri, label = term.value, self.reader.choose(names.get(term.value, ()))
        href = path_of(iri, self.base)
        foreign = href is not None and href.startswith(_LINKED)
        if label is None:
            inward = address_of(iri) if foreign else None
            return Value(local_name(iri), href, iri=iri, inward=inward)
        if foreign:
            return Value(label.value, address_of(iri), label.language, iri, outward=href)
        return Value(label.value, href, label.language, iri)


Names = dict[str, list[Literal]]


def _by_subject(told: Iterable[Triple]) -> Names:
    names: Names = {}
    for subject, text in _named(told):
        names.setdefault(subject, []).append(text)
    return names


def _named(told: Iterable[Triple]) -> Iterator[tuple[str, Literal]]:
    for triple in told:
        is_name = triple.predicate in NAMING and isinstance(triple.object, Literal)
        if is_name and isinstance(triple.subject, NamedNode):
            yield triple.subject.value, triple.object  # type: ignore[misc]  # a literal, as seen


def address_of(iri: str) -> str:
    """Return where this server describes a thing that others have named."""
    return f"/describe?uri={quote(iri, safe=':/')}"


def path_of(iri: str, base: str) -> str | None:
    """Return where a link to an IRI leads: on this server for ours, None for no web address.

    Our vocabulary is served by every installation, so its links stay here too.
    """
    for start, local in ((f"{base}/", "/"), (VOCAB, "/vocab/"), (PREFIXES["usdg"], "/ontology#")):
        if iri.startswith(start):
            return quote(local + iri.removeprefix(start), safe=SAFE)
    if iri.startswith(PREFIXES["usdgsh"]):
        return "/shapes#" + quote(iri.removeprefix(PREFIXES["usdgsh"]), safe=SAFE)
    return quote(iri, safe=SAFE) if iri.startswith(_LINKED) else None
