"""The child process that publishes writes: it evaluates, validates and promotes them.

It forks for each write, because a write may exceed its memory. Nothing of a write is done in the
front end, whose answers do not wait for it. A fork that is killed before the last step leaves the
graph as it was (`urbansdg.store`). `publisher` is the front end's side, `publisher_messages` what
the two exchange.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from urbansdg.endpoint.writes.publisher_messages import (
    PublishedWrite,
    RefusedWrite,
    WriteMessage,
    WriteOutcome,
    to_message,
)
from urbansdg.errors import (
    InvalidData,
    Place,
    Problem,
    QueryRefused,
    QuerySyntaxError,
    UrbanSdgError,
    most_telling,
)
from urbansdg.ontology.namespaces import USDGSH
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.ontology.rdf11_terms import check_terms
from urbansdg.sandbox.forked_process import fork
from urbansdg.sandbox.frames import FrameStream
from urbansdg.sandbox.resource_limits import set_memory_limit
from urbansdg.settings import read_settings
from urbansdg.shapes import Report, check_lexical, validate_change, validate_store
from urbansdg.shapes.model.validation_report import Result
from urbansdg.sparql.clauses import has_load, has_service
from urbansdg.sparql.syntax_errors import mistake
from urbansdg.store import (
    Access,
    Backend,
    Change,
    Checked,
    Edit,
    Engine,
    GraphStore,
    Published,
    RemoteStore,
    Step,
    Touched,
    Verdict,
)
from urbansdg.store.changes.edit import NOT_SPARQL

MOST = 100
"""The most problems of one write that are reported."""


def publish(order: WriteMessage, observe: Callable[[str], None]) -> WriteOutcome:
    """Publish an order; `observe` is called with each step that is done.

    The errors of the project are outcomes too.
    """
    gate = _Gate()
    store = _store(order, observe)
    token = order.token
    edit = Edit(order.steps, token.permit, order.seconds, order.memory)
    try:
        _check(order.steps)
        change = Change(order.token.label, edit=edit)
        ended = store.publish(change, gate)
    except InvalidData as error:
        return gate.refusal(error)
    except QuerySyntaxError as error:
        return RefusedWrite(error.code, _placed(error.problems[0], order.steps[0]))
    except UrbanSdgError as error:
        return RefusedWrite(error.code, error.problems[0])
    if isinstance(ended, Published):
        return PublishedWrite(
            ended.version.number, is_new=True, added=ended.added, removed=ended.removed
        )
    return PublishedWrite(ended.version.number, is_new=False)


def _store(order: WriteMessage, observe: Callable[[str], None]) -> Backend:
    """Return the graph: that of the engine which the environment names, or the one on this disk."""
    place, access = Path(order.directory), Access.of(read_settings())
    if access is None:
        return GraphStore(place, order.base, order.patience, observe)
    return RemoteStore(place, order.base, Engine(access), order.patience, observe)


def _check(steps: tuple[Step, ...]) -> None:
    for step in steps:
        if has_service(step.text) or has_load(step.text):
            raise QueryRefused(
                "The update has SERVICE or LOAD, which fetch from elsewhere.",
                "Remove them, also from comments, and send the data itself.",
            )


def _placed(problem: Problem, step: Step) -> Problem:
    """Return the syntax error of an update with its reason, its place and the wrong token."""
    message = problem.message.removeprefix(NOT_SPARQL)
    wrong = mistake(step.text, message, ox.Store.update, step.base or None)
    return replace(
        problem,
        message=f"{NOT_SPARQL}{wrong.reason}.",
        remedy="Fix it at that line and column.",
        place=Place(line=wrong.line, column=str(wrong.column)),
        value=wrong.token or None,
    )


@dataclass(slots=True)
class _Gate:
    """Validates a change as a load is validated, and keeps the report."""

    report: Report | None = None

    def __call__(self, fork: RdfDataset, touched: Touched) -> Verdict:
        """Validate a change; a value outside its datatype is a problem of its own.

        Where a term is of RDF 1.2, nothing else is judged: the shapes and the rules, and the
        formats of the report, are of RDF 1.1.
        """
        later = tuple(islice(check_terms(_written(fork, touched)), MOST))
        if later:
            return Checked(conforms=False, problems=later)
        report = validate_change(fork, touched)
        ill = tuple(_ill_typed(_written(fork, touched)))
        if ill:
            problems, results = zip(*ill, strict=True)
            report = replace(
                report,
                conforms=False,
                problems=(*report.problems, *problems),
                results=(*report.results, *results),
            )
        self.report = report
        return report

    def refusal(self, error: InvalidData) -> RefusedWrite:
        """Return the refusal with the first problems, as messages and as a report in RDF.

        Each mistake is among them: one that is repeated a thousand times does not hide the others.
        """
        first_problems = tuple(error.problems[at] for at in most_telling(error.problems, MOST))
        report = None
        if self.report is not None:
            places = most_telling(self.report.problems, MOST)
            first = replace(
                self.report,
                problems=tuple(self.report.problems[at] for at in places),
                results=tuple(
                    self.report.results[at] for at in places if at < len(self.report.results)
                ),
            )
            report = first.to_graph().serialize(format="nt")
        return RefusedWrite(error.code, error.reason, first_problems, len(error.problems), report)


def _written(fork: RdfDataset, touched: Touched) -> Iterator[ox.Quad]:
    """Yield the quads of the subjects of a change; all quads if the subjects are too many."""
    if touched.subjects is None:
        yield from fork
        return
    for subject in touched.subjects:
        yield from fork.quads_for_pattern(ox.NamedNode(subject), None, None, None)
    for graph in map(ox.NamedNode, touched.graphs if touched.nameless else ()):
        # A change cannot list blank nodes: they have no names.
        for quad in fork.quads_for_pattern(None, None, None, graph):
            if isinstance(quad.subject, ox.BlankNode):
                yield quad


def _ill_typed(quads: Iterator[ox.Quad]) -> Iterator[tuple[Problem, Result]]:
    for quad in quads:
        if not isinstance(quad.subject, ox.NamedNode | ox.BlankNode):
            continue
        value = quad.object if isinstance(quad.object, ox.Literal) else None
        for problem in check_lexical((quad,)):
            name = problem.code
            yield problem, Result(USDGSH[name], name, quad.subject, value, problem.place.path)


def serve_writes(memory: int) -> None:
    """Publish the orders that come as frames, each in a fork that may take `memory` bytes.

    The fork reports each step of the publication as it is done, then the outcome; where it ends
    without one, this process reports how.
    """
    stream = FrameStream.standard()
    validate_store(ox.Store())  # the shapes are read once, and are there in every fork
    with suppress(EOFError):
        while True:
            order = stream.receive()
            process = fork(partial(_publish, order, memory, stream), collects_errors=True)
            status, words = process.wait(), process.last_words()
            sys.stderr.write(words if status >= 0 else "")  # `publisher` logs how others ended
            sys.stderr.flush()
            if status:
                try:
                    stream.send({"died": status, "words": words})
                except BrokenPipeError:  # the server has ended; the buffer cannot be flushed
                    os._exit(0)


def _publish(order: dict[str, Any], memory: int, stream: FrameStream) -> None:
    # Only the soft limit: the process that evaluates the steps sets one of its own.
    set_memory_limit(memory)

    is_decided = False

    def observe(step: str) -> None:
        """Report a step. Where the server has ended, only a write that is judged goes on."""
        nonlocal is_decided
        is_decided = is_decided or step == "judged"
        try:
            stream.send({"step": step})
        except BrokenPipeError:
            if not is_decided:
                raise SystemExit from None

    outcome = publish(WriteMessage.read(order), observe)
    with suppress(BrokenPipeError):
        stream.send(to_message(outcome))
