"""Options that several commands share, and the settings they give."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class OutputFormat(StrEnum):
    """How a command prints what it did."""

    TEXT = "text"
    JSON = "json"


DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Directory that holds the graph.", show_default=False),
]
Base = Annotated[
    str | None,
    typer.Option("--base", help="Base URI of the data.", show_default=False),
]
AsForm = Annotated[OutputFormat, typer.Option("--format", help="How to print what was done.")]
Agent = Annotated[
    str | None,
    typer.Option(help="Who makes the change, for its provenance. Default: the user's name."),
]
Number = Annotated[
    int | None, typer.Option("--version", help="Number of the version. Default: the current one.")
]
