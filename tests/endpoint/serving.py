"""A server process for the tests: serves a folder of versions that a test publishes into.

    python serving.py FOLDER [SETTING=VALUE ...]

It prints its address when it answers.
"""

import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from urbansdg.endpoint.server import serve
from urbansdg.settings import read_settings


@dataclass(frozen=True)
class Version:
    """A version in the folder."""

    number: int
    path: Path


@dataclass(frozen=True)
class Folder:
    """Versions as numbered RocksDB stores, and a file `current` that names one."""

    path: Path

    def current(self) -> Version:
        """Return the version that `current` names."""
        number = int((self.path / "current").read_text("ascii"))
        return Version(number, self.path / str(number))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    serve(
        read_settings(**dict(pair.split("=", 1) for pair in sys.argv[2:])),
        Folder(Path(sys.argv[1])),
        lambda address: print(address, flush=True),
    )
