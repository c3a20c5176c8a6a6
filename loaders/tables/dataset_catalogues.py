"""Catalogues of data sets (DCAT 3): what a portal offers, not the data themselves.

A reader makes a `CatalogueEntry` of each data set; `catalogue_facts` states it. A Sustainable
Development Goal or target is stated only where the portal names it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.parse.cell_values import date_literal, is_web_address
from urbansdg.loaders.parse.facts import FactValue, ReadResult, Record
from urbansdg.loaders.tables.field_mapping import record_fact, type_facts
from urbansdg.loaders.tables.policies import organisation
from urbansdg.ontology.iris import Iris, part, sdg, slug
from urbansdg.ontology.namespaces import SDG

Text = tuple[str, str]
"""A text and its language tag."""

UNDETERMINED: Final = "und"
_DATE: Final = re.compile(r"(\d{4})(-\d\d)?(-\d\d)?(?:T.*)?")
_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_MEASURE: Final = re.compile(
    r"(?:u\.?n\.? )?(?:sdgs?|ods|odd|sustainable development goals?)[ #:-]*"
    r"(\d{1,2})(?:\.(\d{1,2}|[a-d]))?",
    re.IGNORECASE,
)
_GOALS: Final = 17
_LONGEST_KEY: Final = 60


@dataclass(frozen=True, slots=True)
class CatalogueDistribution:
    """A file or service of a data set: its addresses, format and licence, as stated."""

    access: str = ""
    download: str = ""
    titles: tuple[Text, ...] = ()
    format: str = ""
    media_type: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A data set of a catalogue, as stated; `areas` are the IRIs of places in the graph."""

    place: Place
    identifier: str
    titles: tuple[Text, ...]
    descriptions: tuple[Text, ...] = ()
    address: str = ""
    publisher: Text = ("", UNDETERMINED)
    homepage: str = ""
    licence: str = ""
    keywords: tuple[Text, ...] = ()
    themes: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    issued: str = ""
    modified: str = ""
    landing_page: str = ""
    areas: tuple[str, ...] = ()
    distributions: tuple[CatalogueDistribution, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A catalogue: the key of its graph, its titles and its web address."""

    key: str
    titles: tuple[Text, ...]
    homepage: str = ""


def catalogue_facts(
    catalogue: Catalogue, place: Place, entries: Iterable[CatalogueEntry | Problem], iris: Iris
) -> Iterator[ReadResult]:
    """Yield the facts of a catalogue and of each data set; problems are passed on.

    A data set without a title is left out with a warning.
    """
    record = Record(place)
    iri = iris.thing("catalogue", catalogue.key)
    is_stated = False
    for entry in entries:
        if isinstance(entry, Problem):
            yield entry
        elif not any(text for text, _ in entry.titles):
            yield _without_title(entry)
        else:
            if not is_stated:
                is_stated = True
                yield from type_facts(record, iri, "dcat:Catalog")
                yield from _texts(record, iri, "dcterms:title", catalogue.titles)
                yield from _links(record, iri, "foaf:homepage", (catalogue.homepage,))
            yield from _entry_facts(catalogue, iri, entry, iris)


def entry_key(catalogue: str, identifier: str) -> str:
    """Return the key of a data set: that of its catalogue and its identifier there.

    An identifier that is an address, or loses letters as a key, gets a hash of it.
    """
    tail = slug(identifier.rstrip("/").rpartition("/")[2])[:_LONGEST_KEY].strip("-")
    if tail == identifier:
        return f"{catalogue}-{tail}"
    digest = sha256(identifier.encode()).hexdigest()[:8]
    return "-".join(filter(None, (catalogue, tail, digest)))


def stated_measures(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of goals and targets that texts or the UN's IRIs name, each once.

    `SDG 11`, `ODS 11.2`, `http://metadata.un.org/sdg/11.2`.
    """
    codes = (_measure(text.strip()) for text in texts)
    return tuple(dict.fromkeys(code for code in codes if code))


def _measure(text: str) -> str:
    if text.startswith(SDG):
        goal, _, rest = text.removeprefix(SDG).partition(".")
        is_code = re.fullmatch(r"[a-d]|\d{1,2}", rest) is not None if rest else True
    else:
        match = _MEASURE.fullmatch(text)
        goal, rest, is_code = (match[1], match[2] or "", True) if match else ("", "", False)
    if not is_code or not goal.isdecimal() or not 1 <= int(goal) <= _GOALS:
        return ""
    return f"{int(goal)}.{rest.lower()}" if rest else str(int(goal))


def _entry_facts(
    catalogue: Catalogue, catalogue_iri: str, entry: CatalogueEntry, iris: Iris
) -> Iterator[ReadResult]:
    record = Record(entry.place)
    key = entry_key(catalogue.key, entry.identifier)
    iri = iris.dataset(key)
    yield from type_facts(record, iri, "dcat:Dataset")
    yield record_fact(record, catalogue_iri, "dcat:dataset", ox.NamedNode(iri))
    yield record_fact(record, iri, "dcterms:identifier", ox.Literal(entry.identifier))
    yield from _texts(record, iri, "dcterms:title", entry.titles)
    yield from _texts(record, iri, "dcterms:description", entry.descriptions)
    yield from _texts(record, iri, "dcat:keyword", entry.keywords)
    yield from _links(record, iri, "schema:sameAs", (entry.address,))
    yield from _links(record, iri, "dcterms:license", (entry.licence,))
    yield from _links(record, iri, "dcat:theme", entry.themes)
    yield from _links(record, iri, "dcat:landingPage", (entry.landing_page,))
    for predicate, text in (("dcterms:issued", entry.issued), ("dcterms:modified", entry.modified)):
        if (day := _date(text)) is not None:
            yield record_fact(record, iri, predicate, day)
    for area in entry.areas:
        yield record_fact(record, iri, "dcterms:spatial", ox.NamedNode(area))
    stated = (*entry.subjects, *entry.themes, *(text for text, _ in entry.keywords))
    for code in stated_measures(stated):
        yield record_fact(record, iri, "dcterms:subject", ox.NamedNode(sdg(code)))
    yield from _publisher(record, iri, catalogue.key, entry, iris)
    for number, distribution in enumerate(entry.distributions, start=1):
        yield from _distribution(record, iri, str(number), distribution)


def _publisher(
    record: Record, iri: str, key: str, entry: CatalogueEntry, iris: Iris
) -> Iterator[ReadResult]:
    name, language = entry.publisher
    if not slug(name):
        return
    cells = {"key": f"{key}-{slug(name)}", "name": name, "language": language}
    if is_web_address(entry.homepage):
        cells["homepage"] = entry.homepage
    yield from organisation(Record(record.place, cells), iris)
    publisher = ox.NamedNode(iris.organisation(cells["key"]))
    yield record_fact(record, iri, "dcterms:publisher", publisher)


def _distribution(
    record: Record, whole: str, number: str, distribution: CatalogueDistribution
) -> Iterator[ReadResult]:
    """Yield the facts of a distribution that has an address."""
    access = distribution.access or distribution.download
    if not is_web_address(access):
        return
    iri = part(whole, "distribution", number)
    yield record_fact(record, whole, "dcat:distribution", ox.NamedNode(iri))
    yield from type_facts(record, iri, "dcat:Distribution")
    yield from _texts(record, iri, "dcterms:title", distribution.titles)
    yield from _links(record, iri, "dcat:accessURL", (access,))
    yield from _links(record, iri, "dcat:downloadURL", (distribution.download,))
    yield from _links(record, iri, "dcterms:license", (distribution.licence,))
    if is_web_address(distribution.format):
        yield from _links(record, iri, "dcterms:format", (distribution.format,))
    elif distribution.format:
        yield record_fact(record, iri, "dcterms:format", ox.Literal(distribution.format))
    media_type = distribution.media_type.lower().partition(";")[0].strip()
    if _MEDIA_TYPE.fullmatch(media_type):
        yield record_fact(record, iri, "dcat:mediaType", ox.NamedNode(f"{_IANA}{media_type}"))
    else:
        yield from _links(record, iri, "dcat:mediaType", (distribution.media_type,))


def _texts(record: Record, iri: str, predicate: str, texts: Iterable[Text]) -> Iterator[ReadResult]:
    for text, language in dict.fromkeys(texts):
        if text:
            yield record_fact(record, iri, predicate, _literal(text, language))


def _literal(text: str, language: str) -> FactValue:
    try:
        return ox.Literal(text, language=language.lower())
    except ValueError:  # not a language tag
        return ox.Literal(text, language=UNDETERMINED)


def _links(
    record: Record, iri: str, predicate: str, addresses: Iterable[str]
) -> Iterator[ReadResult]:
    for address in dict.fromkeys(addresses):
        if is_web_address(address):
            yield record_fact(record, iri, predicate, ox.NamedNode(address))


def _date(text: str) -> ox.Literal | None:
    match = _DATE.fullmatch(text.strip())
    return date_literal("".join(filter(None, match.groups()))) if match else None


def _without_title(entry: CatalogueEntry) -> Problem:
    return Problem(
        "no-title",
        f"The data set {entry.identifier!r} has no title; it was left out.",
        "Give it a title in the catalogue.",
        entry.place,
        Severity.WARNING,
        entry.identifier,
    )
