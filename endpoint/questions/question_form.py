"""The form of a question: a field for each of its parameters, in the language of the reader."""

from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.context import Snapshot
from urbansdg.endpoint.html.interface_texts import LANGUAGES, name_of
from urbansdg.endpoint.html.page_values import plain
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.questions.question_request import QuestionRequest
from urbansdg.endpoint.questions.question_things import ThingOption, options_of
from urbansdg.queries import Parameter
from urbansdg.queries.question_words import question_words

_EXCERPT: Final = 80
_LISTED: Final = frozenset(("goal", "target", "theme", "group", "network"))
_INPUTS: Final = {"date": "date", "thing": "url"}
_MODES: Final = {"integer": "numeric", "decimal": "decimal", "year": "numeric"}
_SIZES: Final = {"year": 4, "currency": 3}


@dataclass(frozen=True, slots=True)
class QuestionField:
    """A field of a form: its label, what it has now, and what can be chosen.

    With `is_select` the value is one of the options; else the options are suggestions. `mistake`
    says what is wrong with the value.
    """

    name: str
    kind: str
    label: str
    value: str
    options: tuple[ThingOption, ...]
    is_select: bool
    input_type: str
    input_mode: str | None
    size: int | None
    mistake: str | None
    candidates: tuple[ThingOption, ...]


def fields_of(
    request: QuestionRequest, snapshot: Snapshot, site: SiteLinks
) -> tuple[QuestionField, ...]:
    """Return the fields of a question for a reader, with the values of the request."""
    return tuple(
        _field(request, parameter, snapshot, site) for parameter in request.question.parameters
    )


def _field(
    request: QuestionRequest, parameter: Parameter, snapshot: Snapshot, site: SiteLinks
) -> QuestionField:
    name, kind = parameter.name, parameter.kind
    options = options_of(snapshot, kind, site.base, site.reader)
    if kind == "language":
        options = tuple(ThingOption(tag, name_of(tag)) for tag in LANGUAGES)
    value = request.values.get(name, parameter.example)
    text = next((option.text for option in options if option.value == value), value)
    is_wrong = name in request.mistakes
    is_select = kind in _LISTED and any(option.value == value for option in options)
    return QuestionField(
        name,
        kind,
        question_words(f"{request.question.name}.{name}", site.words.language),
        request.texts.get(name, "") if is_wrong else value if is_select else text,
        options,
        is_select and not is_wrong,
        _INPUTS.get(kind, "text"),
        _MODES.get(kind),
        _SIZES.get(kind),
        _mistake(request, parameter, site) if is_wrong else None,
        request.candidates.get(name, ()),
    )


def _mistake(request: QuestionRequest, parameter: Parameter, site: SiteLinks) -> str:
    """Return what is wrong with a value, in the language of the reader."""
    value = plain(request.texts[parameter.name][:_EXCERPT])
    if parameter.name in request.unknown:
        return site.words("mistake_unknown", n=value)
    return site.words(f"mistake_{parameter.kind}", n=value)
