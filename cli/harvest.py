"""The command harvest: what another SPARQL endpoint tells, as a graph of ours."""

from pathlib import Path
from typing import Annotated

import typer

from urbansdg.cli.exits import Exit
from urbansdg.cli.graph import opened, user
from urbansdg.cli.options import Agent, AsForm, DataDir, Form
from urbansdg.cli.output import loaded_json, print_json, print_loaded
from urbansdg.cli.progress import shown_progress
from urbansdg.loaders import Guidance, load
from urbansdg.loaders.harvest import PAGE, Harvest, forget, harvested, of_graph
from urbansdg.settings import read_settings


def harvest(
    endpoint: Annotated[str, typer.Argument(metavar="ENDPOINT", help="Address of the endpoint.")],
    *,
    into: Annotated[str, typer.Option(help="Name of the graph to fill.")],
    query: Annotated[
        Path | None, typer.Option(help="File of a CONSTRUCT query; with ORDER BY it goes in pages.")
    ] = None,
    graph: Annotated[str | None, typer.Option(help="IRI of a graph to take as a whole.")] = None,
    page: Annotated[int, typer.Option(min=1, help="Solutions in a page.")] = PAGE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but publish the change.")
    ] = False,
    data_dir: DataDir = None,
    agent: Agent = None,
    form: AsForm = Form.TEXT,
) -> int:
    """Pull triples from another endpoint and load them; a break is gone on from."""
    if (query is None) == (graph is None):
        raise typer.BadParameter("name either a --query or a --graph")
    settings = read_settings(data_dir=data_dir)
    store = opened(settings)
    text = of_graph(graph) if graph is not None else _text(query)
    wanted = Harvest(endpoint, text, settings.data_dir / "harvest", page)
    with shown_progress() as tell:
        folder = harvested(wanted, tell)
        told = Guidance(reader="harvest")
        loaded = load(
            [folder], store, agent or user(), graph=into, trial=dry_run, guidance=told, tell=tell
        )
    if not dry_run:
        forget(wanted)
    if form is Form.JSON:
        print_json(loaded_json(loaded))
    else:
        print_loaded(loaded)
    return Exit.DONE


def _text(query: Path | None) -> str:
    try:
        return query.read_text("utf-8-sig") if query else ""
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{query} cannot be read: {error}") from error
