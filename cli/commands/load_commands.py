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
    problems_json,
)
from urbansdg.cli.progress_bars import progress_bars, with_steps
from urbansdg.cli.source_files import source_files
from urbansdg.cli.store_access import agent_name, report_forgotten
from urbansdg.errors import InvalidData, Problem, SourceUnreadable, StoreMissing
from urbansdg.loaders import LoadOptions, LoadResult, initialise
from urbansdg.loaders import load as load_sources
from urbansdg.loaders.pipeline.problem_report import as_turtle
from urbansdg.loaders.pipeline.validation_context import bundled_graph
from urbansdg.loaders.spreadsheets.file_formats import DELIMITED, SPREADSHEETS, WORKBOOK
from urbansdg.settings import Settings, read_settings
from urbansdg.shapes import MINIMUM
from urbansdg.store import Backend, open_or_create, open_store

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="A file, a folder that a reader knows, a URL of RDF, or - for RDF on standard input.",
    ),
]
Syntax = Annotated[
    str | None,
    typer.Option(
        help="The syntax of RDF on standard input or at a URL, as a file extension: ttl, nq ..."
    ),
]
BaseUri = Annotated[
    str | None, typer.Option("--base-uri", help="The base IRI for relative IRIs in RDF.")
]
GraphOption = Annotated[
    str | None,
    typer.Option(help="The name of the graph to fill. Default: from the name of the source."),
]
ReaderOption = Annotated[
    str | None,
    typer.Option(help="The reader of the sources. Default: from their file type and content."),
]
CityOption = Annotated[
    str | None,
    typer.Option(
        help="The city that the sources are about, if they do not name it: its name or its key."
    ),
]
Resolve = Annotated[
    Path | None,
    typer.Option(
        help="A CSV file with the choices between cities with the same name.", show_default=False
    ),
]
ReportFileOption = Annotated[
    Path | None,
    typer.Option(
        help="Write a report of the problems to this file, in Turtle.", show_default=False
    ),
]
Rml = Annotated[
    list[Path] | None,
    typer.Option(
        help="An RML mapping to run with the configured RML engine (URBANSDG_RML_COMMAND).",
        show_default=False,
    ),
]
FilesOrNone = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help="A file, a folder that a reader knows, a URL of RDF, or - for RDF on standard input."
        " Not needed with --rml.",
    ),
]
Marked = Annotated[
    Path | None,
    typer.Option(
        help="Write a copy of the workbook to this file (.xlsx), with the problems marked.",
        show_default=False,
    ),
]


AllProblems = Annotated[
    bool,
    typer.Option(
        "--all-problems",
        help="List each place of a repeated problem, instead of a count and the first places.",
    ),
]
MayShrink = Annotated[
    bool,
    typer.Option(
        "--replace",
        help="Load a source even if it leaves less than half of what its graph had from it.",
    ),
]


def initialised(store: Backend, agent: str | None = None, *, example: bool = False) -> LoadResult:
    """Load the bundled data, with a progress bar on a terminal."""
    with progress_bars() as tell:
        observed = with_steps(store, tell)
        return initialise(observed, agent_name(agent), tell, example=example)


def init(
    *,
    example: Annotated[
        bool,
        typer.Option(
            "--example",
            help="Load the invented example city too, into a graph of its own. Without this"
            " option, init removes it.",
        ),
    ] = False,
    data_dir: DataDir = None,
    base: Base = None,
    agent: Agent = None,
    form: AsForm = OutputFormat.TEXT,
) -> None:
    """Create the graph, or update the bundled data in it.

    Persons, consents and unpublished opinions that release 0.3.0 accepted are removed from every
    version.
    """
    store = open_or_create(read_settings(data_dir=data_dir, base=base))
    if report := report_forgotten(store.remove_persons(agent_name(agent))):
        print(report, file=sys.stderr)
    _print(initialised(store, agent, example=example), form)


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
    may_shrink: MayShrink = False,
    all_problems: AllProblems = False,
    quarantine: Annotated[
        Path | None,
        typer.Option(help="Write invalid data to this new folder, and load the rest."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and validate the sources, but publish nothing.")
    ] = False,
    data_dir: DataDir = None,
    base: Base = None,
    agent: Agent = None,
    form: AsForm = OutputFormat.TEXT,
) -> int:
    """Load sources as one new version of the graph: all of them, or nothing."""
    if not files and not rml:
        raise typer.BadParameter("No source given. Name a file, a folder or a URL, or add --rml")
    settings = read_settings(data_dir=data_dir, base=base)
    store = open_store(settings)
    with source_files(files or [], settings, syntax, rml or []) as sources:
        options = LoadOptions(reader, city, resolve, base_uri, sources.origins, replace=may_shrink)
        return load_and_report(
            store,
            sources.files,
            graph,
            agent,
            form,
            options=options,
            marked=marked,
            report=report,
            dry_run=dry_run,
            quarantine=quarantine,
            lists_all=all_problems,
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
    may_shrink: MayShrink = False,
    all_problems: AllProblems = False,
    data_dir: DataDir = None,
    base: Base = None,
    profile: Annotated[
        str, typer.Option(help="The shapes to validate against: minimum, recommended or complete.")
    ] = MINIMUM,
    form: AsForm = OutputFormat.TEXT,
) -> int:
    """Validate sources as `load` does, without loading them.

    The sources are validated together with the graph in the data directory, or with the bundled
    data if there is no graph.
    """
    settings = read_settings(data_dir=data_dir, base=base)
    with source_files(files, settings, syntax) as sources, _context(settings) as store:
        options = LoadOptions(reader, city, resolve, base_uri, sources.origins, replace=may_shrink)
        return load_and_report(
            store,
            sources.files,
            graph,
            None,
            form,
            options=options,
            marked=marked,
            report=report,
            dry_run=True,
            profile=profile,
            lists_all=all_problems,
        )


def load_and_report(
    store: Backend,
    files: list[Path],
    graph: str | None,
    agent: str | None,
    form: OutputFormat,
    *,
    options: LoadOptions,
    marked: Path | None,
    report: Path | None = None,
    dry_run: bool,
    profile: str = MINIMUM,
    quarantine: Path | None = None,
    lists_all: bool = False,
) -> int:
    """Load files, print the result, and return the exit code."""
    _refuse_unmarkable(files, marked)
    _refuse_used(quarantine)
    try:
        with progress_bars() as tell:
            loaded = load_sources(
                files,
                with_steps(store, tell),
                agent_name(agent),
                graph=graph,
                dry_run=dry_run,
                profile=profile,
                tell=tell,
                options=options,
                quarantine=quarantine,
            )
    except (InvalidData, SourceUnreadable) as error:
        if form is OutputFormat.JSON:
            problems = problems_json(error.problems, lists_all=lists_all)
            print_json({"outcome": "invalid", "problems": problems})
        else:
            print_problems(error.problems, lists_all=lists_all)
            print("Nothing was loaded.", file=sys.stderr)
        if isinstance(error, InvalidData):  # otherwise there is no workbook to copy
            _mark(files, error.problems, marked)
        _write_report(error.problems, report)
        return Exit.PROBLEMS_IN_INPUT
    _print(loaded, form, lists_all=lists_all)
    _mark(files, loaded.problems, marked)
    _write_report(loaded.problems, report)
    if not loaded.rejected:
        return Exit.DONE
    print(
        f"Rejected {loaded.rejected:,} rows and triples. They are in {quarantine}.", file=sys.stderr
    )
    return Exit.PROBLEMS_IN_INPUT


def _refuse_used(quarantine: Path | None) -> None:
    if quarantine is not None and quarantine.exists() and any(quarantine.iterdir()):
        raise typer.BadParameter(f"{quarantine} is not empty. Name a new folder")


def _write_report(problems: Sequence[Problem], report: Path | None) -> None:
    if report is None:
        return
    try:
        report.write_bytes(as_turtle(problems))
    except OSError as error:
        print(f"error: Cannot write {report}: {error}", file=sys.stderr)


def _refuse_unmarkable(files: list[Path], marked: Path | None) -> None:
    if marked is None:
        return
    endings = (*SPREADSHEETS, *DELIMITED)
    if len(files) != 1 or not (files[0].is_dir() or files[0].suffix.lower() in endings):
        raise typer.BadParameter("--marked needs one workbook as the only source")
    if marked.suffix.lower() != WORKBOOK:
        raise typer.BadParameter(f"--marked writes {WORKBOOK} files. Name a file with this ending")
    if marked.exists():
        raise typer.BadParameter(f"{marked} exists already. Name a new file")


def _mark(files: list[Path], problems: Sequence[Problem], marked: Path | None) -> None:
    """Write the marked copy of the workbook, if --marked asks for one."""
    if marked is None:
        return
    from urbansdg.loaders.workbook.annotated_copy import annotate  # imported here: it is slow

    try:
        annotate(files[0], problems, marked)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        print(f"error: Cannot write {marked}: {error}", file=sys.stderr)
    else:
        print(f"Wrote the marked copy: {marked}.", file=sys.stderr)


@contextmanager
def _context(settings: Settings) -> Iterator[Backend]:
    try:
        store = open_store(settings)
    except StoreMissing:
        with bundled_graph(settings.base, initialised) as store:
            yield store
    else:
        yield store


def _print(loaded: LoadResult, form: OutputFormat, *, lists_all: bool = False) -> None:
    if form is OutputFormat.JSON:
        print_json(loaded_json(loaded, lists_all=lists_all))
    else:
        print_loaded(loaded, lists_all=lists_all)
