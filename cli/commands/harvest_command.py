"""The command `harvest`: what another SPARQL endpoint says, loaded as a source."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from urbansdg.cli.commands.load_commands import load_found
from urbansdg.cli.common_options import Agent, AsForm, Base, DataDir, OutputFormat
from urbansdg.cli.progress_bars import shown_progress
from urbansdg.cli.source_files import SourceFiles
from urbansdg.loaders import Guidance
from urbansdg.loaders.remote.source_origin import Origin
from urbansdg.loaders.remote.sparql_harvest import Patience, Request, forget, harvested, whole_graph
from urbansdg.ontology.iris import slug
from urbansdg.settings import read_settings
from urbansdg.store import open_store


def harvest(
    endpoint: Annotated[str, typer.Argument(help="URL of a SPARQL endpoint.")],
    *,
    query: Annotated[
        Path | None, typer.Option(help="File of a CONSTRUCT query; in pages if it has ORDER BY.")
    ] = None,
    graph: Annotated[str | None, typer.Option(help="IRI of a named graph to take whole.")] = None,
    into: Annotated[
        str | None, typer.Option(help="Name of the graph to fill. Default: the endpoint's host.")
    ] = None,
    page: Annotated[int, typer.Option(min=1, help="Solutions in a page.")] = 10_000,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but publish the change.")
    ] = False,
    data_dir: DataDir = None,
    base: Base = None,
    agent: Agent = None,
    form: AsForm = OutputFormat.TEXT,
) -> int:
    """Load what another SPARQL endpoint says; what broke off goes on where it was."""
    settings = read_settings(data_dir=data_dir, base=base)
    store = open_store(settings)
    asked = Request(endpoint, _text(query, graph), page)
    patience = Patience(settings.harvest_seconds, settings.harvest_wait_seconds)
    with shown_progress() as tell:
        pages = harvested(asked, settings.data_dir / "harvests", patience, tell)
    found = SourceFiles([pages], {pages: Origin(endpoint, endpoint)})
    guidance = Guidance(reader="harvest", origins=found.origins)
    name = into or slug(urlsplit(endpoint).hostname or "harvest")
    ended = load_found(
        store, found.files, name, agent, form, guidance=guidance, marked=None, dry_run=dry_run
    )
    if not dry_run:
        forget(pages)
    return ended


def _text(query: Path | None, graph: str | None) -> str:
    if (query is None) == (graph is None):
        raise typer.BadParameter("give either --query or --graph")
    if graph is not None:
        return whole_graph(graph)
    try:
        return (query or Path()).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{query} cannot be read: {error}") from None
