"""The command line as one Typer application, and how errors end it."""

import sys
from collections.abc import Sequence

import typer

from urbansdg.cli import audit, graph, harvesting, history, question, server, workbook
from urbansdg.cli.exits import MEANING, Exit, exit_of
from urbansdg.cli.output import print_errors, print_problems
from urbansdg.cli.token import token
from urbansdg.problems import LoadError, UrbanSdgError

_EPILOG = "Exit codes: " + "; ".join(
    f"{code.value} {meaning[0].lower()}{meaning[1:]}" for code, meaning in MEANING.items()
)

app = typer.Typer(
    name="urbansdg",
    help="Urban policies on the Sustainable Development Goals as a knowledge graph.",
    epilog=_EPILOG + ".",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    graph.init,
    workbook.template,
    graph.load,
    harvesting.harvest,
    graph.validate,
    server.serve,
    question.query,
    graph.versions,
    graph.dump,
    history.diff,
    history.rollback,
    history.forget,
    history.tag,
    history.prune,
    history.backup,
    history.restore,
    history.verify,
    audit.audit,
):
    app.command()(command)

app.add_typer(token, name="token")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process with one of the exit codes of `Exit`."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; problems go to standard error."""
    try:
        ended = app(arguments, standalone_mode=False)
    except LoadError as error:
        print_problems(error.problems)
        return Exit.PROBLEMS_IN_INPUT
    except UrbanSdgError as error:
        print_errors(error.problems)
        return exit_of(error)
    except typer.TyperException as error:
        print(f"error: {error} `urbansdg --help` says what there is. [usage]", file=sys.stderr)
        return Exit.USAGE
    except (KeyboardInterrupt, typer.Abort):
        ended = Exit.INTERRUPTED
    if ended == Exit.INTERRUPTED:
        print("Interrupted; the graph is as it was.", file=sys.stderr)
    return ended if isinstance(ended, int) else Exit.DONE
