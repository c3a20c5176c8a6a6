"""The subject file of a version: what it says of each thing, read through a memory map.

A look-up in the engine takes 80 microseconds, one here takes 4: a hash, a binary search and a slice
of memory that all processes share. The file is derived from the version. Whatever it does not have,
or has for a reason of doubt as "ask the store", is read from the store.

The parts of the file, in their order:

- records, one for each subject that has an IRI: checksum, lengths, the IRI, the predicates as
  numbers, the objects in lines of N-Triples; statements stand in the order of the engine
- the hashes of the subjects, sorted, the places of their records, 8 bytes each, and the numbers of
  the graphs that state them, 2 bytes each
- a footer in JSON: the version, the tables of predicates and graphs, counts, where the hashes
  begin
- the length and the checksum of the footer, the checksum of the index, and the magic
"""

import json
import mmap
import os
import struct
from array import array
from binascii import crc32
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final, Self

from pyoxigraph import NamedNode, Quad

from urbansdg.endpoint.subjects.statement_counts import StatementCounter, StatementCounts
from urbansdg.endpoint.subjects.statement_texts import Row, term_text

LONGEST: Final = 100
"""Statements on a subject that are read for a look-up; of more, the store is asked."""

_FORMAT: Final = 3
_MAGIC: Final = b"usdgSubj"
_TAIL: Final = struct.Struct("<III8s")
_RECORD: Final = struct.Struct("<IHHI")  # checksum, length of the IRI, statements, bytes of objects
_ASK: Final = 0xFFFF
_MOST_PREDICATES: Final = 0xFFFF
_SEVERAL: Final = 0xFFFF
"""The number of a graph of subjects that several graphs state, or that no graph was counted for."""

_ENTRY: Final = 18  # bytes of a subject in the index
_MOST_BYTES: Final = 0xFFFF  # of an IRI
_NEAR: Final = 64
"""Hashes are spread evenly, so that a place is known to within a few of these."""


class InvalidSubjectFile(ValueError):
    """The file is damaged, or of another format."""


class SubjectFile:
    """An open subject file; `number`, `mark`, `created` and `counts` are those of its version."""

    def __init__(self, path: Path, inode: int, content: mmap.mmap) -> None:
        """Check the index of a file that is mapped; raises `InvalidSubjectFile`."""
        footer, end = _footer(content)
        self.number = int(footer["number"])
        self.mark = str(footer["mark"])
        self.created = str(footer["created"])
        self._path, self._inode = path, inode
        self._content = content
        self._predicates = [text.encode() for text in footer["predicates"]]
        self.counts = _read_counts(footer["classes"], footer["uses"])
        size, begin = int(footer["subjects"]), int(footer["index"])
        view = memoryview(content)
        if begin + _ENTRY * size != end:
            raise InvalidSubjectFile("the index has another length than its footer says")
        self._hashes = view[begin : begin + 8 * size].cast("Q")
        self._places = view[begin + 8 * size : begin + 16 * size].cast("Q")
        self._graphs = view[begin + 16 * size : end].cast("H")
        self._graph_names = [str(name) for name in footer["graphs"]]

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file; raises `InvalidSubjectFile`, OSError."""
        with path.open("rb") as file:
            inode = os.fstat(file.fileno()).st_ino
            try:
                content = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
            except ValueError as error:
                raise InvalidSubjectFile(f"{path.name} is empty") from error
        try:
            return cls(path, inode, content)
        except (ValueError, KeyError, TypeError, struct.error) as error:
            raise InvalidSubjectFile(f"{path.name} cannot be used: {error}") from error

    def __len__(self) -> int:
        """Return how many subjects it has."""
        return len(self._hashes)

    @property
    def is_removed(self) -> bool:
        """Whether the file is gone or replaced: what it says may have been forgotten."""
        try:
            return self._path.stat().st_ino != self._inode
        except OSError:
            return True

    def find(self, iri: str) -> list[Row] | None:
        """Return the statements on a subject, none where it has none; None to ask the store."""
        name = iri.encode()
        place = self._place_of(_hash(name))
        return [] if place is None else self._read(self._places[place], name)

    def graph_of(self, iri: str) -> str | None:
        """Return the IRI of the one graph that states a subject; None where that is not known."""
        place = self._place_of(_hash(iri.encode()))
        number = _SEVERAL if place is None else self._graphs[place]
        return None if number == _SEVERAL else self._graph_names[number]

    def _place_of(self, key: int) -> int | None:
        """Return the place of a hash in the index."""
        hashes = self._hashes
        size = len(hashes)
        guess = (key * size) >> 64
        low, high = max(0, guess - _NEAR), min(size, guess + _NEAR)
        if (low and hashes[low] >= key) or (high < size and hashes[high - 1] < key):
            low, high = 0, size
        place = bisect_left(hashes, key, low, high)
        return None if place == size or hashes[place] != key else place

    def _read(self, begin: int, name: bytes) -> list[Row] | None:
        """Return the statements of a record; None where it is not that of the name, or damaged."""
        content = self._content
        checksum, length, count, size = _RECORD.unpack_from(content, begin)
        begin += _RECORD.size
        if count == _ASK:
            return None
        middle = begin + length
        end = middle + 2 * count + size
        body = content[begin:end]
        if crc32(body) != checksum or body[:length] != name:
            return None
        table = self._predicates
        numbers = memoryview(body)[length : length + 2 * count].cast("H")
        objects = body[length + 2 * count :].split(b"\n")
        return [(table[number], text) for number, text in zip(numbers, objects, strict=True)]


def write_subject_file(
    out: IO[bytes],
    quads: Iterable[Quad],
    version: Mapping[str, Any],
    graphs: Mapping[str, Iterable[Quad]] = MappingProxyType({}),
) -> None:
    """Write the file of a version from its statements, which come subject by subject.

    `version` has its `number`, `mark` and `created`; `graphs` has the statements of all named
    graphs, where it is to say which states a subject. A subject whose statements come in several
    places, are too many, or have a term that is new in RDF 1.2 is left to the store: its place is
    that of the first record, which says so.
    """
    predicates: dict[NamedNode, int] = {}
    hashes, places = array("Q"), array("Q")
    counter = StatementCounter()
    out.write(_RECORD.pack(0, 0, _ASK, 0))
    for subject, statements in groupby(counter.passing(quads), attrgetter("subject")):
        if isinstance(subject, NamedNode):
            name = subject.value.encode()
            record = _record(name, statements, predicates)
            hashes.append(_hash(name))
            places.append(out.tell() if record else 0)
            out.write(record)
    counts = counter.counts()
    footer = dict(version) | {
        "predicates": [str(predicate) for predicate in predicates],
        "classes": None if counts is None else _written_counts(counts.classes),
        "uses": None if counts is None else _written_counts(counts.predicates),
    }
    _write_index(out, hashes, places, footer, graphs)


def _record(name: bytes, statements: Iterable[Quad], predicates: dict[NamedNode, int]) -> bytes:
    """Return the record of a subject, nothing where it is left to the store."""
    numbers, objects = array("H"), list[bytes]()
    for quad in statements:
        number = predicates.get(quad.predicate)
        if number is None:
            if len(predicates) == _MOST_PREDICATES or term_text(quad.predicate) is None:
                return b""
            predicates[quad.predicate] = number = len(predicates)
        text = term_text(quad.object)
        if text is None or len(objects) == LONGEST or len(name) > _MOST_BYTES:
            return b""
        numbers.append(number)
        objects.append(text)
    text = b"\n".join(objects)
    body = name + numbers.tobytes() + text
    return _RECORD.pack(crc32(body), len(name), len(numbers), len(text)) + body


def _written_counts(counts: Mapping[bytes, int]) -> dict[str, int]:
    return {term.decode(): count for term, count in counts.items()}


def _read_counts(
    classes: Mapping[str, int] | None, predicates: Mapping[str, int] | None
) -> StatementCounts | None:
    if classes is None or predicates is None:
        return None
    return StatementCounts(
        *(
            {term.encode(): count for term, count in counts.items()}
            for counts in (classes, predicates)
        )
    )


def _write_index(
    out: IO[bytes],
    hashes: "array[int]",
    places: "array[int]",
    footer: dict[str, Any],
    graphs: Mapping[str, Iterable[Quad]],
) -> None:
    """Write the hashes in order, the places and the footer."""
    order = sorted(range(len(hashes)), key=hashes.__getitem__)
    by_hash = array("Q", map(hashes.__getitem__, order))
    by_place = array("Q", map(places.__getitem__, order))
    for one, (left, right) in enumerate(pairwise(by_hash)):
        if left == right:  # two subjects, or one whose statements came in two places
            by_place[one] = by_place[one + 1] = 0
    begin = out.tell()
    index = by_hash.tobytes() + by_place.tobytes() + _graph_numbers(by_hash, graphs).tobytes()
    footer |= {"subjects": len(hashes), "index": begin, "format": _FORMAT, "graphs": [*graphs]}
    text = json.dumps(footer)
    words = text.encode()
    out.write(index + words + _TAIL.pack(len(words), crc32(words), crc32(index), _MAGIC))


def _graph_numbers(hashes: "array[int]", graphs: Mapping[str, Iterable[Quad]]) -> "array[int]":
    """Return the number of the graph of each subject, in the order of the hashes."""
    unknown = len(graphs)
    numbers = array("H", [min(unknown, _SEVERAL)]) * len(hashes)
    for number, quads in enumerate(graphs.values()):
        for subject, _ in groupby(quads, attrgetter("subject")):
            if isinstance(subject, NamedNode):
                key = _hash(subject.value.encode())
                place = bisect_left(hashes, key)
                if place < len(hashes) and hashes[place] == key:
                    is_first = numbers[place] in {unknown, number}
                    numbers[place] = min(number, _SEVERAL) if is_first else _SEVERAL
    return array("H", (_SEVERAL if number == unknown else number for number in numbers))


def _footer(content: mmap.mmap) -> tuple[dict[str, Any], int]:
    """Return the footer of a file, and where it begins; raises `InvalidSubjectFile`."""
    length, checksum, index_checksum, magic = _TAIL.unpack_from(content, len(content) - _TAIL.size)
    end = len(content) - _TAIL.size - length
    words = content[end : end + length]
    if magic != _MAGIC or end < 0 or crc32(words) != checksum:
        raise InvalidSubjectFile("its end is not what was written")
    footer = json.loads(words)
    with memoryview(content) as view, view[int(footer["index"]) : end] as index:
        if footer["format"] != _FORMAT or crc32(index) != index_checksum:
            raise InvalidSubjectFile("its index is not what was written")
    return footer, end


def _hash(name: bytes) -> int:
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "little")
