"""The dataset of an update that the protocol gives (SPARQL 1.1 Protocol, 2.2.3).

`using-graph-uri` and `using-named-graph-uri` mean what USING and USING NAMED mean in each operation
that has a WHERE clause, so they are written there: the engine has no other parameter for them.
"""

import re
from collections.abc import Iterator
from typing import Final

from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.sparql.clauses import CLOSED

_TOKEN: Final = re.compile(
    rf"""{CLOSED} | \\. | [?$:@][A-Za-z0-9_]++ | \b[A-Za-z_][\w.-]*+:
    | (?P<word>\b(?:WHERE|USING|WITH|DELETE|INSERT)\b) | (?P<brace>[{{}}])
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def with_dataset(update: str, default: tuple[str, ...], named: tuple[str, ...]) -> str:
    """Return the update with the dataset written into each of its operations.

    Raises `Fault` (400) where it has a USING or WITH of its own.
    """
    using = [f"USING <{iri}>" for iri in default] + [f"USING NAMED <{iri}>" for iri in named]
    if not using:
        return update
    written, done = "", 0
    for place, is_short in _clauses(update):
        written += update[done:place]
        if is_short:  # DELETE WHERE { p } is DELETE { p } WHERE { p }
            written += _group(update, place)
        written += f" {' '.join(using)} "
        done = place
    return written + update[done:]


def _clauses(update: str) -> Iterator[tuple[int, bool]]:
    """Yield where each WHERE of an operation begins, and whether it is that of DELETE WHERE."""
    depth, before = 0, ""
    for found in _TOKEN.finditer(update):
        word, brace = (found["word"] or "").upper(), found["brace"]
        if brace:
            depth += 1 if brace == "{" else -1
        elif word and depth == 0:
            if word in ("USING", "WITH"):
                raise _twice()
            if word == "WHERE":
                yield found.start(), before == "DELETE"
        if word or brace:
            before = word


def _group(update: str, place: int) -> str:
    depth, begin = 0, None
    for found in _TOKEN.finditer(update, place):
        if found["brace"] == "{":
            begin = found.start() if begin is None else begin
            depth += 1
        elif found["brace"] == "}":
            depth -= 1
            if depth == 0 and begin is not None:
                return update[begin : found.end()]
    return ""


def _twice() -> Fault:
    return fault(
        400,
        "The update has its dataset in its text and in the request.",
        "Leave out USING and WITH, or using-graph-uri and using-named-graph-uri.",
    )
