"""What a request asks of a question: values of its parameters, a version, a view, a format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.query.protocol_request import version_of_request
from urbansdg.endpoint.questions.question_things import ThingOption, UnknownThing, resolved
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.queries import CompetencyQuestion, InvalidValue, Parameter, question_named

CONTROLS: Final = ("version", "view", "format", "lang")
"""The parameters that every question has beside its own."""

_MOST: Final = 50
_LONGEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class QuestionRequest:
    """A question with values: `values` in their short form, `texts` as they were sent.

    `mistakes` says, by the name of a parameter, what is wrong with its value; `candidates` are
    things that may be meant, `unknown` the parameters whose thing is not in the graph. `fault` is
    the error that the request is answered with, None where the question can be answered.
    """

    question: CompetencyQuestion
    values: Mapping[str, str]
    texts: Mapping[str, str]
    version: int | None
    view: str
    format: str
    mistakes: Mapping[str, str] = field(default_factory=dict)
    candidates: Mapping[str, tuple[ThingOption, ...]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    fault: Fault | None = None

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The values of all parameters as pairs, for addresses."""
        return tuple(
            (parameter.name, self.values.get(parameter.name, parameter.example))
            for parameter in self.question.parameters
        )


async def requested_question(
    context: Context, request: Request
) -> tuple[QuestionRequest, Snapshot]:
    """Return the question that a request names, with its values, and the version to answer from.

    What is wrong with the values is in the result. Raises `Fault`: 404 for an unknown question, 400
    for an invalid version, 404 and 410 for one that is not there.
    """
    name = request.path_params["name"]
    question = question_named(name)
    if question is None:
        raise fault(404, f"There is no question {name[:80]!r}.", "See /questions for all.")
    number = version_of_request(request)
    snapshot = await context.chosen_snapshot(number)
    return await _read(context, request, question, number, snapshot), snapshot


async def _read(
    context: Context,
    request: Request,
    question: CompetencyQuestion,
    version: int | None,
    snapshot: Snapshot,
) -> QuestionRequest:
    reader = LanguagePreference.of(request)
    pairs = request.query_params.multi_items()
    known = {parameter.name: parameter for parameter in question.parameters}
    error = _unknown(question, [name for name, _ in pairs])
    texts = {name: value for name, value in pairs if name in known}
    values: dict[str, str] = {}
    mistakes: dict[str, str] = {}
    candidates: dict[str, tuple[ThingOption, ...]] = {}
    for name, value in texts.items():
        if not value.strip():  # a form sends every field
            continue
        try:
            text = value[:_LONGEST]
            values[name] = await resolved(context, snapshot, known[name], text, reader)
        except InvalidValue as wrong:
            mistakes[name] = f"{wrong}"
            if isinstance(wrong, UnknownThing):
                candidates[name] = wrong.candidates
    if mistakes and error is None:
        error = _invalid(mistakes, candidates, known)
    named = request.query_params
    return QuestionRequest(
        question,
        values,
        texts,
        version,
        named.get("view", ""),
        named.get("format", ""),
        mistakes,
        candidates,
        frozenset(candidates),
        error,
    )


def _unknown(question: CompetencyQuestion, names: list[str]) -> Fault | None:
    own = [parameter.name for parameter in question.parameters]
    listed = ", ".join(own) if own else "none"
    remedy = f"The parameters of this question: {listed}. All questions: {', '.join(CONTROLS)}."
    if len(names) > _MOST:
        return fault(400, f"There are more than {_MOST} parameters.", remedy)
    unknown = [name for name in names if name not in own and name not in CONTROLS]
    if unknown:
        return fault(400, f"Unknown parameter {unknown[0][:80]!r}.", remedy)
    repeated = [name for name in own if names.count(name) > 1]
    if repeated:
        return fault(400, f"The request has more than one {repeated[0]}.", "Send one.")
    return None


def _invalid(
    mistakes: Mapping[str, str],
    candidates: Mapping[str, tuple[ThingOption, ...]],
    known: Mapping[str, Parameter],
) -> Fault:
    name, mistake = next(iter(mistakes.items()))
    meant = ", ".join(option.text for option in candidates.get(name, ()))
    remedy = f"For example, {name}={known[name].example}."
    if meant:
        remedy = f"Similar names: {meant}."
    return fault(400, f"Invalid value of {name}: {mistake}.", remedy)
