"""The command `harvest`: load the data of another SPARQL endpoint."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from urbansdg.cli.commands.load_commands import AllProblems, MayShrink, load_and_report
from urbansdg.cli.common_options import Agent, AsForm, Base, DataDir, OutputFormat
from urbansdg.cli.progress_bars import progress_bars
from urbansdg.cli.source_files import SourceFiles
from urbansdg.loaders import LoadOptions
from urbansdg.loaders.remote.source_origin import Origin
from urbansdg.loaders.remote.sparql_harvest import (
    HarvestLimits,
    HarvestRequest,
    forget,
    graph_query,
    harvest_pages,
)
from urbansdg.ontology.iris import slug
from urbansdg.settings import read_settings
from urbansdg.store import open_store


def harvest(
    endpoint: Annotated[str, typer.Argument(metavar="URL", help="The URL of a SPARQL endpoint.")],
    *,
    query: Annotated[
        Path | None,
        typer.Option(
            help="A file with a CONSTRUCT query. With ORDER BY, the result is fetched in pages."
        ),
    ] = None,
    graph: Annotated[
        str | None, typer.Option(help="The IRI of a named graph to fetch as a whole.")
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(help="The name of the graph to fill. Default: the host of the endpoint."),
    ] = None,
    page: Annotated[int, typer.Option(min=1, help="The number of solutions in a page.")] = 10_000,
    may_shrink: MayShrink = False,
    all_problems: AllProblems = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch and validate the data, but publish nothing.")
    ] = False,
    data_dir: DataDir = None,
    base: Base = None,
    agent: Agent = None,
    form: AsForm = OutputFormat.TEXT,
) -> int:
    """Load data from another SPARQL endpoint. An interrupted harvest is resumed."""
    settings = read_settings(data_dir=data_dir, base=base)
    store = open_store(settings)
    request = HarvestRequest(endpoint, _text(query, graph), page)
    policy = HarvestLimits(settings.harvest_seconds, settings.harvest_wait_seconds)
    with progress_bars() as tell:
        pages = harvest_pages(request, settings.data_dir / "harvests", policy, tell)
    sources = SourceFiles([pages], {pages: Origin(endpoint, endpoint)})
    options = LoadOptions(reader="harvest", origins=sources.origins, replace=may_shrink)
    name = into or slug(urlsplit(endpoint).hostname or "harvest")
    ended = load_and_report(
        store,
        sources.files,
        name,
        agent,
        form,
        options=options,
        marked=None,
        dry_run=dry_run,
        lists_all=all_problems,
    )
    if not dry_run:
        forget(pages)
    return ended


def _text(query: Path | None, graph: str | None) -> str:
    if (query is None) == (graph is None):
        raise typer.BadParameter("add either --query or --graph")
    if graph is not None:
        return graph_query(graph)
    try:
        return (query or Path()).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"cannot read {query}: {error}") from None
