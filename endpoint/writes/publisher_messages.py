"""The messages between the front end and the process that publishes writes."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from urbansdg.errors import Place, Problem, Severity, UrbanSdgError
from urbansdg.store import Step, Token


@dataclass(frozen=True, slots=True)
class WriteMessage:
    """A write to be published: steps that a token asks for, on the graph in a directory.

    `patience`, in seconds, is for another writer; `seconds` and `memory`, in bytes, are for the
    evaluation of the steps.
    """

    directory: str
    base: str
    patience: float
    token: Token
    seconds: float
    memory: int
    steps: tuple[Step, ...]

    def message(self) -> dict[str, Any]:
        """Return the order as a message."""
        return asdict(self)

    @classmethod
    def read(cls, message: dict[str, Any]) -> Self:
        """Return the order of a message."""
        told = dict(message)
        told["token"] = Token.read(told["token"])
        told["steps"] = tuple(Step(**step) for step in told["steps"])
        return cls(**told)


@dataclass(frozen=True, slots=True)
class Written:
    """The write is in a version, new or not."""

    version: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written.

    `code` is that of the error, `reason` what it says; of data that does not validate, `problems`
    are the first of `total`, and `report` tells of them in N-Triples.
    """

    code: str
    reason: Problem
    problems: tuple[Problem, ...] = ()
    total: int = 0
    report: str | None = None

    def error(self) -> UrbanSdgError:
        """Return the error that it was."""
        kind = next((each for each in _kinds(UrbanSdgError) if each.code == self.code), None)
        problems = self.problems or (self.reason,)
        return (kind or UrbanSdgError)(
            self.reason.message, self.reason.remedy, place=self.reason.place, problems=problems
        )


WriteOutcome = Written | Refused


def told(outcome: WriteOutcome) -> dict[str, Any]:
    """Return an outcome as a message."""
    if isinstance(outcome, Written):
        return {"written": asdict(outcome)}
    problems = [problem.to_json() for problem in outcome.problems]
    return {
        "refused": {
            "code": outcome.code,
            "reason": outcome.reason.to_json(),
            "problems": problems,
            "total": outcome.total,
            "report": outcome.report,
        }
    }


def outcome_of(message: dict[str, Any]) -> WriteOutcome | None:
    """Return the outcome that a message tells, None for a message of another kind."""
    match message:
        case {"written": written}:
            return Written(**written)
        case {"refused": {"problems": problems, "reason": reason} as record}:
            problems = tuple(map(_problem, problems))
            return Refused(**record | {"problems": problems, "reason": _problem(reason)})
        case _:
            return None


def _problem(record: dict[str, Any]) -> Problem:
    place, severity = Place(**record["place"]), Severity(record["severity"])
    return Problem(**record | {"place": place, "severity": severity})


def _kinds(kind: type[UrbanSdgError]) -> list[type[UrbanSdgError]]:
    below = kind.__subclasses__()
    return [*below, *(each for lower in below for each in _kinds(lower))]
