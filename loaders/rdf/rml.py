"""Tables of any form, mapped with RML: an engine in an environment of its own makes the triples.

The engine is a command in the settings (`URBANSDG_RML_COMMAND`). In it, `{mapping}` is replaced by
the mapping, `{output}` by the file of N-Quads to write, and `{config}` by a file of settings for
morph-kgc that names both. It runs in the folder of the mapping, so that relative paths of tables in
the mapping resolve. RML: https://rml.io/specs/rml/
"""

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, SourceUnreadable

READER: Final = "rml"
VERSION: Final = "1"
_SET: Final = "Set its command in URBANSDG_RML_COMMAND; see docs/how-to/operators.md."
_TOLD: Final = 400
"""Characters of an engine's output that are passed on."""


@dataclass(frozen=True, slots=True)
class RmlEngine:
    """An RML engine: its command, and its time limit in seconds."""

    command: str
    seconds: float


def apply_mapping(mapping: Path, engine: RmlEngine, folder: Path) -> Path:
    """Return the file of N-Quads that an engine makes from a mapping; raises `SourceUnreadable`."""
    if not mapping.is_file():
        raise _unreadable(mapping, "file not found")
    if not engine.command.strip():
        raise _unreadable(mapping, "no RML engine is configured", _SET)
    output, config = folder / f"{mapping.stem}.nq", folder / "engine.ini"
    config.write_text(
        f"[CONFIGURATION]\noutput_file={output}\noutput_format=N-QUADS\n"
        f"[source]\nmappings={mapping.resolve()}\n",
        "utf-8",
    )
    places = {"mapping": str(mapping.resolve()), "output": str(output), "config": str(config)}
    _run([_filled(word, places) for word in shlex.split(engine.command)], mapping, engine.seconds)
    if not output.is_file():
        raise _unreadable(mapping, "the engine wrote no output")
    return output


def _filled(word: str, places: dict[str, str]) -> str:
    for name, place in places.items():
        word = word.replace(f"{{{name}}}", place)
    return word


def _run(command: list[str], mapping: Path, seconds: float) -> None:
    try:
        ended = subprocess.run(
            command,
            cwd=mapping.resolve().parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise _unreadable(mapping, f"the engine took longer than {seconds:g} seconds") from error
    except OSError as error:
        raise _unreadable(mapping, f"the engine cannot be started ({error.strerror})") from error
    if ended.returncode != 0:
        said = " ".join((ended.stderr or ended.stdout).split())[-_TOLD:]
        raise _unreadable(
            mapping, f"the engine exited with status {ended.returncode}: {said or 'no output'}"
        )


def _unreadable(mapping: Path, why: str, remedy: str = "") -> SourceUnreadable:
    return SourceUnreadable(
        f"Cannot use the mapping {mapping.name}: {why}.",
        remedy or "Run the engine with the mapping on its own, and fix the mapping.",
        place=Place(mapping.name),
    )
