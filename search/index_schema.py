"""The fields of an index, and how a document fills them."""

import json
from functools import cache
from hashlib import sha256
from typing import Final

from tantivy import Document, Schema, SchemaBuilder

from urbansdg.search.documents import LANGUAGES, ThingDocument
from urbansdg.search.search_request import FILTERS
from urbansdg.search.text_units import (
    is_spelt,
    joined_units,
    key_of,
    similar_units,
    similar_units_of_word,
    words_of,
)

FORMAT: Final = 5
"""The number of the fields and units: an index of another number is made again."""

KEY: Final = "key"
"""The IRI of a thing, which is stored, and what it is looked up by (`key_of_thing`)."""

NAME: Final = "name"
TEXT: Final = "text"
LINKED: Final = "linked"
SIMILAR: Final = "similar"
WHOLE_NAME: Final = "whole_name"
CODE: Final = "code"
LINKED_CODE: Final = "linked_code"
WORD: Final = "word"
WORD_UNITS: Final = "word_units"
"""A word that things have, and its parts, in a document of its own: misspelt ones are looked up."""

RANK: Final = "rank"
REAL, FICTITIOUS, VOCABULARY = "real", "fictitious", "vocabulary"
"""The ranks of things: real ones come before those of the example, and these before vocabulary."""

CHANGED: Final = "changed"
RECORD: Final = "record"
"""What a result shows: kinds, names and texts as JSON; it is not searched."""

_LONGEST_TERM: Final = 8_000
"""Bytes of an IRI that is a term; the engine silently indexes no term of more than 65,530."""

_LONGEST_NAME: Final = 200
_LONGEST_RECORD: Final = 4_000
_LONGEST_ORDER: Final = 60
_LAST: Final = "\U0010ffff"
_AFTER_REAL: Final = "\U0010fffe"
_VOCABULARY: Final = frozenset({"term", "concept", "other"})
"""Kinds of the lowest rank, whose names are texts, and whose texts count as little as linked names.

A policy on budgets is sought more often than the word "budget".
"""


def facet_field(facet: str) -> str:
    """Return the field of a facet."""
    return f"facet_{facet}"


def order_field(language: str) -> str:
    """Return the field by which things are sorted by name, in a language of the interface."""
    return f"order_{language if language in LANGUAGES else 'en'}"


ORDER_LEVELS: Final = 3
_LEVEL_BYTES: Final = 8


@cache
def place_field(language: str, level: int) -> str:
    """Return the field with a part of the key of `order_field`: eight bytes as a number.

    The engine sorts by numbers in a hundredth of the time that it takes by texts.
    """
    return f"place_{level}_{language if language in LANGUAGES else 'en'}"


def schema() -> Schema:
    """Return the fields of an index."""
    builder = SchemaBuilder()
    builder.add_text_field(KEY, stored=True, tokenizer_name="raw", index_option="basic")
    for name in (NAME, TEXT, LINKED, SIMILAR):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in (WHOLE_NAME, CODE, LINKED_CODE):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for facet in FILTERS:
        builder.add_text_field(
            facet_field(facet), fast=True, tokenizer_name="raw", index_option="basic"
        )
    for language in LANGUAGES:
        builder.add_text_field(
            order_field(language), fast=True, tokenizer_name="raw", index_option="basic"
        )
        for level in range(ORDER_LEVELS):
            builder.add_unsigned_field(place_field(language, level), fast=True)
    builder.add_text_field(RANK, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(WORD, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(WORD_UNITS, tokenizer_name="whitespace", index_option="basic")
    builder.add_unsigned_field(CHANGED, fast=True)
    builder.add_bytes_field(RECORD, stored=True)
    return builder.build()


def key_of_thing(iri: str) -> str:
    """Return the term of `KEY` for a thing: its IRI, a digest where that is longer than a term."""
    content = iri.encode()
    return iri if len(content) <= _LONGEST_TERM else f"sha256:{sha256(content).hexdigest()}"


def filled(thing: ThingDocument, changed: int) -> Document:
    """Return the document of a thing; `changed` is the version that changed it last."""
    document = Document()
    keys = tuple(dict.fromkeys((thing.iri, key_of_thing(thing.iri))))
    names = (*thing.names, *thing.other_names)
    is_vocabulary = thing.kinds[0] in _VOCABULARY
    if not is_vocabulary:
        document.add_text(NAME, joined_units(names))
        for name in dict.fromkeys(key_of(text) for _, text in names):
            document.add_text(WHOLE_NAME, name[:_LONGEST_NAME])
    texts, linked = (*thing.hidden, *thing.texts), thing.linked
    if is_vocabulary:
        texts, linked = (*names, *thing.hidden), (*thing.texts, *linked)
    values = (("", value) for value in thing.values)
    document.add_text(TEXT, joined_units((*texts, *values)))
    document.add_text(LINKED, joined_units(linked))
    similar = (unit for _, text in names for unit in similar_units(text))
    document.add_text(SIMILAR, " ".join(similar))
    for name, codes in ((KEY, keys), (CODE, thing.codes), (LINKED_CODE, thing.linked_codes)):
        for code in codes:
            document.add_text(name, code)
    for facet, value in thing.facets:
        document.add_text(facet_field(facet), value)
    _fill_order(document, thing)
    document.add_text(RANK, _rank(thing))
    document.add_unsigned(CHANGED, changed)
    document.add_bytes(RECORD, _record(thing))
    return document


def _fill_order(document: Document, thing: ThingDocument) -> None:
    for language in LANGUAGES:
        key = _order_key(thing, language)
        document.add_text(order_field(language), key)
        for level, place in enumerate(places_of(key)):
            document.add_unsigned(place_field(language, level), place)


def words_in(thing: ThingDocument) -> set[str]:
    """Return the words of a thing that somebody may misspell; linked things have their own."""
    texts = (*thing.names, *thing.other_names, *thing.hidden, *thing.texts)
    words = {word for _, text in texts for word in words_of(text)}
    return {word for word in words if is_spelt(word)}


def word_document(word: str) -> Document:
    """Return the document of a word."""
    document = Document()
    document.add_text(WORD, word)
    document.add_text(WORD_UNITS, " ".join(similar_units_of_word(word)))
    return document


def _rank(thing: ThingDocument) -> str:
    if thing.kinds[0] in _VOCABULARY:
        return VOCABULARY
    return FICTITIOUS if thing.is_fictitious else REAL


def _order_key(thing: ThingDocument, language: str) -> str:
    """Return the key by which a thing is sorted: goals and targets by number, others by name.

    Things of the example come after all real ones.
    """
    if thing.is_fictitious:
        return _AFTER_REAL + key_of(thing.label(language))[:_LONGEST_ORDER]
    notation = _natural(thing) if thing.kinds[0] in {"goal", "target", "indicator"} else ""
    return notation or key_of(thing.label(language))[:_LONGEST_ORDER] or _LAST


def places_of(key: str) -> tuple[int, ...]:
    """Return the first bytes of a key as numbers, which sort as the key does."""
    content = key.encode("utf-8", "replace").ljust(ORDER_LEVELS * _LEVEL_BYTES, b"\0")
    starts = range(0, ORDER_LEVELS * _LEVEL_BYTES, _LEVEL_BYTES)
    return tuple(int.from_bytes(content[start : start + _LEVEL_BYTES]) for start in starts)


def _natural(thing: ThingDocument) -> str:
    codes = [code for code in thing.codes if code[0].isdecimal() and "/" not in code]
    parts = min(codes, default="").split(".")
    return ".".join(part.zfill(2) for part in parts) if codes else ""


def _record(thing: ThingDocument) -> bytes:
    texts, room = [], _LONGEST_RECORD
    for language, text in sorted(thing.texts, key=lambda pair: -len(pair[1])):
        if room <= 0:
            break
        texts.append((language, text[:room]))
        room -= len(text)
    record = {"kinds": thing.kinds, "names": thing.names, "others": thing.other_names}
    fictitious = {"fictitious": True} if thing.is_fictitious else {}
    return json.dumps(record | {"texts": texts} | fictitious, ensure_ascii=False).encode()
