"""Readers: the protocol of a reader, and the choice of the reader for a source."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast

from urbansdg.errors import LoadError, Place, SourceUnreadable
from urbansdg.loaders import readers
from urbansdg.loaders.drafts.draft import Draft, ReadContext

ENTRY_POINTS = "urbansdg.readers"
"""The group of entry points in which other packages provide readers."""


class Reader(Protocol):
    """Reads sources of one kind; a new version means that the same bytes give other triples."""

    @property
    def name(self) -> str:
        """The name of the reader in provenance."""

    @property
    def version(self) -> str:
        """The version of the reader."""

    def reads(self, path: Path) -> bool:
        """Return whether the path is a source of this kind; must be quick."""

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the source into a graph; None derives the name of the graph from the source."""


def all_readers() -> Iterator[Reader]:
    """Yield the built-in readers, then those of installed packages.

    Raises `LoadError` if one of the latter cannot be imported.
    """
    modules = (
        module.name
        for module in pkgutil.walk_packages(readers.__path__, f"{readers.__name__}.")
        if not module.ispkg
    )
    for name in sorted(modules, key=lambda name: name.rpartition(".")[2]):
        yield cast("Reader", import_module(name).READER)
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            yield entry.load()
        except Exception as error:  # third-party code can raise anything
            raise LoadError(
                f"Cannot import the reader {entry.name}: {error}.",
                f"Fix or uninstall the package that provides {entry.value}.",
            ) from error


def reader_of(path: Path, name: str | None = None) -> Reader:
    """Return the reader for a source, or the reader with the given name.

    Raises `SourceUnreadable` if there is none, or more than one.
    """
    readers = list(all_readers())
    if name is not None:
        return _reader_named(name, readers)
    claiming = [reader for reader in readers if reader.reads(path)]
    if len(claiming) > 1:
        names = ", ".join(reader.name for reader in claiming)
        raise SourceUnreadable(
            f"Several readers can read {path}: {names}.",
            "Choose one with --reader.",
            place=Place(str(path)),
        )
    if not claiming and not path.exists():
        raise SourceUnreadable(
            f"File not found: {path}.",
            "Check the spelling and the current folder.",
            place=Place(str(path)),
        )
    if not claiming:
        from urbansdg.loaders.pipeline.unknown_table import unknown_table  # an error is rare

        raise unknown_table(path, readers) or SourceUnreadable(
            f"Unknown kind of source: {path}.",
            "Use a file of RDF (.ttl, .nt, .rdf, .jsonld ...), a folder of tables "
            "(data/README.md), or another source in docs/how-to/publishers.md.",
            place=Place(str(path)),
        )
    return claiming[0]


def _reader_named(name: str, readers: list[Reader]) -> Reader:
    for reader in readers:
        if reader.name == name:
            return reader
    names = ", ".join(reader.name for reader in readers)
    raise SourceUnreadable(f"Unknown reader: {name}.", f"Use one of these: {names}.")
