"""The commands `token create`, `token list` and `token revoke`: who may write, or ask for more."""

from dataclasses import asdict
from datetime import datetime
from math import isfinite
from typing import Annotated

import typer
from pydantic import ByteSize, TypeAdapter, ValidationError

from urbansdg.cli.common_options import AsForm, DataDir, OutputFormat
from urbansdg.cli.output import print_json, print_table
from urbansdg.cli.store_access import user_name
from urbansdg.settings import read_settings
from urbansdg.store import Allowance, Token, Tokens, open_store

token = typer.Typer(
    help="Say who may write over HTTP, and who may ask for more.", no_args_is_help=True
)
_HASH = "sha256"
_SIZES = ("query_bytes", "query_memory")
_BYTES = TypeAdapter(ByteSize)
Label = Annotated[str, typer.Argument(help="What the token is called; it names its changes.")]


@token.command()
def create(
    label: Label,
    *,
    graph: Annotated[
        list[str] | None,
        typer.Option(help="IRI of a graph that it may write, or `default`. Default: every graph."),
    ] = None,
    read_only: Annotated[bool, typer.Option(help="It may write to no graph.")] = False,
    query_seconds: Annotated[
        float | None, typer.Option(min=0.001, help="Time limit of its queries, in seconds.")
    ] = None,
    query_rows: Annotated[
        int | None, typer.Option(min=1, help="Most rows in an answer to it.")
    ] = None,
    query_bytes: Annotated[
        str | None, typer.Option(help="Size limit of an answer to it, such as `4GiB`.")
    ] = None,
    query_memory: Annotated[
        str | None, typer.Option(help="Memory that its queries may take, such as `4GiB`.")
    ] = None,
    client_queries: Annotated[int | None, typer.Option(min=1, help="Its queries at once.")] = None,
    client_seconds: Annotated[
        float | None, typer.Option(min=0.001, help="Its time of workers in a minute, in seconds.")
    ] = None,
    may_forget: Annotated[
        bool,
        typer.Option(
            help="A consent that it ends takes the person's data out of every graph and version."
        ),
    ] = False,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Its last day.")
    ] = None,
    agent: Annotated[
        str | None, typer.Option(help="Who makes it. Default: the user's name.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a token, and print its secret: it is not kept, and not shown again."""
    if read_only and graph:
        raise typer.BadParameter("a token that only reads has no graph", param_hint="--read-only")
    if read_only and may_forget:
        raise typer.BadParameter("a read-only token changes nothing", param_hint="--may-forget")
    store = open_store(read_settings(data_dir=data_dir))
    last = None if until is None else until.date()
    if not all(map(isfinite, (query_seconds or 1, client_seconds or 1))):
        raise typer.BadParameter("a time limit is a finite number of seconds")
    graphs = () if read_only else tuple(graph or ("*",))
    allowance = Allowance(
        query_seconds,
        query_rows,
        _bytes("--query-bytes", query_bytes),
        _bytes("--query-memory", query_memory),
        client_queries,
        client_seconds,
    )
    maker = agent or user_name()
    tokens = Tokens(store.directory)
    print(tokens.create(label, graphs, last, maker, allowance, may_forget=may_forget))


def _bytes(option: str, given: str | None) -> int | None:
    """Return a number of bytes; raises typer's error for what is none."""
    if given is None:
        return None
    try:
        return int(_BYTES.validate_python(given))
    except ValidationError:
        raise typer.BadParameter(f"{given!r} is no number of bytes", param_hint=option) from None


@token.command("list")
def listed(*, data_dir: DataDir = None, form: AsForm = OutputFormat.TEXT) -> None:
    """List the tokens, without their secrets."""
    store = open_store(read_settings(data_dir=data_dir))
    found = Tokens(store.directory).all()
    if form is OutputFormat.JSON:
        told = [
            {name: value for name, value in asdict(each).items() if name != _HASH} for each in found
        ]
        print_json(told)
        return
    rows = [(e.label, _rights(e), _limits(e), e.creator, e.created, e.until or "") for e in found]
    print_table(("label", "graphs", "limits", "made by", "created", "until"), rows)


def _rights(token: Token) -> str:
    """Return the graphs that a token may write, and whether it may forget persons everywhere."""
    return ", ".join((*token.graphs, *(("may forget",) if token.may_forget else ())))


def _limits(token: Token) -> str:
    """Return the limits that a token has of its own, in words."""
    told = {
        name: ByteSize(value).human_readable() if name in _SIZES else f"{value:g}"
        for name, value in token.allowance.given.items()
    }
    return ", ".join(f"{name.replace('_', '-')} {value}" for name, value in told.items())


@token.command()
def revoke(label: Label, *, data_dir: DataDir = None) -> None:
    """Take a token away, at once."""
    store = open_store(read_settings(data_dir=data_dir))
    Tokens(store.directory).revoke(label)
