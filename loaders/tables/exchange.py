"""Tables of exchange between cities: offers and requests, media, contacts, and opinions."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Problem
from urbansdg.loaders.parse.cell_values import (
    TermConverter,
    Terms,
    day,
    iri_converter,
    link,
    plain,
    prose,
    typed_literal,
    whole,
)
from urbansdg.loaders.parse.facts import Cell, ReadResult, Record
from urbansdg.loaders.tables.csv_table import header
from urbansdg.loaders.tables.field_mapping import (
    Field,
    column_facts,
    fictitious_facts,
    record_fact,
    term,
    type_facts,
)
from urbansdg.loaders.tables.parts import CHECKED, KEY, PART, TARGETS, concepts
from urbansdg.ontology.iris import Iris, part
from urbansdg.ontology.kinds_of_things import CITY, POLICY

COOPERATION = header(
    "key city kind title description theme targets opened until contact",
    "key city kind title opened until",
)
CONTACTS = header("key name page form mailbox telephone source policies cities", "key name source")
MEDIA = header(
    "key kind policies cities address licence language title alternative duration seen",
    "key kind address",
)
EVENTS = header(
    "key kind title description start end participants participant_cities policies cities networks"
    " source checked",
    "key kind title start",
)
OPINIONS = header(
    "key policy part answers motivation role language text rating date state",
    "key motivation role text date state",
)
_COOPERATIONS: Final = {"offer": "usdg:CooperationOffer", "request": "usdg:CooperationRequest"}
_MEDIA: Final = {
    "image": "schema:ImageObject",
    "video": "schema:VideoObject",
    "document": "schema:DigitalDocument",
}
_MOTIVATIONS: Final = "assessing|commenting|questioning|replying"


def _things(iris: Iris, kind: str) -> Callable[[str], str]:
    return lambda key: iris.thing(kind, key)


def _one_of(choices: dict[str, str]) -> TermConverter:
    """Convert a word to the class that it stands for."""
    return iri_converter(lambda word: term(choices[word]), "|".join(choices))


def _iri_with_scheme(scheme: str, pattern: str) -> TermConverter:
    """Convert a mailbox or telephone number to an IRI (RFC 6068, RFC 3966)."""
    return iri_converter(lambda text: scheme + text, pattern)


def _motivation(word: str) -> str:
    return term(f"oa:{word}")


def _duration(cell: Cell) -> Terms:
    """Yield an ISO 8601 duration."""
    if re.fullmatch(r"PT(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?", cell.text):
        yield typed_literal(cell.text, "duration")
    else:
        yield cell.problem(
            "bad-duration",
            f"{cell.text!r} is not a duration.",
            "Write hours, minutes and seconds as in PT1H2M30S.",
        )


@cache
def _cooperation_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("kind", "rdf:type", _one_of(_COOPERATIONS)),
        Field("city", "usdg:cooperatingCity", iri_converter(iris.city, KEY)),
        Field("title", "dcterms:title", prose),
        Field("description", "dcterms:description", prose),
        Field("theme", "usdg:theme", concepts("theme")),
        Field("targets", "usdg:concernsTarget", TARGETS),
        Field("opened", "dcterms:issued", day),
        Field("until", "usdg:openUntil", day),
        Field("contact", "usdg:contact", iri_converter(_things(iris, "contact"), KEY)),
    )


def cooperation(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an offer or a request of a city."""
    iri = iris.thing("cooperation", record.text("key"))
    yield from fictitious_facts(record, iri)
    yield from column_facts(record, iri, _cooperation_columns(iris))


_CONTACT_COLUMNS: Final = (
    Field("name", "vcard:fn", plain),
    Field("page", "vcard:hasURL", link),
    Field("form", "usdg:contactForm", link),
    Field("mailbox", "vcard:hasEmail", _iri_with_scheme("mailto:", r"[^@\s<>\"]+@[^@\s<>\"]+")),
    Field("telephone", "vcard:hasTelephone", _iri_with_scheme("tel:", r"\+?[0-9-]+")),
    Field("source", "dcterms:source", link),
)


def contact(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a contact: an office, with what it publishes to be reached."""
    iri = iris.thing("contact", record.text("key"))
    yield from type_facts(record, iri, "vcard:Organization")
    yield from fictitious_facts(record, iri)
    yield from column_facts(record, iri, _CONTACT_COLUMNS)
    yield from _subject_links(record, iris, "usdg:contact", iri)


@cache
def _event_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("title", "dcterms:title", prose),
        Field("description", "dcterms:description", prose),
        Field("kind", "usdg:eventKind", concepts("event-kind")),
        Field("start", "dcat:startDate", day),
        Field("end", "dcat:endDate", day),
        Field("participants", "usdg:participant", iri_converter(iris.organisation, KEY)),
        Field("participant_cities", "usdg:participant", iri_converter(iris.city, KEY)),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def event(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an event, with the policies, cities and networks that it is about."""
    iri = iris.thing("event", record.text("key"))
    yield from type_facts(record, iri, "usdg:Event")
    yield from fictitious_facts(record, iri)
    yield from column_facts(record, iri, _event_columns(iris))
    yield from _subject_links(record, iris, "usdg:event", iri)
    for network in iri_converter(iris.organisation, KEY)(_networks(record)):
        if isinstance(network, ox.NamedNode):
            yield record_fact(record, network.value, "usdg:event", ox.NamedNode(iri))
        elif isinstance(network, Problem):
            yield network


def _networks(record: Record) -> Cell:
    return Cell(record.text("networks"), record.at("networks"), record.language)


_MEDIUM_COLUMNS: Final = (
    Field("kind", "rdf:type", _one_of(_MEDIA)),
    Field("address", "schema:contentUrl", link),
    Field("licence", "dcterms:license", link),
    Field("language", "schema:inLanguage", plain),
    Field("title", "dcterms:title", prose),
    Field("alternative", "usdg:alternativeText", prose),
    Field("duration", "schema:duration", _duration),
    Field("seen", "usdg:lastSeen", day),
)


def medium(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an image, video or document, and links from its subjects."""
    iri = iris.thing("media", record.text("key"))
    yield from fictitious_facts(record, iri)
    yield from column_facts(record, iri, _MEDIUM_COLUMNS)
    yield from _subject_links(record, iris, "usdg:media", iri)


@cache
def _opinion_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("motivation", "oa:motivatedBy", iri_converter(_motivation, _MOTIVATIONS)),
        Field("role", "usdg:authorRole", concepts("author-role")),
        Field("rating", "usdg:rating", whole),
        Field("date", "dcterms:created", day),
        Field("state", "usdg:moderationState", concepts("moderation-state")),
        Field("answers", "oa:hasTarget", iri_converter(_things(iris, "opinion"), KEY)),
    )


def opinion(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an opinion on a policy, a part of a policy, or another opinion."""
    iri = iris.thing("opinion", record.text("key"))
    yield from type_facts(record, iri, "oa:Annotation")
    yield from column_facts(record, iri, _opinion_columns(iris))
    about = Field("part", "oa:hasTarget", _parts_of(record, iris))
    if "part" not in record.cells:
        about = Field("policy", "oa:hasTarget", iri_converter(_things(iris, "policy"), KEY))
    yield from column_facts(record, iri, (about,))
    yield from _body(record, iri)


def _parts_of(record: Record, iris: Iris) -> TermConverter:
    """Return a converter to a part of the record's policy; cells hold the end of the part's IRI."""
    whole_iri = iris.thing("policy", record.text("policy"))
    return iri_converter(lambda path: f"{whole_iri}/{path}", PART)


_BODY_COLUMNS: Final = (Field("text", "rdf:value", prose, "language"),)


def _body(record: Record, opinion_iri: str) -> Iterator[ReadResult]:
    iri = part(opinion_iri, "body")
    yield record_fact(record, opinion_iri, "oa:hasBody", ox.NamedNode(iri))
    yield from type_facts(record, iri, "oa:TextualBody")
    yield from column_facts(record, iri, _BODY_COLUMNS)


def _subject_links(record: Record, iris: Iris, predicate: str, iri: str) -> Iterator[ReadResult]:
    """Yield the links from policies and cities to their contact or medium."""
    for column, kind in ((POLICY.plural, POLICY.name), (CITY.plural, CITY.name)):
        cell = record.cell(column)
        for about in () if cell is None else iri_converter(_things(iris, kind), KEY)(cell):
            if isinstance(about, Problem):
                yield about
            else:
                yield record_fact(record, about.value, predicate, ox.NamedNode(iri))
