"""Competency questions: one `.rq` file each, with the question in words in its header.

A header line begins with `#+` and is `question:`, `topic:`, `parameter:` (name, kind, example,
meaning), `columns:`, `things:`, or `missing:` with the facts for an answer that the bundled data
lacks. `things:` says of columns with names which variables have the things, as `city=place`, so
that a page can name them in the language of its reader, and link to them. The kinds of
parameters, and how the example and other values are written, are those of `parameter_values`. The
query has the example as a term in `VALUES ?name { example }`, where the term of another value
takes its place. IRIs of an installation are relative to its base URI: `<id/city/2988507>`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, cast, get_args

import pyoxigraph as ox

from urbansdg.queries.parameter_values import InvalidValue, ParameterKind, term_of

Topic = Literal["policies", "money", "outcomes", "cities", "goals", "data"]
TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)
"""What questions are about, in the order of their list."""

_MARK = "#+"
_KINDS = tuple(kind for group in get_args(ParameterKind) for kind in get_args(group) or (group,))


class InvalidParameter(ValueError):
    """A parameter that a question does not have, or a value that the parameter cannot have."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the caller provides; `example` is the value in the query, as a person types it.

    `query_term` is the example as a term in the query.
    """

    name: str
    kind: ParameterKind
    example: str
    meaning: str
    query_term: str = ""

    @property
    def clause(self) -> str:
        """The part of the query that binds the parameter."""
        return f"VALUES ?{self.name} {{ {self.query_term} }}"

    def term(self, value: str, base: str) -> ox.NamedNode | ox.Literal:
        """Return the term of a value; raises `InvalidParameter`."""
        try:
            return term_of(self.kind, value, base)
        except InvalidValue as error:
            raise InvalidParameter(f"Invalid value of {self.name}: {error}.") from None


@dataclass(frozen=True, slots=True)
class CompetencyQuestion:
    """A question in words, its query, and the columns of its answer.

    `missing` names the facts without which the bundled data gives no answer. `things` are columns
    with names, each with the variable that has the thing.
    """

    name: str
    words: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    text: str
    missing: str | None = None
    topic: Topic = "policies"
    things: tuple[tuple[str, str], ...] = ()

    def query_for(self, base: str, values: Mapping[str, str] | None = None) -> str:
        """Return the query for an installation, so that it can be sent from anywhere.

        `base` is the base URI of the installation, without a slash at the end (SPARQL 1.1, 4.1.1).
        `values` are those of parameters; the others have their examples. Each value becomes an RDF
        term, which is written in the syntax of N-Triples. Raises `InvalidParameter`.

        >>> question = question_named("targets_without_policy")
        >>> "VALUES ?goal { <http://metadata.un.org/sdg/13> }" in question.query_for(
        ...     "https://data.example.org", {"goal": "13"})
        True
        """
        text = self.text
        known = {parameter.name: parameter for parameter in self.parameters}
        for name, value in (values or {}).items():
            if name not in known:
                raise InvalidParameter(f"The question has no parameter {name[:80]!r}.")
            parameter = known[name]
            term = parameter.term(value, base)
            if term != parameter.term(parameter.example, base):
                clause = f"VALUES ?{name} {{ {term} }}"
                text = text.replace(parameter.clause, clause, 1)
        return f"BASE <{base}/>\n{text}"

    def plain_query(self, base: str, values: Mapping[str, str] | None = None) -> str:
        """Return the query without the lines of its header; raises as `query_for`."""
        lines = self.query_for(base, values).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(_MARK))

    def query_for_things(self, base: str, values: Mapping[str, str] | None = None) -> str:
        """Return the query with things instead of their names, in the same order of columns.

        A thing with names in several languages is one row there. Raises as `query_for`.
        """
        query = self.query_for(base, values)
        start = query.index("\nSELECT ")
        head, mark, body = query[start:].partition(" WHERE {")
        variables = {f"?{column}": f"?{variable}" for column, variable in self.things}
        selected = " ".join(variables.get(word, word) for word in head.split(" "))
        return f"{query[:start]}{selected}{mark}{body}"


@cache
def questions() -> tuple[CompetencyQuestion, ...]:
    """Return all bundled questions, sorted by name."""
    paths = (path for path in files(__package__ or "").iterdir() if path.name.endswith(".rq"))
    return tuple(
        read_question(path.name.removesuffix(".rq"), path.read_text("utf-8"))
        for path in sorted(paths, key=lambda path: path.name)
    )


def question_named(name: str) -> CompetencyQuestion | None:
    """Return a bundled question by its name, None for an unknown one."""
    return next((question for question in questions() if question.name == name), None)


def read_question(name: str, text: str) -> CompetencyQuestion:
    """Parse a question from the text of its file; raises ValueError for an invalid header."""
    lines = [line[len(_MARK) :].strip() for line in text.splitlines() if line.startswith(_MARK)]
    fields = [
        (key.strip(), value.strip()) for key, _, value in (line.partition(":") for line in lines)
    ]
    words = [value for key, value in fields if key == "question"]
    columns = [value for key, value in fields if key == "columns"]
    if len(words) != 1 or len(columns) != 1:
        raise ValueError(f"{name}.rq: expected one line `#+ question:` and one `#+ columns:`")
    parameters = tuple(_parameter(value, text) for key, value in fields if key == "parameter")
    missing = next((value for key, value in fields if key == "missing"), None)
    topic = next((value for key, value in fields if key == "topic"), TOPICS[0])
    if topic not in TOPICS:
        raise ValueError(f"{name}.rq: expected one of {', '.join(TOPICS)} as the topic")
    pairs = next((value for key, value in fields if key == "things"), "").split()
    things = tuple((column, variable) for column, _, variable in (p.partition("=") for p in pairs))
    return CompetencyQuestion(
        name,
        words[0],
        parameters,
        tuple(columns[0].split()),
        text,
        missing,
        topic,
        things,
    )


def _parameter(line: str, text: str) -> Parameter:
    parts = line.split(maxsplit=3)
    if len(parts) != len(Parameter.__dataclass_fields__) - 1 or parts[1] not in _KINDS:
        raise ValueError(f"invalid parameter: expected `name kind example meaning`, got {line!r}")
    name, kind, example, meaning = parts
    _, *clauses = text.split(f"VALUES ?{name} {{ ")
    if len(clauses) != 1:
        raise ValueError(f"parameter {name}: expected one `VALUES ?{name} {{ term }}` in the query")
    query_term = clauses[0].partition(" }")[0]
    return Parameter(name, cast("ParameterKind", kind), example, meaning, query_term)
