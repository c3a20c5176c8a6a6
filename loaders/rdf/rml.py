"""Tables of any form, mapped with RML: an engine that is installed separately makes the triples.

The engine is a command in the settings (`URBANSDG_RML_COMMAND`). In it, `{mapping}` is replaced by
the mapping, `{output}` by the file of N-Quads to write, and `{config}` by a file of settings for
morph-kgc that names both. It runs in the folder of the mapping, so that relative paths of tables in
the mapping resolve. RML: https://rml.io/specs/rml/
"""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, SourceUnreadable
from urbansdg.sandbox.child_process import run_program
from urbansdg.sandbox.process_end import EndCause

READER: Final = "rml"
VERSION: Final = "1"
_SET: Final = "Set its command in URBANSDG_RML_COMMAND; see docs/how-to/operators.md."
_LAST_WORDS: Final = 400
"""Characters of what an engine prints that a message repeats."""


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
    _run([_fill_in(word, places) for word in shlex.split(engine.command)], mapping, engine.seconds)
    if not output.is_file():
        raise _unreadable(mapping, "the engine wrote no output")
    return output


def _fill_in(word: str, places: dict[str, str]) -> str:
    for name, place in places.items():
        word = word.replace(f"{{{name}}}", place)
    return word


def _run(command: list[str], mapping: Path, seconds: float) -> None:
    try:
        end = run_program(command, mapping.resolve().parent, seconds)
    except OSError as error:
        raise _unreadable(mapping, f"the engine cannot be started ({error.strerror})") from error
    if end.cause == EndCause.TIME:
        raise _unreadable(mapping, f"the engine took longer than {seconds:g} seconds")
    if end.cause == EndCause.FAILED:
        words = " ".join(end.last_words.split())[-_LAST_WORDS:]
        raise _unreadable(
            mapping, f"the engine exited with status {end.status}: {words or 'no output'}"
        )
    if end.cause != EndCause.DONE:
        raise _unreadable(mapping, f"the engine {end.reason}")


def _unreadable(mapping: Path, why: str, remedy: str = "") -> SourceUnreadable:
    return SourceUnreadable(
        f"Cannot use the mapping {mapping.name}: {why}.",
        remedy or "Run the engine with the mapping on its own, and fix the mapping.",
        place=Place(mapping.name),
    )
