"""The sources that a command names: files, standard input and URLs, each as a file."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfileobj

import typer

from urbansdg.loaders.rdf.parser_process import FORMATS
from urbansdg.loaders.rdf.rml import READER, VERSION, RmlEngine, apply_mapping
from urbansdg.loaders.remote.source_origin import Origin, is_url
from urbansdg.sandbox.temporary_folder import TemporaryFolder, remove_abandoned_folders
from urbansdg.settings import Settings

_STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The files to load, and the origins of those that were downloaded or received."""

    files: list[Path] = field(default_factory=list)
    origins: dict[Path, Origin] = field(default_factory=dict)


@contextmanager
def source_files(
    sources: Sequence[str],
    settings: Settings,
    syntax: str | None,
    mappings: Sequence[Path] = (),
) -> Iterator[SourceFiles]:
    """Give the sources as files, until the block ends; raises `SourceUnreadable`.

    `syntax` is a file extension (`ttl`, `nq` ...) for standard input, and for URLs without one;
    `mappings` are RML mappings, which the configured engine runs.
    """
    if syntax is not None and syntax not in FORMATS:
        raise typer.BadParameter(f"unknown --syntax. Use one of: {', '.join(FORMATS)}")
    if list(sources).count(_STANDARD_INPUT) > 1:
        raise typer.BadParameter("standard input can be read only once")
    remove_abandoned_folders()
    with TemporaryFolder() as folder:
        all_sources = SourceFiles()
        for number, source in enumerate(sources):
            place = Path(folder) / str(number)
            place.mkdir()
            _gather(source, place, settings, syntax, all_sources)
        for number, mapping in enumerate(mappings):
            place = Path(folder) / f"mapping-{number}"
            place.mkdir()
            engine = RmlEngine(settings.rml_command, settings.rml_seconds)
            file = apply_mapping(mapping, engine, place)
            all_sources.origins[file] = Origin(mapping.name, reader=READER, reader_version=VERSION)
            all_sources.files.append(file)
        yield all_sources


def _gather(
    source: str, folder: Path, settings: Settings, syntax: str | None, sources: SourceFiles
) -> None:
    if source == _STANDARD_INPUT:
        file = _received(folder, syntax)
        sources.origins[file] = Origin("standard input")
    elif is_url(source):
        from urbansdg.loaders.remote.download import (  # imported here: it is slow
            DownloadLimits,
            fetch,
        )

        limits = DownloadLimits(settings.fetch_bytes, settings.fetch_seconds)
        file = fetch(source, folder, limits, syntax)
        sources.origins[file] = Origin(file.name, source)
    else:
        file = Path(source)
    sources.files.append(file)


def _received(folder: Path, syntax: str | None) -> Path:
    if syntax is None:
        raise typer.BadParameter(
            "the syntax of standard input is unknown. Add --syntax, for example --syntax ttl"
        )
    file = folder / f"standard-input.{syntax}"
    with file.open("wb") as out:
        copyfileobj(sys.stdin.buffer, out)
    return file
