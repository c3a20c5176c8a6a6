"""The messages between the front end and the process that publishes writes."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from urbansdg.errors import Place, Problem, Severity, UrbanSdgError
from urbansdg.store import Step, Token


@dataclass(frozen=True, slots=True)
class WriteMessage:
    """A write to be published: steps on the graph in a directory, with the token of the request.

    `patience` is how many seconds it waits for another writer; `seconds` and `memory`, in bytes,
    limit the evaluation of the steps.
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
        token = Token.read(message["token"])
        steps = tuple(Step(**step | {"homes": tuple(step["homes"])}) for step in message["steps"])
        return cls(**message | {"token": token, "steps": steps})


@dataclass(frozen=True, slots=True)
class PublishedWrite:
    """The graph has what was written, in a version that is new or was there.

    `added` and `removed` are how many statements the write added and removed.
    """

    version: int
    is_new: bool
    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class RefusedWrite:
    """Nothing was written.

    `code` and `reason` are those of the error. If the data does not validate, `problems` are the
    first of `total`, and `report` is the SHACL report on them in N-Triples.
    """

    code: str
    reason: Problem
    problems: tuple[Problem, ...] = ()
    total: int = 0
    report: str | None = None

    def error(self) -> UrbanSdgError:
        """Return the error again."""
        kind = next((error for error in _kinds(UrbanSdgError) if error.code == self.code), None)
        problems = self.problems or (self.reason,)
        return (kind or UrbanSdgError)(
            self.reason.message, self.reason.remedy, place=self.reason.place, problems=problems
        )


WriteOutcome = PublishedWrite | RefusedWrite


def to_message(outcome: WriteOutcome) -> dict[str, Any]:
    """Return an outcome as a message."""
    if isinstance(outcome, PublishedWrite):
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
    """Return the outcome of a message, None for a message of another kind."""
    match message:
        case {"written": written}:
            return PublishedWrite(**written)
        case {"refused": {"problems": problems, "reason": reason} as record}:
            problems = tuple(map(_problem, problems))
            return RefusedWrite(**record | {"problems": problems, "reason": _problem(reason)})
        case _:
            return None


def _problem(record: dict[str, Any]) -> Problem:
    place, severity = Place(**record["place"]), Severity(record["severity"])
    return Problem(**record | {"place": place, "severity": severity})


def _kinds(kind: type[UrbanSdgError]) -> list[type[UrbanSdgError]]:
    below = kind.__subclasses__()
    return [*below, *(error for lower in below for error in _kinds(lower))]
