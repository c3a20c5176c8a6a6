"""Which things a version changed: kept beside it where they are few.

Two versions of millions of triples are compared in moments where it is known what may differ
between them. Where it is not known, they are compared as a whole. The trail is no part of the
graph: when data of persons are taken out of versions, every trail is removed.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from urbansdg.store.versions.version import Version

_FILE: Final = "trail.json"


def leave(folder: Path, things: Collection[str] | None) -> None:
    """Keep the IRIs of what the version in a folder changed; None for what has no name."""
    if things is not None:
        told = sorted(things)
        text = json.dumps({"sha256": _hash(told), "things": told}, ensure_ascii=False)
        (folder / _FILE).write_text(text, "utf-8")


def remove(versions: Path) -> None:
    """Remove the trails of all versions."""
    for file in versions.glob(f"*/{_FILE}"):
        file.unlink()


def between(one: Version, other: Version, kept: Mapping[int, Version]) -> frozenset[str] | None:
    """Return the things that may differ between two of the versions that are kept.

    None where that is not known: a version between them is gone, or changed too much to be named.
    """
    old, new = sorted((one, other), key=lambda each: each.number)
    found: set[str] = set()
    while new.number > old.number:
        things = _read(new.path.parent)
        before = None if new.previous is None else kept.get(new.previous)
        if things is None or before is None:
            return None
        found |= things
        new = before
    return frozenset(found) if new.number == old.number else None


def _read(folder: Path) -> set[str] | None:
    try:
        told = json.loads((folder / _FILE).read_text("utf-8"))
        things = told["things"]
        return set(things) if told["sha256"] == _hash(things) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _hash(things: list[str]) -> str:
    return hashlib.sha256("\n".join(things).encode()).hexdigest()
