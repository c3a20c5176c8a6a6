"""Which things a version changed: kept beside it where they are few.

Two versions of millions of triples are compared in moments where it is known what may differ
between them. Where it is not known, they are compared as a whole. The trail is no part of the
graph: when data of persons are taken out of versions, every trail is removed.
"""

import hashlib
import itertools
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from urbansdg.store.versions.version import Version

_FILE: Final = "trail.json"


def leave(folder: Path, things: Collection[str] | None) -> None:
    """Keep the IRIs of what the version in a folder changed; None for what has no name."""
    if things is not None:
        listed = sorted(things)
        text = json.dumps({"sha256": _hash(listed), "things": listed}, ensure_ascii=False)
        (folder / _FILE).write_text(text, "utf-8")


def remove(versions: Path) -> None:
    """Remove the trails of all versions."""
    for file in versions.glob(f"*/{_FILE}"):
        file.unlink()


def between(
    one: Version, other: Version, versions_by_number: Mapping[int, Version]
) -> frozenset[str] | None:
    """Return the things that may differ between two of the versions that are kept.

    None where that is not known: a version between them is gone, or changed too much to be named.
    """
    old, new = sorted((one, other), key=lambda version: version.number)
    subjects: set[str] = set()
    while new.number > old.number:
        things = _read(new.path.parent)
        before = None if new.previous is None else versions_by_number.get(new.previous)
        if things is None or before is None:
            return None
        subjects |= things
        new = before
    return frozenset(subjects) if new.number == old.number else None


def steps(versions: Sequence[Version]) -> list[frozenset[str] | None]:
    """Return what differs between each version and the next one, None where that is not known."""
    by_number = {version.number: version for version in versions}
    return [between(one, other, by_number) for one, other in itertools.pairwise(versions)]


def _read(folder: Path) -> set[str] | None:
    try:
        record = json.loads((folder / _FILE).read_text("utf-8"))
        things = record["things"]
        return set(things) if record["sha256"] == _hash(things) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _hash(things: list[str]) -> str:
    return hashlib.sha256("\n".join(things).encode()).hexdigest()
