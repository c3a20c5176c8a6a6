"""Readers: what turns a source of one kind into a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from urbansdg.loaders.draft import Draft, Workshop
from urbansdg.loaders.natural_earth import NaturalEarth
from urbansdg.loaders.rdf import RdfFile, UnVocabulary
from urbansdg.loaders.tables import CITYS_OWN, VERSION, read_tables
from urbansdg.problems import Place, SourceUnreadable


class Reader(Protocol):
    """Reads sources of one kind; its version counts up when the same bytes give other triples."""

    @property
    def name(self) -> str:
        """What the reader is called in provenance."""

    @property
    def version(self) -> str:
        """The version of the reader."""

    def reads(self, path: Path) -> bool:
        """Tell whether the path is a source of this kind."""

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read the source into a graph; its name follows from the source where it is None."""


@dataclass(frozen=True, slots=True)
class TableFolder:
    """The reader of a city's own folder of tables, in the columns of the bundled ones."""

    name: str = "tables"
    version: str = VERSION

    def reads(self, path: Path) -> bool:
        """Tell whether the path is a folder that has one of the tables."""
        return any((path / table.name).is_file() for table in CITYS_OWN)

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read the tables of the folder; raises `SourceUnreadable`."""
        return read_tables(path, CITYS_OWN, graph or path.resolve().name, workshop)


READERS: Sequence[Reader] = (UnVocabulary(), NaturalEarth(), TableFolder(), RdfFile())


def reader_of(path: Path) -> Reader:
    """Return the reader of a source; raises `SourceUnreadable` where none reads it."""
    for reader in READERS:
        if reader.reads(path):
            return reader
    raise SourceUnreadable(
        f"{path} is of no kind that can be read.",
        "Give a file of RDF (.ttl, .nt, .rdf, .jsonld ...) or a folder of tables (data/README.md).",
        place=Place(str(path)),
    )
