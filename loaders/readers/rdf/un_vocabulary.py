"""Reader of the UN's SDG knowledge organisation system, a folder of Turtle files."""

from dataclasses import dataclass
from pathlib import Path

from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum
from urbansdg.loaders.drafts.rdf_drafts import UN_FILE, rdf_draft
from urbansdg.store import Source

_UN_STATISTICS = "https://unstats.un.org/"


@dataclass(frozen=True, slots=True)
class UnVocabulary:
    """The reader of the UN's vocabulary."""

    name: str = "un-sdg-kos"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether the path is the folder, or its main file."""
        return path.name == UN_FILE or (path / UN_FILE).is_file()

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read all Turtle files of the folder; raises `SourceUnreadable`."""
        files = tuple(sorted(path.glob("*.ttl"))) if path.is_dir() else (path,)
        source = Source(
            path.name, checksum(files), self.name, self.version, rights_holder=_UN_STATISTICS
        )
        return rdf_draft(files, graph or self.name, source, context, merge=False)


READER = UnVocabulary()
