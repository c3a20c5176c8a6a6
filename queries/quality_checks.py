"""Quality checks: queries without results if the data is good.

Each is a file in `quality/`; its header has the problem and the solution.
"""

from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """A quality check: its name, the problem of each result, its solution, and the query."""

    name: str
    problem: str
    solution: str
    text: str


def checks() -> tuple[QualityCheck, ...]:
    """Return all bundled checks, sorted by name."""
    folder = files(__package__ or "").joinpath("quality").iterdir()
    paths = sorted((path for path in folder if path.name.endswith(".rq")), key=lambda p: p.name)
    return tuple(_read(path.name.removesuffix(".rq"), path.read_text("utf-8")) for path in paths)


def _read(name: str, text: str) -> QualityCheck:
    header = (line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))
    fields = dict(line.split(": ", 1) for line in header)
    return QualityCheck(name, fields["Problem"], fields["Solution"], text)
