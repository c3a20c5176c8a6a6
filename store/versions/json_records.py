"""Records of the data directory that operators make: the tags and the tokens."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from urbansdg.errors import StoreError
from urbansdg.store.versions.file_errors import check_readable

_Record = TypeVar("_Record")


def read_record(
    file: Path, parse: Callable[[object], _Record], kind: str, none: _Record
) -> _Record:
    """Return what is recorded in a file of JSON, `none` where there is no such file.

    Raises `StoreError` where it cannot be read: nothing stands in for it, because `prune` would
    remove what has a tag.
    """
    try:
        return parse(json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return none
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        check_readable(error, f"The record {file}")
        raise StoreError(
            f"The record of the {kind}, {file}, cannot be read: {error}.",
            f"Restore it from a copy, or run `urbansdg repair` and make the {kind} again.",
        ) from error
