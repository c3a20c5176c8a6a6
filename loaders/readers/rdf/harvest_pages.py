"""Reader of a harvest: pages of Turtle from another SPARQL endpoint."""

from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from urbansdg.errors import Place, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum
from urbansdg.loaders.drafts.rdf_drafts import rdf_draft
from urbansdg.store import Source


@dataclass(frozen=True, slots=True)
class Harvest:
    """The reader of a folder of pages; blank nodes, not stable across pages, are refused."""

    name: str = "harvest"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether the path is a complete folder of pages."""
        return path.is_dir() and (path / ".last").is_file() and (path / "request.json").is_file()

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read all pages; raises `SourceUnreadable`."""
        pages = tuple(sorted(path.glob("*.ttl")))
        source = Source(path.name, checksum(pages), self.name, self.version)
        draft = rdf_draft(pages, graph or path.name, source, context, merge=False)
        if len(pages) > 1:
            for file in draft.files:
                _refuse_blank_nodes(file, source.name)
        return draft


def _refuse_blank_nodes(file: Path, name: str) -> None:
    for quad in ox.parse(path=str(file), format=ox.RdfFormat.N_TRIPLES):
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
            raise SourceUnreadable(
                "The endpoint returns blank nodes, which cannot be identified across pages.",
                "Ask for IRIs instead, use a single page, or load a dump of the source.",
                place=Place(name),
            )


READER = Harvest()
