"""The limits of one query: the operator's or its token's, which a client may lower, never raise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from urbansdg.endpoint.web.problem_details import fault
from urbansdg.endpoint.workers.formats.row_counter import RowCounter
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.errors import QueryResourceExceeded
from urbansdg.settings import Settings
from urbansdg.store import Allowance

_SECONDS: Final = re.compile(r"(\d{1,9}(?:\.\d{0,6})?) *(ms|s)?", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,18}", re.ASCII)
_WAIT: Final = re.compile(
    r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?=[,;]|$)", re.ASCII | re.IGNORECASE
)
_SHORTEST: Final = 0.001
_SMALLEST: Final = 1 << 20  # bytes: with less, a worker could not even say so


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What a query may take: wall and CPU time in seconds, rows of a table, bytes of an answer.

    `memory` is in bytes, beyond what the worker has when it is idle.
    """

    seconds: float
    cpu_seconds: float
    rows: int
    size: int
    memory: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the operator's limits."""
        return cls(
            settings.query_seconds,
            settings.query_cpu_seconds,
            settings.query_rows,
            settings.query_bytes,
            settings.query_memory,
        )

    def lowered(self, options: Mapping[str, str], prefer: str | None) -> Self:
        """Return the limits with those that a client asks for, where they are lower.

        `options` has the parameters `timeout` (seconds; `500ms` too), `max-rows`, `max-bytes` and
        `max-memory`; `prefer` is the header Prefer, whose `wait` is seconds (RFC 7240, 4.3). Raises
        `Fault`.
        """
        waits = [float(wait) for wait in _WAIT.findall(prefer or "")][:1]
        if "timeout" in options:
            waits.append(_seconds(options["timeout"]))
        return replace(
            self,
            seconds=max(_SHORTEST, min(self.seconds, *waits)) if waits else self.seconds,
            rows=min(self.rows, _number(options, "max-rows", self.rows)),
            size=min(self.size, _number(options, "max-bytes", self.size)),
            memory=min(self.memory, max(_SMALLEST, _number(options, "max-memory", self.memory))),
        )


def within(question: QueryMessage, limits: QueryLimits) -> QueryMessage:
    """Return a question with the limits that its worker sees to itself."""
    return replace(question, cpu_seconds=limits.cpu_seconds, memory=limits.memory)


def granted(settings: Settings, allowance: Allowance) -> Settings:
    """Return the settings with the limits of a token in place of theirs.

    A longer time limit also allows more processor time.
    """
    raised_limits = allowance.raised
    if "query_seconds" in raised_limits:
        raised_limits["query_cpu_seconds"] = max(
            raised_limits["query_seconds"], settings.query_cpu_seconds
        )
    return settings.model_copy(update=raised_limits) if raised_limits else settings


@dataclass(slots=True)
class ResultMeter:
    """Counts the bytes of an answer, and its rows where `results` names the format of a table."""

    limits: QueryLimits
    results: str | None
    size: int = 0
    _rows: RowCounter | None = None

    def take(self, chunk: bytes, *, is_graph: bool) -> None:
        """Count the next bytes; raises `QueryResourceExceeded` if they are too many."""
        self.size += len(chunk)
        if self.size > self.limits.size:
            raise QueryResourceExceeded(
                f"The answer is longer than {self.limits.size} bytes.",
                "Request it in parts: add LIMIT and OFFSET.",
            )
        if is_graph:
            return
        self._rows = self._rows or RowCounter(self.results)
        if self._rows.take(chunk) > self.limits.rows:
            raise QueryResourceExceeded(
                f"The answer has more than {self.limits.rows} rows.",
                "Request it in parts: add LIMIT and OFFSET.",
            )


def _seconds(text: str) -> float:
    match = _SECONDS.fullmatch(text.strip())
    if match is None:
        raise fault(
            400, f"Invalid timeout {text!r}: expected seconds.", "For example, timeout=2.5."
        )
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _number(parameters: Mapping[str, str], name: str, otherwise: int) -> int:
    text = parameters.get(name)
    if text is None:
        return otherwise
    if _NUMBER.fullmatch(text.strip()) is None:
        raise fault(
            400, f"Invalid {name} {text!r}: expected an integer.", f"For example, {name}=1000."
        )
    return int(text)
