"""What cities exchange: offers and requests, media, contacts, and opinions on each other's work."""

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
    link,
    minted,
    plain,
    prose,
    typed,
    whole,
)
from urbansdg.loaders.parse.facts import Cell, Gap, ReadResult, Record
from urbansdg.loaders.tables.csv_table import header
from urbansdg.loaders.tables.field_mapping import Field, filled, term, told, typed_as
from urbansdg.loaders.tables.parts import KEY, PART, TARGETS, concepts
from urbansdg.ontology.iris import Iris, part
from urbansdg.ontology.kinds_of_things import CITY, POLICY

COOPERATION = header(
    "key city kind title description theme targets opened until contact",
    "key city kind title opened until",
)
CONTACTS = header(
    "key kind name mailbox telephone purpose given until policies cities", "key kind name mailbox"
)
MEDIA = header(
    "key kind policies cities address licence language title alternative duration seen",
    "key kind address",
)
OPINIONS = header(
    "key policy part answers motivation role language text rating date state",
    "key motivation role text date state",
)
_COOPERATIONS: Final = {"offer": "usdg:CooperationOffer", "request": "usdg:CooperationRequest"}
_CONTACTS: Final = {"office": "vcard:Organization", "person": "vcard:Individual"}
_MEDIA: Final = {
    "image": "schema:ImageObject",
    "video": "schema:VideoObject",
    "document": "schema:DigitalDocument",
}
_MOTIVATIONS: Final = "assessing|commenting|questioning|replying"


def _things(iris: Iris, kind: str) -> Callable[[str], str]:
    return lambda key: iris.thing(kind, key)


def _one_of(choices: dict[str, str]) -> TermConverter:
    """Give the class that a word of a few stands for."""
    return minted(lambda word: term(choices[word]), "|".join(choices))


def _addressed(scheme: str, pattern: str) -> TermConverter:
    """Give a mailbox or a telephone number as the IRI of its scheme (RFC 6068, RFC 3966)."""
    return minted(lambda text: scheme + text, pattern)


def _motivation(word: str) -> str:
    return term(f"oa:{word}")


def _duration(cell: Cell) -> Terms:
    """Give a duration of ISO 8601."""
    if re.fullmatch(r"PT(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?", cell.text):
        yield typed(cell.text, "duration")
    else:
        yield cell.problem(
            "bad-duration",
            f"{cell.text!r} is not a duration.",
            "Write hours, minutes and seconds like PT1H2M30S.",
        )


@cache
def _cooperation_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("kind", "rdf:type", _one_of(_COOPERATIONS)),
        Field("city", "usdg:cooperatingCity", minted(iris.city, KEY)),
        Field("title", "dcterms:title", prose),
        Field("description", "dcterms:description", prose),
        Field("theme", "usdg:theme", concepts("theme")),
        Field("targets", "usdg:concernsTarget", TARGETS),
        Field("opened", "dcterms:issued", day),
        Field("until", "usdg:openUntil", day),
        Field("contact", "usdg:contact", minted(_things(iris, "contact"), KEY)),
    )


def cooperation(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Say what a city offers to others or looks for with them."""
    iri = iris.thing("cooperation", record.text("key"))
    yield from filled(record, iri, _cooperation_columns(iris))


_CONTACT_COLUMNS: Final = (
    Field("kind", "rdf:type", _one_of(_CONTACTS)),
    Field("name", "vcard:fn", plain),
    Field("mailbox", "vcard:hasEmail", _addressed("mailto:", r"[^@\s<>\"]+@[^@\s<>\"]+")),
    Field("telephone", "vcard:hasTelephone", _addressed("tel:", r"\+?[0-9-]+")),
)


def contact(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Say whom to write to; of a person, with the consent that was given."""
    iri = iris.thing("contact", record.text("key"))
    yield from filled(record, iri, _CONTACT_COLUMNS)
    if {"purpose", "given", "until"} & record.cells.keys():
        yield from _consent(record, iri)
    else:
        yield Gap(iri, term("usdg:consent"), record.at("purpose"))
    yield from _shown(record, iris, "usdg:contact", iri)


_CONSENT_COLUMNS: Final = (
    Field("purpose", "usdg:consentPurpose", prose),
    Field("given", "usdg:consentGiven", day),
    Field("until", "usdg:consentUntil", day),
)


def _consent(record: Record, contact_iri: str) -> Iterator[ReadResult]:
    iri = part(contact_iri, "consent")
    yield told(record, contact_iri, "usdg:consent", ox.NamedNode(iri))
    yield from typed_as(record, iri, "usdg:Consent")
    yield from filled(record, iri, _CONSENT_COLUMNS)


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
    """Say what an image, video or document is, and what it is about."""
    iri = iris.thing("media", record.text("key"))
    yield from filled(record, iri, _MEDIUM_COLUMNS)
    yield from _shown(record, iris, "usdg:media", iri)


@cache
def _opinion_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("motivation", "oa:motivatedBy", minted(_motivation, _MOTIVATIONS)),
        Field("role", "usdg:authorRole", concepts("author-role")),
        Field("rating", "usdg:rating", whole),
        Field("date", "dcterms:created", day),
        Field("state", "usdg:moderationState", concepts("moderation-state")),
        Field("answers", "oa:hasTarget", minted(_things(iris, "opinion"), KEY)),
    )


def opinion(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Say what somebody thinks of a policy, of a part of one, or of another opinion."""
    iri = iris.thing("opinion", record.text("key"))
    yield from typed_as(record, iri, "oa:Annotation")
    yield from filled(record, iri, _opinion_columns(iris))
    about = Field("part", "oa:hasTarget", _parts_of(record, iris))
    if "part" not in record.cells:
        about = Field("policy", "oa:hasTarget", minted(_things(iris, "policy"), KEY))
    yield from filled(record, iri, (about,))
    yield from _body(record, iri)


def _parts_of(record: Record, iris: Iris) -> TermConverter:
    """Give the part of the record's policy that a cell names as the part's IRI goes on."""
    whole_iri = iris.thing("policy", record.text("policy"))
    return minted(lambda path: f"{whole_iri}/{path}", PART)


_BODY_COLUMNS: Final = (Field("text", "rdf:value", prose, "language"),)


def _body(record: Record, opinion_iri: str) -> Iterator[ReadResult]:
    iri = part(opinion_iri, "body")
    yield told(record, opinion_iri, "oa:hasBody", ox.NamedNode(iri))
    yield from typed_as(record, iri, "oa:TextualBody")
    yield from filled(record, iri, _BODY_COLUMNS)


def _shown(record: Record, iris: Iris, predicate: str, iri: str) -> Iterator[ReadResult]:
    """Say of which policies and cities something is the contact or medium."""
    for column, kind in ((POLICY.plural, POLICY.name), (CITY.plural, CITY.name)):
        cell = record.cell(column)
        for about in () if cell is None else minted(_things(iris, kind), KEY)(cell):
            if isinstance(about, Problem):
                yield about
            else:
                yield told(record, about.value, predicate, ox.NamedNode(iri))
