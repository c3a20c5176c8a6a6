"""The command line as one Typer application, and how errors end it."""

import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from typing import Annotated, Final

import typer

from urbansdg import __version__
from urbansdg.cli.exit_codes import MEANING, Exit, exit_of
from urbansdg.cli.output import print_errors, print_problems
from urbansdg.errors import LoadError, StoreError, UrbanSdgError, damage_of

_EPILOG: Final = "\n\n".join(
    ("Exit codes:", *(f"{code.value}: {meaning}" for code, meaning in MEANING.items()))
)

COMMANDS: Final = {
    "init": "load_commands",
    "template": "template_command",
    "load": "load_commands",
    "harvest": "harvest_command",
    "validate": "load_commands",
    "serve": "serve_command",
    "query": "query_command",
    "search": "search_command",
    "versions": "version_commands",
    "dump": "version_commands",
    "diff": "history_commands",
    "rollback": "history_commands",
    "forget": "history_commands",
    "tag": "history_commands",
    "prune": "history_commands",
    "backup": "history_commands",
    "restore": "history_commands",
    "verify": "history_commands",
    "repair": "repair_command",
    "pictures": "pictures_command",
    "audit": "audit_command",
    "token": "token_commands",
}
"""The module of each command, in the order of `--help`.

Only the module of the command that runs is imported: importing all of them takes longer than most
commands take to run.
"""


def application(commands: Iterable[str] = tuple(COMMANDS)) -> typer.Typer:
    """Return the command line with these commands."""
    app = typer.Typer(
        name="urbansdg",
        help="Load, check, publish and query a knowledge graph of urban policies on the SDGs.",
        epilog=_EPILOG,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name in commands:
        command = getattr(import_module(f"urbansdg.cli.commands.{COMMANDS[name]}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, short_help=command.info.help)
        else:
            # Without a short help, a list of commands cuts each description after 45 characters.
            app.command(name, short_help=(getdoc(command) or "").partition("\n")[0])(command)
    return app


def _print_version(is_requested: bool) -> None:  # noqa: FBT001  # typer gives the option by position
    if is_requested:
        print(f"urbansdg {__version__}")
        raise typer.Exit


def _options(
    *,
    version: Annotated[  # the callback prints it
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


def _needed(words: Sequence[str]) -> Iterable[str]:
    """Return the commands that these arguments need; warn of unknown settings if they name one."""
    if words[:1] == ["--version"]:
        return ()
    named = [word for word in words[:1] if word in COMMANDS]
    if not named:
        return COMMANDS
    from urbansdg.settings import unknown_settings  # imported here: `--version` needs none

    print_problems(unknown_settings(os.environ))
    return named


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process with one of the exit codes of `Exit`."""
    sys.exit(run(arguments))


def _cause_of(error: OSError | RuntimeError) -> StoreError | None:
    """Return what an error of the system or of RocksDB means; None for a fault of ours."""
    from urbansdg.store.versions.file_errors import failure_of_system  # an error is rare

    return damage_of(error) or failure_of_system(str(error), Path(tempfile.gettempdir()))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; problems go to standard error."""
    try:
        words = sys.argv[1:] if arguments is None else arguments
        ended = application(_needed(words))(words, standalone_mode=False)
    except LoadError as error:
        print_problems(error.problems)
        return Exit.PROBLEMS_IN_INPUT
    except UrbanSdgError as error:
        print_errors(error.problems)
        return exit_of(error)
    except (OSError, RuntimeError) as error:
        cause = _cause_of(error)
        if cause is None:
            raise
        print_errors(cause.problems)
        return Exit.STORE
    except typer.TyperException as error:
        # Only this form names the option or argument that typer itself rejects.
        is_named = isinstance(error, typer.BadParameter) and error.param is not None
        message = error.format_message() if is_named else str(error)
        message = message.replace(": Value error, ", ": ")  # pydantic writes this first
        message = message[:1].upper() + message[1:]
        end = "" if message.endswith((".", "?")) else "."
        print(f"error: {message}{end} Run the command with --help. [usage]", file=sys.stderr)
        return Exit.USAGE
    except (KeyboardInterrupt, typer.Abort):
        ended = Exit.INTERRUPTED
    if ended == Exit.INTERRUPTED:
        print("Interrupted; the graph has not changed.", file=sys.stderr)
    return ended if isinstance(ended, int) else Exit.DONE
