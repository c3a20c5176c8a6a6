"""JSON documents from outside: limited in size, parsed strictly, with places for messages."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NoReturn

from ftfy import fix_text

from urbansdg.errors import Place, SourceUnreadable

_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u202d\u202e\ufffe\uffff]")
_SIZE: Final = 64 << 20
"""The largest JSON file, in bytes."""


def read_json(file: Path) -> object:
    """Return the content of a JSON file (RFC 8259); raises `SourceUnreadable`."""
    return _parse(file, _text(file), 1)


def read_json_lines(file: Path) -> Iterator[tuple[int, object]]:
    """Yield number and content of each line of a JSON Lines file; raises `SourceUnreadable`."""
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if line.strip():
            yield number, _parse(file, line, number)


def parse_json(file: Path, text: bytes, line: int) -> object:
    """Return the content of a line of JSON in UTF-8; raises `SourceUnreadable`."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(file, "it is not valid UTF-8", line) from error
    return _parse(file, decoded, line)


def without_controls(text: str) -> str:
    """Return a text without the characters that no text of the graph may have.

    These are control characters, overrides of the direction and two that are no characters (the
    rule `text-with-controls`).
    """
    return _CONTROLS.sub("", text)


def clean_text(text: object) -> str:
    """Return a text with mojibake repaired, escaped line ends resolved and spaces collapsed."""
    if not isinstance(text, str):
        return ""
    repaired = without_controls(fix_text(text))
    lines = repaired.replace("\\r", "").replace("\\n", "\n").splitlines()
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


def member(value: object, *path: str) -> object:
    """Return the value at a path of member names, or None if there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def members(value: object, *path: str) -> list[Mapping[str, object]]:
    """Return the objects of the list at a path of member names."""
    items = member(value, *path)
    return (
        [member for member in items if isinstance(member, Mapping)]
        if isinstance(items, list)
        else []
    )


def texts(value: object, *path: str) -> list[str]:
    """Return the texts of the list at a path of member names, cleaned."""
    item = member(value, *path)
    listed = item if isinstance(item, list) else []
    return [clean_text(item) for item in listed if isinstance(item, str)]


def _text(file: Path) -> str:
    if file.stat().st_size > _SIZE:
        raise _unreadable(file, f"it is larger than {_SIZE >> 20} MiB")
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(file, f"it is not valid UTF-8 at byte {error.start}") from error


def _parse(file: Path, text: str, line: int) -> object:
    try:
        return json.loads(text, parse_constant=_constant, object_pairs_hook=_unique_members)
    except RecursionError as error:
        raise _unreadable(file, "it is nested too deeply", line) from error
    except ValueError as error:
        at = getattr(error, "lineno", 1) - 1 + line
        raise _unreadable(file, f"it is not valid JSON ({error})", at) from error


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} occurs twice in one object")
    return document


def _unreadable(file: Path, why: str, line: int | None = None) -> SourceUnreadable:
    return SourceUnreadable(
        f"{file.name} cannot be read: {why}.",
        "Download the file again from its source.",
        place=Place(file.name, line=line),
    )
