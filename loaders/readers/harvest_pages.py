"""The pages of a harvest, which `urbansdg harvest` has pulled from another endpoint."""

import json
from dataclasses import dataclass
from pathlib import Path

from urbansdg.loaders.draft import Draft, Workshop, checksum
from urbansdg.loaders.harvest import ORIGIN, pages
from urbansdg.loaders.rdf import drafted
from urbansdg.store import Source


@dataclass(frozen=True, slots=True)
class HarvestPages:
    """The reader of a folder of pages; each is parsed in a process of its own."""

    name: str = "harvest"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Tell whether the path is a folder that a harvest has made."""
        return (path / ORIGIN).is_file()

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read all pages into one graph; raises `SourceUnreadable`."""
        endpoint = json.loads((path / ORIGIN).read_text("utf-8"))["endpoint"]
        files = tuple(pages(path))
        sha256 = checksum([path / ORIGIN, *files])
        source = Source(endpoint, sha256, self.name, self.version, location=endpoint)
        return drafted(files, graph or path.name, source, workshop, merge=True)


READER = HarvestPages()
