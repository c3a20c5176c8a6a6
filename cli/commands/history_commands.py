"""The commands on versions: diff, rollback, forget, tag, prune, backup, restore, verify."""

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from urbansdg.cli.common_options import Agent, AsForm, DataDir, OutputFormat
from urbansdg.cli.exit_codes import Exit
from urbansdg.cli.output import print_json, print_table
from urbansdg.cli.store_access import remove_expired_data, user_name
from urbansdg.settings import read_settings
from urbansdg.store import (
    Published,
    Tags,
    difference,
    n_quads,
    open_store,
    rdf_patch,
)
from urbansdg.store import backup as back_up
from urbansdg.store import prune as prune_versions
from urbansdg.store import restore as restore_from


class Patch(StrEnum):
    """How a difference is written."""

    PATCH = "patch"
    ADDED = "added"
    REMOVED = "removed"


VersionArgument = Annotated[int, typer.Argument(metavar="VERSION", help="The number of a version.")]
BackupFileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.")]


def diff(
    one: VersionArgument,
    other: VersionArgument,
    *,
    form: Annotated[
        Patch, typer.Option("--format", help="An RDF Patch, or N-Quads of one side.")
    ] = Patch.PATCH,
    data_dir: DataDir = None,
) -> None:
    """Print what leads from one version to another."""
    store = open_store(read_settings(data_dir=data_dir)).versioned()
    remove_expired_data(store)
    changes = difference(store, store.version(one), store.version(other))
    match form:
        case Patch.PATCH:
            _lines(rdf_patch(changes))
        case Patch.ADDED:
            _lines(n_quads(changes, "+"))
        case Patch.REMOVED:
            _lines(n_quads(changes, "-"))


def rollback(number: VersionArgument, *, agent: Agent = None, data_dir: DataDir = None) -> None:
    """Make a new version that says what an older one said."""
    store = open_store(read_settings(data_dir=data_dir)).versioned()
    ended = store.rollback(number, agent or user_name())
    if isinstance(ended, Published):
        counts = f"{ended.added:,} triples added, {ended.removed:,} removed"
        print(f"Version {ended.version.number} says what version {number} said: {counts}.")
    else:
        print(f"Nothing to change: version {ended.version.number} says that already.")


def forget(
    persons: Annotated[
        list[str] | None,
        typer.Argument(metavar="[IRI]...", help="Persons who have withdrawn their consent."),
    ] = None,
    *,
    agent: Agent = None,
    data_dir: DataDir = None,
) -> None:
    """Take the data of persons out of every version: of those named, and of all without consent.

    Whoever the sources still name with a consent comes back by the next load of them.
    """
    store = open_store(read_settings(data_dir=data_dir))
    ended = store.forget(agent or user_name(), frozenset(persons or []))
    if isinstance(ended, Published):
        number, removed = ended.version.number, f"{ended.removed:,} triples"
        print(f"Version {number} lacks their data ({removed}); so do those before it by now.")
    else:
        print(f"Nothing to forget: version {ended.version.number} tells of nobody without consent.")


def tag(
    name: Annotated[str | None, typer.Argument(help="The name. Without one, list all.")] = None,
    number: Annotated[
        int | None, typer.Argument(metavar="[VERSION]", help="Default: the current one.")
    ] = None,
    *,
    remove: Annotated[bool, typer.Option(help="Take the name away.")] = False,
    data_dir: DataDir = None,
    form: AsForm = OutputFormat.TEXT,
) -> None:
    """Name a version, so that it is kept; or list the names."""
    store = open_store(read_settings(data_dir=data_dir)).versioned()
    tags = Tags(store.directory)
    if name is None:
        _list(tags, form)
    elif remove:
        tags.remove(name)
    else:
        version = store.current() if number is None else store.version(number)
        tags.put(name, version.number)


def prune(
    *,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest versions stay.")],
    data_dir: DataDir = None,
) -> None:
    """Remove old versions, but none that has a tag or that a reader has open."""
    gone = prune_versions(open_store(read_settings(data_dir=data_dir)).versioned(), keep)
    print(f"Removed {', '.join(map(str, gone))}." if gone else "Nothing to remove.")


def backup(
    file: BackupFileArgument,
    *,
    number: Annotated[int | None, typer.Option("--version", help="Default: the current.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a version into one file."""
    store = open_store(read_settings(data_dir=data_dir)).versioned()
    remove_expired_data(store)
    version = store.current() if number is None else store.version(number)
    back_up(store, version, file)
    print(f"Version {version.number} is in {file}.")


def restore(file: BackupFileArgument, *, data_dir: DataDir = None) -> None:
    """Make a graph of a backup, in a data directory that is new or empty."""
    store = restore_from(file, read_settings(data_dir=data_dir).data_dir)
    store.forget(user_name())  # a consent may have ended since the backup
    print(f"Version {store.current_number()} is in {store.directory}.")


def verify(*, data_dir: DataDir = None) -> int:
    """Read every file of every version, and name those that are damaged.

    Of a graph in a SPARQL engine, read every statement, and name the graphs that others changed.
    """
    store = open_store(read_settings(data_dir=data_dir))
    found = store.verify()
    for problem in found.problems:
        print(f"error: {problem}", file=sys.stderr)
    if found.problems:
        return Exit.STORE
    print(found.summary)
    return Exit.DONE


def _list(tags: Tags, form: OutputFormat) -> None:
    if form is OutputFormat.JSON:
        print_json(tags.all())
    else:
        print_table(("tag", "version"), [(name, str(at)) for name, at in tags.all().items()])


def _lines(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
