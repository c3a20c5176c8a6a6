"""The commands that read versions: versions, dump."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Annotated, cast

import typer

from urbansdg.cli.common_options import AsForm, DataDir, Number, OutputFormat
from urbansdg.cli.exit_codes import Exit
from urbansdg.cli.output import print_errors, print_json, print_table
from urbansdg.errors import Problem, VersionDamaged
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.settings import read_settings
from urbansdg.store import ReadableGraph, Tags, Version, open_store
from urbansdg.store.canonical_dump import write_nquads, write_trig

DUMPS: dict[str, Callable[[ReadableGraph, IO[bytes]], None]] = {
    ".nq": write_nquads,
    ".trig": partial(write_trig, prefixes=PREFIXES),
}


def versions(*, data_dir: DataDir = None, form: AsForm = OutputFormat.TEXT) -> int:
    """List the versions of the graph, the oldest first, with author, source and validation.

    Every version conforms to the shapes. `valid, 3 warnings` counts the warnings. Damaged records
    are reported after the list.
    """
    store = open_store(read_settings(data_dir=data_dir)).versioned()
    listed, tags = list[Version](), Tags(store.directory).all()
    damage = list[Problem]()
    for number in store.numbers():
        try:
            listed.append(store.version(number))
        except VersionDamaged as error:
            damage += error.problems
    by_number = {version.number: version for version in listed}
    records = [_version_record(version, by_number, tags) for version in listed]
    if form is OutputFormat.JSON:
        print_json(records)
    else:
        _print_versions(listed, records)
    print_errors(damage)
    return Exit.STORE if damage else Exit.DONE


def _print_versions(listed: list[Version], records: list[dict[str, object]]) -> None:
    heads = ("version", "created (UTC)", "by", "triples", "added", "removed")
    rows = [_version_row(version, more) for version, more in zip(listed, records, strict=True)]
    print_table((*heads, "validation", "tags", "source"), rows)


def _version_record(
    version: Version, by_number: dict[int, Version], tags: dict[str, int]
) -> dict[str, object]:
    before = None if version.previous is None else by_number.get(version.previous)
    warnings = f", {version.warnings} warnings" if version.warnings else ""
    return version.to_json() | {
        "sources": version.sources_since(before),
        "tags": [name for name, number in tags.items() if number == version.number],
        "validation": f"valid{warnings}",
    }


def _version_row(version: Version, record: dict[str, object]) -> tuple[str, ...]:
    listed = (", ".join(cast("list[str]", record[name])) for name in ("tags", "sources"))
    return (
        str(version.number),
        f"{version.created:%Y-%m-%d %H:%M:%S}",
        version.agent,
        f"{version.distinct:,}",
        f"+{version.added:,}",
        f"-{version.removed:,}",
        str(record["validation"]),
        *listed,
    )


def dump(
    output: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="A .nq or .trig file. Default: N-Quads on standard output."
        ),
    ] = None,
    *,
    number: Number = None,
    data_dir: DataDir = None,
) -> None:
    """Write every graph of a version, in canonical order.

    The same version gives the same bytes every time, on every machine.
    """
    store = open_store(read_settings(data_dir=data_dir))
    version = store.current() if number is None else store.version(number)
    quads = store.read(version)
    if output is None:
        write_nquads(quads, sys.stdout.buffer)
        return
    if output.suffix not in DUMPS:
        raise typer.BadParameter(f"the name of {output} must end in .nq or .trig")
    draft = output.with_name(f".{output.name}.draft")
    try:
        with draft.open("wb") as file:
            DUMPS[output.suffix](quads, file)
        draft.replace(output)
    except OSError as error:
        raise typer.BadParameter(f"cannot write {output}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
