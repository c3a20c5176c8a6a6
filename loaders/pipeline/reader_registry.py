"""Readers: what turns a source of one kind into a draft, and how the one for a source is found."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast

from urbansdg.errors import LoadError, Place, SourceUnreadable
from urbansdg.loaders import readers
from urbansdg.loaders.drafts.draft import Draft, Workshop

ENTRY_POINTS = "urbansdg.readers"
"""The group of entry points under which other distributions ship readers."""


class Reader(Protocol):
    """Reads sources of one kind; its version counts up when the same bytes give other triples."""

    @property
    def name(self) -> str:
        """What the reader is called in provenance."""

    @property
    def version(self) -> str:
        """The version of the reader."""

    def reads(self, path: Path) -> bool:
        """Tell whether the path is a source of this kind, by a look that costs little."""

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read the source into a graph; its name follows from the source where it is None."""


def all_readers() -> Iterator[Reader]:
    """Return the readers of the project, then those that others have installed.

    Raises `LoadError` where one of the latter cannot be imported.
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
        except Exception as error:  # the code of others may fail in any way
            raise LoadError(
                f"The reader {entry.name} cannot be used: {error}.",
                f"Mend or uninstall the package that brings {entry.value}.",
            ) from error


def reader_of(path: Path, name: str | None = None) -> Reader:
    """Return the reader of a source, or the one of a name.

    Raises `SourceUnreadable` where there is none or more than one.
    """
    found = list(all_readers())
    if name is not None:
        return _named(name, found)
    claiming = [reader for reader in found if reader.reads(path)]
    if len(claiming) > 1:
        names = ", ".join(reader.name for reader in claiming)
        raise SourceUnreadable(
            f"{path} can be read in several ways: {names}.",
            "Say which with --reader.",
            place=Place(str(path)),
        )
    if not claiming and not path.exists():
        raise SourceUnreadable(
            f"There is no {path}.",
            "Look at its spelling, and at the folder that you are in.",
            place=Place(str(path)),
        )
    if not claiming:
        raise SourceUnreadable(
            f"{path} is of no kind that can be read.",
            "Give a file of RDF (.ttl, .nt, .rdf, .jsonld ...), a folder of tables"
            " (data/README.md), or another source that docs/how-to/publishers.md names.",
            place=Place(str(path)),
        )
    return claiming[0]


def _named(name: str, found: list[Reader]) -> Reader:
    for reader in found:
        if reader.name == name:
            return reader
    names = ", ".join(reader.name for reader in found)
    raise SourceUnreadable(f"There is no reader {name}.", f"There are these: {names}.")
