"""Writing files so that a loss of power leaves the old content or the new, complete."""

import os
from collections.abc import Collection
from pathlib import Path


def sync(path: Path) -> None:
    """Flush a file, or the entries of a directory, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path, there: Collection[Path] = ()) -> None:
    """Bring a directory with everything in it to the disk, the innermost first.

    Files that are `there` already are left out.
    """
    for directory, _, names in os.walk(folder, topdown=False):
        for file in (Path(directory, name) for name in names):
            if file not in there:
                sync(file)
        sync(Path(directory))


def write_durably(path: Path, text: str, mode: int = 0o666) -> None:
    """Write a file so that it is there with the old text or the new one, never with a part.

    Its permissions are `mode` without the bits of the umask of the process.
    """
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123  # an open handle, no path
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)
