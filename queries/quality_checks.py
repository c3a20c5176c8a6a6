"""The checks of quality: queries that have no answer when all is well.

Each stands in a file of `quality/`; its header says the problem and the solution.
"""

from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """A check: its name, what is wrong where it has an answer, how to mend that, and its query."""

    name: str
    problem: str
    solution: str
    text: str


def checks() -> tuple[QualityCheck, ...]:
    """Return every bundled check, by name."""
    folder = files(__package__ or "").joinpath("quality").iterdir()
    found = sorted((path for path in folder if path.name.endswith(".rq")), key=lambda p: p.name)
    return tuple(_read(path.name.removesuffix(".rq"), path.read_text("utf-8")) for path in found)


def _read(name: str, text: str) -> QualityCheck:
    header = (line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))
    told = dict(line.split(": ", 1) for line in header)
    return QualityCheck(name, told["Problem"], told["Solution"], text)
