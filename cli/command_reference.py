"""The reference of the command line, made from the same declarations as `--help`.

    python -m urbansdg.cli.command_reference > docs/reference/cli.md

A test compares the file with what this module makes.
"""

from typing import Final

import typer
import typer.main
from typer.cli import get_docs_for_click

from urbansdg.cli.application import application
from urbansdg.cli.exit_codes import MEANING

_INTRODUCTION: Final = """\
# Command line

<!-- Made by `python -m urbansdg.cli.command_reference`. Do not edit. -->

`urbansdg` loads, checks, publishes and queries the graph. Results go to standard output; problems,
progress and errors go to standard error. Without `--data-dir`, `--base`, `--host` or `--port`, the
settings `URBANSDG_DATA_DIR`, `URBANSDG_BASE`, `URBANSDG_HOST` and `URBANSDG_PORT` apply.
"""


def reference_markdown() -> str:
    """Return the reference of every command in Markdown."""
    group = typer.main.get_command(application())
    context = typer.Context(group, info_name="urbansdg")
    codes = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANING.items())
    group.epilog = ""  # the exit codes have a table here
    commands = get_docs_for_click(
        obj=group, ctx=context, indent=1, name="urbansdg", title="Commands"
    )
    return (
        f"{_INTRODUCTION}\n## Exit codes\n\n| code | meaning |\n|---|---|\n{codes}\n"
        f"{commands.rstrip()}\n"
    )


if __name__ == "__main__":
    print(reference_markdown(), end="")
