"""Options that several commands share, and the settings they give."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class OutputFormat(StrEnum):
    """How a command prints its result."""

    TEXT = "text"
    JSON = "json"


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="The data directory, which holds the graph. Default: URBANSDG_DATA_DIR, or var.",
        show_default=False,
    ),
]
Base = Annotated[
    str | None,
    typer.Option("--base", help="The base URI of the data.", show_default=False),
]
AsForm = Annotated[OutputFormat, typer.Option("--format", help="The format of the output.")]
Agent = Annotated[
    str | None,
    typer.Option(help="The name recorded as the author of the change. Default: the setting agent."),
]
Number = Annotated[
    int | None,
    typer.Option("--version", help="The number of the version. Default: the current one."),
]
