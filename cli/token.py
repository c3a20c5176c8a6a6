"""The commands `token create`, `token list` and `token revoke`: who may write over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from urbansdg.cli.graph import user
from urbansdg.cli.options import AsForm, DataDir, Form
from urbansdg.cli.output import print_json, print_table
from urbansdg.settings import read_settings
from urbansdg.store import Tokens, opened

token = typer.Typer(help="Say who may write over HTTP, and to which graphs.", no_args_is_help=True)
_HASH = "sha256"
Label = Annotated[str, typer.Argument(help="What the token is called; it names its changes.")]


@token.command()
def create(
    label: Label,
    *,
    graph: Annotated[
        list[str] | None,
        typer.Option(help="IRI of a graph that it may write, or `default`. Default: every graph."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Its last day.")
    ] = None,
    agent: Annotated[
        str | None, typer.Option(help="Who makes it. Default: the user's name.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a token, and print its secret: it is not kept, and not shown again."""
    store = opened(read_settings(data_dir=data_dir))
    last = None if until is None else until.date()
    print(Tokens(store.directory).create(label, tuple(graph or ("*",)), last, agent or user()))


@token.command("list")
def listed(*, data_dir: DataDir = None, form: AsForm = Form.TEXT) -> None:
    """List the tokens, without their secrets."""
    store = opened(read_settings(data_dir=data_dir))
    found = Tokens(store.directory).all()
    if form is Form.JSON:
        told = [
            {name: value for name, value in asdict(each).items() if name != _HASH} for each in found
        ]
        print_json(told)
        return
    rows = [(e.label, ", ".join(e.graphs), e.creator, e.created, e.until or "") for e in found]
    print_table(("label", "graphs", "made by", "created", "until"), rows)


@token.command()
def revoke(label: Label, *, data_dir: DataDir = None) -> None:
    """Take a token away, at once."""
    store = opened(read_settings(data_dir=data_dir))
    Tokens(store.directory).revoke(label)
