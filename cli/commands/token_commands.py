"""The commands `token create`, `token list` and `token revoke`."""

from dataclasses import asdict
from datetime import datetime
from math import isfinite
from typing import Annotated

import typer
from pydantic import ByteSize, TypeAdapter, ValidationError

from urbansdg.cli.common_options import AsForm, DataDir, OutputFormat
from urbansdg.cli.output import print_json, print_table
from urbansdg.cli.store_access import agent_name
from urbansdg.settings import read_settings
from urbansdg.store import Allowance, Token, Tokens, open_store

token = typer.Typer(
    help="Manage tokens, which allow a client to write over HTTP or to exceed the limits.",
    no_args_is_help=True,
)
_HASH = "sha256"
_SIZES = ("query_bytes", "query_memory")
_BYTES = TypeAdapter(ByteSize)
Label = Annotated[
    str,
    typer.Argument(
        metavar="LABEL",
        help="The name of the token, which is recorded as the author of its changes.",
    ),
]


@token.command()
def create(
    label: Label,
    *,
    graph: Annotated[
        list[str] | None,
        typer.Option(
            help="The IRI of a graph that the token may write, or `default`. Default: every graph."
        ),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="The token may not write to any graph.")
    ] = False,
    query_seconds: Annotated[
        float | None, typer.Option(min=0.001, help="The time limit of its queries, in seconds.")
    ] = None,
    query_rows: Annotated[
        int | None, typer.Option(min=1, help="The largest number of rows in a result.")
    ] = None,
    query_bytes: Annotated[
        str | None, typer.Option(help="The size limit of a result, such as `4GiB`.")
    ] = None,
    query_memory: Annotated[
        str | None, typer.Option(help="The memory limit of its queries, such as `4GiB`.")
    ] = None,
    client_queries: Annotated[
        int | None,
        typer.Option(min=1, help="The number of queries that it may run at the same time."),
    ] = None,
    client_seconds: Annotated[
        float | None,
        typer.Option(min=0.001, help="The worker time that it may use in a minute, in seconds."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day on which the token is valid."),
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(
            help="The name recorded as the creator of the token. Default: the setting agent."
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Create a token, and print its secret. The secret is shown only once."""
    if read_only and graph:
        raise typer.BadParameter("a read-only token has no --graph", param_hint="--read-only")
    store = open_store(read_settings(data_dir=data_dir))
    last = None if until is None else until.date()
    if not all(map(isfinite, (query_seconds or 1, client_seconds or 1))):
        raise typer.BadParameter("a time limit must be a finite number of seconds")
    graphs = () if read_only else tuple(graph or ("*",))
    allowance = Allowance(
        query_seconds,
        query_rows,
        _bytes("--query-bytes", query_bytes),
        _bytes("--query-memory", query_memory),
        client_queries,
        client_seconds,
    )
    tokens = Tokens(store.directory)
    print(tokens.create(label, graphs, last, agent_name(agent), allowance))


def _bytes(option: str, text: str | None) -> int | None:
    """Return a number of bytes; raises typer's error for what is none."""
    if text is None:
        return None
    try:
        return int(_BYTES.validate_python(text))
    except ValidationError:
        raise typer.BadParameter(
            f"invalid number of bytes: {text!r}. Write, for example, 500MB or 4GiB",
            param_hint=option,
        ) from None


@token.command("list")
def listed(*, data_dir: DataDir = None, form: AsForm = OutputFormat.TEXT) -> None:
    """List the tokens, without their secrets."""
    store = open_store(read_settings(data_dir=data_dir))
    tokens = Tokens(store.directory).all()
    if form is OutputFormat.JSON:
        records = [
            {name: value for name, value in asdict(token).items() if name != _HASH}
            for token in tokens
        ]
        print_json(records)
        return
    rows = [
        (e.label, ", ".join(e.graphs), _limits(e), e.creator, e.created, e.until or "")
        for e in tokens
    ]
    print_table(("label", "graphs", "limits", "created by", "created", "valid until"), rows)


def _limits(token: Token) -> str:
    """Return the limits that a token has of its own, in words."""
    limits = {
        name: ByteSize(value).human_readable() if name in _SIZES else f"{value:g}"
        for name, value in token.allowance.raised.items()
    }
    return ", ".join(f"{name.replace('_', '-')} {value}" for name, value in limits.items())


@token.command()
def revoke(label: Label, *, data_dir: DataDir = None) -> None:
    """Revoke a token, with immediate effect."""
    store = open_store(read_settings(data_dir=data_dir))
    Tokens(store.directory).revoke(label)
