"""Reader of a file of RDF in any of the supported syntaxes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum
from urbansdg.loaders.drafts.rdf_drafts import UN_FILE, form_of, is_dcat, rdf_draft, stem
from urbansdg.store import Source


@dataclass(frozen=True, slots=True)
class RdfFile:
    """The reader of one file of RDF; the extension of its name determines the syntax."""

    name: str = "rdf"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether the file has the extension of an RDF syntax, and no reader of its own."""
        is_rdf = path.is_file() and form_of(path) is not None and path.name != UN_FILE
        return is_rdf and not is_dcat(path)

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the file; raises `SourceUnreadable`."""
        source = Source(path.name, "", self.name, self.version)
        with ThreadPoolExecutor(1) as beside:
            digest = beside.submit(checksum, [path])
            draft = rdf_draft(
                (path,), graph or stem(path), source, context, merge=graph is not None
            )
        return replace(draft, source=replace(source, sha256=digest.result()))


READER = RdfFile()
