"""The reference of the command line in docs/reference/cli.md, and the help of every command."""

from pathlib import Path

import pytest
import typer.main

from urbansdg.cli.application import application
from urbansdg.cli.command_reference import reference_markdown
from urbansdg.cli.exit_codes import MEANING, Exit


def test_the_reference_is_what_the_commands_declare(root: Path) -> None:
    """docs/reference/cli.md is what the command makes from the declarations."""
    text = (root / "docs" / "reference" / "cli.md").read_text("utf-8")
    command = "python -m urbansdg.cli.command_reference > docs/reference/cli.md"
    assert text == reference_markdown(), f"run {command}"


def test_every_exit_code_is_in_the_reference() -> None:
    """The reference has each exit code with its meaning."""
    text = reference_markdown()
    assert set(MEANING) == set(Exit)
    assert all(f"| {code.value} | {MEANING[code]} |" in text for code in Exit)


def _parameters() -> list[tuple[str, str]]:
    """Return the name and the help of every argument and option of every command."""
    group = typer.main.get_command(application())
    commands = dict(group.commands)  # type: ignore[attr-defined]  # a TyperGroup
    commands |= {
        f"token {name}": command for name, command in commands.pop("token").commands.items()
    }
    return [
        (f"{name} {parameter.name}", parameter.help)
        for name, command in commands.items()
        for parameter in command.params
    ]


@pytest.mark.parametrize(
    ("name", "text"), [pytest.param(*parameter, id=parameter[0]) for parameter in _parameters()]
)
def test_every_argument_and_option_is_described_by_sentences(name: str, text: str) -> None:
    """Each argument and option has a help text of whole sentences."""
    assert text, name
    assert text[0].isupper()
    assert text.endswith((".", "..."))
