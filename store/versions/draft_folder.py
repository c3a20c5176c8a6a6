"""Folders that exist complete or not at all."""

import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LEFT_BEHIND_SECONDS: Final = 3_600


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """Yield a folder to fill; it replaces the target at the end, unless the block raises."""
    folder = target.parent
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".draft-*"):
        if time.time() - left.stat().st_mtime > _LEFT_BEHIND_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
    try:
        yield draft
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def forget(folder: Path, newest_count: int, but: int, spared: Collection[int] = ()) -> None:
    """Remove all but one of the numbered folders in a folder, and the newest of the others.

    With that one, `newest_count` are kept, and those that are spared.
    """
    numbers = sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit())
    others = [number for number in numbers if number != but]
    for old in others[: max(0, len(numbers) - newest_count)]:
        if old not in spared:
            shutil.rmtree(folder / str(old), ignore_errors=True)
