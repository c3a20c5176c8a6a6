"""The commands that fill the graph: init, load, validate."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from zipfile import BadZipFile

import typer

from urbansdg.cli.common_options import Agent, AsForm, Base, DataDir, OutputFormat
from urbansdg.cli.exit_codes import Exit
from urbansdg.cli.output import (
    loaded_json,
    print_json,
    print_loaded,
    print_problems,
)
from urbansdg.cli.progress_bars import shown_progress
from urbansdg.cli.source_files import gathered
from urbansdg.cli.store_access import user_name
from urbansdg.errors import InvalidData, Problem, SourceUnreadable, StoreMissing
from urbansdg.loaders import Guidance, Loaded, initialise
from urbansdg.loaders import load as load_sources
from urbansdg.loaders.pipeline.problem_report import as_turtle
from urbansdg.loaders.pipeline.validation_context import bundled_graph
from urbansdg.loaders.workbook.open_workbook import WORKBOOK
from urbansdg.settings import Settings, read_settings
from urbansdg.shapes import MINIMUM
from urbansdg.store import Backend, open_or_create, open_store

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="Files, folders of a known kind, URLs of RDF, or - for RDF on standard input.",
    ),
]
Syntax = Annotated[
    str | None,
    typer.Option(help="Syntax of RDF on standard input or at a URL, as its ending: ttl, nq ..."),
]
BaseUri = Annotated[
    str | None, typer.Option("--base-uri", help="What relative IRIs of RDF are resolved against.")
]
GraphOption = Annotated[
    str | None,
    typer.Option(help="Name of the graph to fill. Default: follows from the source's name."),
]
ReaderOption = Annotated[
    str | None, typer.Option(help="Reader of the sources. Default: follows from what they are.")
]
CityOption = Annotated[
    str | None,
    typer.Option(help="Key of the city that the sources are about, where they do not say it."),
]
Resolve = Annotated[
    Path | None,
    typer.Option(help="Table of the choices between cities of one name.", show_default=False),
]
ReportFileOption = Annotated[
    Path | None,
    typer.Option(help="File for a report of the problems in Turtle.", show_default=False),
]
Rml = Annotated[
    list[Path] | None,
    typer.Option(
        help="Mapping in RML, by which the engine of the settings makes triples.",
        show_default=False,
    ),
]
FilesOrNone = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SOURCE]...", help="As for validate; not needed with --rml."),
]
Marked = Annotated[
    Path | None,
    typer.Option(
        help="Where to write a copy of the workbook (.xlsx) with the cells marked that have"
        " problems.",
        show_default=False,
    ),
]


def initialised(store: Backend, agent: str | None = None) -> Loaded:
    """Load the bundled data, with a bar for a person who looks on."""
    with shown_progress() as tell:
        return initialise(store, agent or user_name(), tell)


def init(
    *,
    data_dir: DataDir = None,
    base: Base = None,
    agent: Agent = None,
    form: AsForm = OutputFormat.TEXT,
) -> None:
    """Create the graph, or bring the bundled data in it up to date."""
    store = open_or_create(read_settings(data_dir=data_dir, base=base))
    _print(initialised(store, agent), form)


def load(
    files: FilesOrNone = None,
    *,
    graph: GraphOption = None,
    reader: ReaderOption = None,
    city: CityOption = None,
    resolve: Resolve = None,
    marked: Marked = None,
    report: ReportFileOption = None,
    syntax: Syntax = None,
    base_uri: BaseUri = None,
    rml: Rml = None,
    quarantine: Annotated[
        Path | None,
        typer.Option(help="New folder for what is not valid; the rest is loaded."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but publish the change.")
    ] = False,
    data_dir: DataDir = None,
    base: Base = None,
    agent: Agent = None,
    form: AsForm = OutputFormat.TEXT,
) -> int:
    """Load sources as one version of the graph: all of them, or none."""
    if not files and not rml:
        raise typer.BadParameter("Missing parameter: a source to load, or --rml")
    settings = read_settings(data_dir=data_dir, base=base)
    store = open_store(settings)
    with gathered(files or [], settings, syntax, rml or []) as found:
        guidance = Guidance(reader, city, resolve, base_uri, found.origins)
        return load_found(
            store,
            found.files,
            graph,
            agent,
            form,
            guidance=guidance,
            marked=marked,
            report=report,
            dry_run=dry_run,
            quarantine=quarantine,
        )


def validate(
    files: Files,
    *,
    graph: GraphOption = None,
    reader: ReaderOption = None,
    city: CityOption = None,
    resolve: Resolve = None,
    marked: Marked = None,
    report: ReportFileOption = None,
    syntax: Syntax = None,
    base_uri: BaseUri = None,
    data_dir: DataDir = None,
    base: Base = None,
    profile: Annotated[
        str, typer.Option(help="Shapes to judge by: minimum, recommended or complete.")
    ] = MINIMUM,
    form: AsForm = OutputFormat.TEXT,
) -> int:
    """Validate sources as a load would, and change nothing.

    They are judged beside the graph in the data directory, or beside the bundled data where there
    is none.
    """
    settings = read_settings(data_dir=data_dir, base=base)
    with gathered(files, settings, syntax) as found, _context(settings) as store:
        guidance = Guidance(reader, city, resolve, base_uri, found.origins)
        return load_found(
            store,
            found.files,
            graph,
            None,
            form,
            guidance=guidance,
            marked=marked,
            report=report,
            dry_run=True,
            profile=profile,
        )


def load_found(
    store: Backend,
    files: list[Path],
    graph: str | None,
    agent: str | None,
    form: OutputFormat,
    *,
    guidance: Guidance,
    marked: Path | None,
    report: Path | None = None,
    dry_run: bool,
    profile: str = MINIMUM,
    quarantine: Path | None = None,
) -> int:
    """Load files, print what came of it, and return the exit code."""
    _refuse_unmarkable(files, marked)
    _refuse_used(quarantine)
    try:
        with shown_progress() as tell:
            loaded = load_sources(
                files,
                store,
                agent or user_name(),
                graph=graph,
                dry_run=dry_run,
                profile=profile,
                tell=tell,
                guidance=guidance,
                quarantine=quarantine,
            )
    except (InvalidData, SourceUnreadable) as error:
        if form is OutputFormat.JSON:
            told = [problem.to_json() for problem in error.problems]
            print_json({"outcome": "invalid", "problems": told})
        else:
            print_problems(error.problems)
            print("Nothing was loaded.", file=sys.stderr)
        _mark(files, error.problems, marked)
        _write_report(error.problems, report)
        return Exit.PROBLEMS_IN_INPUT
    _print(loaded, form)
    _mark(files, loaded.problems, marked)
    _write_report(loaded.problems, report)
    if not loaded.rejected:
        return Exit.DONE
    print(f"Rejected {loaded.rejected:,} rows and triples: see {quarantine}.", file=sys.stderr)
    return Exit.PROBLEMS_IN_INPUT


def _refuse_used(quarantine: Path | None) -> None:
    if quarantine is not None and quarantine.exists() and any(quarantine.iterdir()):
        raise typer.BadParameter(f"{quarantine} is not empty: name a new folder")


def _write_report(problems: Sequence[Problem], report: Path | None) -> None:
    if report is None:
        return
    try:
        report.write_bytes(as_turtle(problems))
    except OSError as error:
        print(f"error: {report} cannot be written: {error}", file=sys.stderr)


def _refuse_unmarkable(files: list[Path], marked: Path | None) -> None:
    if marked is None:
        return
    if len(files) != 1 or files[0].suffix.lower() != WORKBOOK:
        raise typer.BadParameter("--marked copies one workbook (.xlsx), and it alone is loaded")
    if marked.exists():
        raise typer.BadParameter(f"{marked} is there already; it was not touched")


def _mark(files: list[Path], problems: Sequence[Problem], marked: Path | None) -> None:
    """Write the marked copy, where one is wanted and the workbook can be read at all."""
    if marked is None:
        return
    from urbansdg.loaders.workbook.annotated_copy import mark  # only here: it takes long

    try:
        mark(files[0], problems, marked)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        print(f"error: {marked} cannot be written: {error}", file=sys.stderr)
    else:
        print(f"Marked in {marked}.", file=sys.stderr)


@contextmanager
def _context(settings: Settings) -> Iterator[Backend]:
    try:
        store = open_store(settings)
    except StoreMissing:
        with bundled_graph(settings.base, initialised) as store:
            yield store
    else:
        yield store


def _print(loaded: Loaded, form: OutputFormat) -> None:
    if form is OutputFormat.JSON:
        print_json(loaded_json(loaded))
    else:
        print_loaded(loaded)
