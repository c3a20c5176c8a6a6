"""The commands on versions: diff, rollback, forget, tag, prune, backup, restore, verify."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from urbansdg.cli.common_options import Agent, AsForm, DataDir, OutputFormat
from urbansdg.cli.exit_codes import Exit
from urbansdg.cli.output import print_json, print_table
from urbansdg.cli.store_access import agent_name, report_forgotten
from urbansdg.settings import RetentionPolicy, read_settings
from urbansdg.store import (
    Published,
    Tags,
    damaged_versions,
    difference,
    n_quads,
    open_store,
    prune_damaged,
    rdf_patch,
    superfluous,
)
from urbansdg.store import backup as back_up
from urbansdg.store import prune as prune_versions
from urbansdg.store import restore as restore_from


class Patch(StrEnum):
    """The format of a difference."""

    PATCH = "patch"
    ADDED = "added"
    REMOVED = "removed"


VersionArgument = Annotated[int, typer.Argument(metavar="VERSION", help="The number of a version.")]
BackupFileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The backup file.")]


def diff(
    one: VersionArgument,
    other: VersionArgument,
    *,
    form: Annotated[
        Patch,
        typer.Option("--format", help="An RDF Patch, or the added or removed quads as N-Quads."),
    ] = Patch.PATCH,
    data_dir: DataDir = None,
) -> None:
    """Print the difference between two versions."""
    store = open_store(read_settings(data_dir=data_dir)).versioned()
    changes = difference(store, store.version(one), store.version(other))
    match form:
        case Patch.PATCH:
            _lines(rdf_patch(changes))
        case Patch.ADDED:
            _lines(n_quads(changes, "+"))
        case Patch.REMOVED:
            _lines(n_quads(changes, "-"))


def rollback(number: VersionArgument, *, agent: Agent = None, data_dir: DataDir = None) -> None:
    """Publish a new version with the content of an older one."""
    store = open_store(read_settings(data_dir=data_dir)).versioned()
    ended = store.rollback(number, agent_name(agent))
    if isinstance(ended, Published):
        counts = f"{ended.added:,} triples added, {ended.removed:,} removed"
        print(f"Version {ended.version.number} has the content of version {number}: {counts}.")
    else:
        print(f"Nothing to change: version {ended.version.number} has the same content.")


def forget(
    things: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IRI", help="The IRI of a person, or of any other thing, to remove everywhere."
        ),
    ] = None,
    *,
    agent: Agent = None,
    data_dir: DataDir = None,
    form: AsForm = OutputFormat.TEXT,
) -> None:
    """Remove things and all recognised persons from every version, and their bytes from every file.

    Reports how much was removed from which place. Files of backups made before are not changed.
    """
    store = open_store(read_settings(data_dir=data_dir))
    forgotten = store.forget(agent_name(agent), frozenset(things or []))
    if form is OutputFormat.JSON:
        print_json(
            {
                "version": forgotten.version.number,
                "removed": dict(forgotten.removed),
                "in_use": list(forgotten.in_use),
                "mentions": [asdict(mention) for mention in forgotten.mentions],
            }
        )
    else:
        number = forgotten.version.number
        nothing = f"Nothing to remove: no version up to version {number} has such data."
        print(report_forgotten(forgotten) or nothing)


def tag(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The name. Without a name, all tags are listed."),
    ] = None,
    number: Annotated[
        int | None,
        typer.Argument(
            metavar="VERSION", help="The number of the version. Default: the current one."
        ),
    ] = None,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the tag.")] = False,
    data_dir: DataDir = None,
    form: AsForm = OutputFormat.TEXT,
) -> None:
    """Tag a version, so that `prune` keeps it; or list the tags."""
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
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="The number of new versions to keep.", show_default=False),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help="The days for which all versions stay, then one a day, a week, a month, such as"
            " 'all=30 daily=365 monthly=forever'. Default: URBANSDG_RETENTION.",
            show_default=False,
        ),
    ] = None,
    damaged: Annotated[
        bool,
        typer.Option("--damaged", help="Remove the damaged versions, found by reading all files."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be removed, and remove nothing.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Remove old or damaged versions.

    Without --damaged, versions with a tag and those that a reader has open stay. The current
    version always stays.
    """
    if [keep is not None, policy is not None, damaged].count(True) > 1:
        raise typer.BadParameter("give one of --keep, --policy and --damaged")
    settings = read_settings(data_dir=data_dir, retention=policy)
    retained = RetentionPolicy.parse(settings.retention) if keep is None else keep
    if retained is None and not damaged:
        raise typer.BadParameter(
            "give --keep, --policy or --damaged, or set URBANSDG_RETENTION to a policy"
        )
    store = open_store(settings).versioned()
    if damaged or retained is None:
        gone = damaged_versions(store) if dry_run else prune_damaged(store)
    else:
        gone = superfluous(store, retained) if dry_run else prune_versions(store, retained)
    verb = "Would remove" if dry_run else "Removed"
    print(f"{verb} {', '.join(map(str, gone))}." if gone else "Nothing to remove.")


def backup(
    file: BackupFileArgument,
    *,
    number: Annotated[
        int | None,
        typer.Option("--version", help="The number of the version. Default: the current one."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a version to one file."""
    store = open_store(read_settings(data_dir=data_dir)).versioned()
    version = store.current() if number is None else store.version(number)
    back_up(store, version, file)
    print(f"Wrote version {version.number} to {file}.")


def restore(file: BackupFileArgument, *, data_dir: DataDir = None) -> None:
    """Create a graph from a backup, in a new or empty data directory."""
    agent = agent_name(None)
    store = restore_from(
        file,
        read_settings(data_dir=data_dir).data_dir,
        lambda store: store.remove_persons(agent),  # an older release accepted them
    )
    print(f"Restored version {store.current_number()} to {store.directory}.")


def verify(*, data_dir: DataDir = None) -> int:
    """Read every file of every version, and report damaged files.

    For a graph in a SPARQL engine, read every statement, and report graphs that others changed.
    """
    store = open_store(read_settings(data_dir=data_dir))
    verification = store.verify()
    for problem in verification.problems:
        print(f"error: {problem}", file=sys.stderr)
    if verification.problems:
        return Exit.STORE
    print(verification.summary)
    return Exit.DONE


def _list(tags: Tags, form: OutputFormat) -> None:
    if form is OutputFormat.JSON:
        print_json(tags.all())
    else:
        print_table(("tag", "version"), [(name, str(at)) for name, at in tags.all().items()])


def _lines(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
