"""Tables of any form, by a mapping in RML: an engine that is installed apart makes the triples.

The engine is a command of the settings (`URBANSDG_RML_COMMAND`). In it `{mapping}` stands for the
mapping, `{output}` for the file of N-Quads that it is to write, and `{config}` for a file of
settings as morph-kgc reads them, which names both. It runs in the folder of the mapping, where the
tables are that the mapping names beside itself. RML: https://rml.io/specs/rml/
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
_SET: Final = "Name its command in URBANSDG_RML_COMMAND; docs/how-to/operators.md says how."
_LAST_WORDS: Final = 400
"""Characters of what an engine prints that a message repeats."""


@dataclass(frozen=True, slots=True)
class RmlEngine:
    """An RML engine: its command, and how many seconds it may take."""

    command: str
    seconds: float


def mapped(mapping: Path, engine: RmlEngine, folder: Path) -> Path:
    """Return the file of N-Quads that an engine makes by a mapping; raises `SourceUnreadable`."""
    if not mapping.is_file():
        raise _unreadable(mapping, "there is no such file")
    if not engine.command.strip():
        raise _unreadable(mapping, "no RML engine is set", _SET)
    output, config = folder / f"{mapping.stem}.nq", folder / "engine.ini"
    config.write_text(
        f"[CONFIGURATION]\noutput_file={output}\noutput_format=N-QUADS\n"
        f"[source]\nmappings={mapping.resolve()}\n",
        "utf-8",
    )
    places = {"mapping": str(mapping.resolve()), "output": str(output), "config": str(config)}
    _run([_filled(word, places) for word in shlex.split(engine.command)], mapping, engine.seconds)
    if not output.is_file():
        raise _unreadable(mapping, "the engine wrote nothing")
    return output


def _filled(word: str, places: dict[str, str]) -> str:
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
        raise _unreadable(mapping, f"the engine ended with {end.status}: {words or 'no message'}")
    if end.cause != EndCause.DONE:
        raise _unreadable(mapping, f"the engine {end.reason}")


def _unreadable(mapping: Path, why: str, remedy: str = "") -> SourceUnreadable:
    return SourceUnreadable(
        f"{mapping.name} cannot be used: {why}.",
        remedy or "Try the mapping with the engine by itself, and fix it.",
        place=Place(mapping.name),
    )
