"""Documents in JSON (RFC 8259), read strictly, and the elements in them with their places.

Numbers stay as they are spelt, so that the amount beside a number is that of the source.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NoReturn

from urbansdg.loaders.prose import readable
from urbansdg.problems import Place, SourceUnreadable

LARGEST: Final = 64 << 20
"""The most octets that a document may have; held as objects it is some ten times as much."""
_LONGEST_NUMBER: Final = 40


@dataclass(frozen=True, slots=True)
class Element:
    """An object of a document: its members by name, and its place (a JSON Pointer, RFC 6901)."""

    members: Mapping[str, Any]
    place: Place

    def text(self, name: str) -> str:
        """Return a member as readable text, "" where there is none or it is no text or number."""
        value = self.members.get(name)
        return readable(value) if isinstance(value, str) else ""

    def at(self, name: str) -> Place:
        """Return the place of a member."""
        return replace(self.place, path=f"{self.place.path or ''}/{_escaped(name)}")

    def element(self, name: str) -> "Element":
        """Return a member that is an object, an empty one where there is none."""
        value = self.members.get(name)
        return Element(value if isinstance(value, dict) else {}, self.at(name))

    def elements(self, name: str) -> Iterator["Element"]:
        """Return the objects that a member lists."""
        value = self.members.get(name)
        for at, item in enumerate(value if isinstance(value, list) else ()):
            if isinstance(item, dict):
                yield Element(item, replace(self.place, path=f"{self.at(name).path}/{at}"))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts that a member lists, without those that are empty."""
        value = self.members.get(name)
        listed = value if isinstance(value, list) else ()
        return tuple(filter(None, (readable(item) for item in listed if isinstance(item, str))))


def read_document(file: Path) -> Element:
    """Return the object that a file holds; raises `SourceUnreadable`."""
    return parsed(_octets(file), Place(file.name))


def read_lines(file: Path) -> Iterator[Element]:
    """Return the objects of a file with one a line; blank lines do not count.

    Raises `SourceUnreadable` at the first line that is none.
    """
    for number, line in enumerate(_octets(file).splitlines(), 1):
        if line.strip():
            yield parsed(line, Place(file.name, line=number))


def parsed(data: bytes, place: Place) -> Element:
    """Return an object in JSON; raises `SourceUnreadable` for whatever else it may be."""
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_single,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_constant,
        )
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except RecursionError as error:
        raise _refused("is nested too deep", place) from error
    except UnicodeError as error:
        raise _refused("is not in UTF-8", place) from error
    except json.JSONDecodeError as error:
        here = replace(place, line=place.line or error.lineno)
        raise _refused(f"is not JSON: {error.msg} at column {error.colno}", here) from error
    except ValueError as error:
        raise _refused(str(error), place) from error
    if not isinstance(value, dict):
        raise _refused("is not an object", place)
    return Element(value, place)


def _octets(file: Path) -> bytes:
    if file.stat().st_size > LARGEST:
        raise _refused(f"is larger than {LARGEST >> 20} MiB", Place(file.name))
    return file.read_bytes()


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; RFC 8259, 4 leaves open which of two members of one name counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"has the member {twice[:50]!r} twice in one object")
    return found


def _number(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"has a number of {len(text)} characters")
    return text


def _constant(name: str) -> NoReturn:
    raise ValueError(f"has {name}, which is no number of JSON")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _refused(what: str, place: Place) -> SourceUnreadable:
    return SourceUnreadable(
        f"{place.file} {what}.", "Have it exported again, or mend that place.", place=place
    )
