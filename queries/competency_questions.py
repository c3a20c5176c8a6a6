"""Competency questions: one `.rq` file each, with the question in words in its header.

A header line begins with `#+` and is `question:`, `parameter:` (name, type, an example in SPARQL
syntax, its meaning), `columns:`, or `missing:` with the facts for an answer that the bundled data
lacks. The query has the example in `VALUES ?name { example }`. IRIs of an installation are relative
to its base URI: `<id/city/2988507>`.
"""

from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, cast, get_args

ParameterKind = Literal["iri", "integer", "decimal", "string", "date", "year"]
_MARK = "#+"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the caller provides; `example` is the one in the query."""

    name: str
    kind: ParameterKind
    example: str
    meaning: str


@dataclass(frozen=True, slots=True)
class CompetencyQuestion:
    """A question in words, its query, and the columns of its answer.

    `missing` names the facts without which the bundled data gives no answer.
    """

    name: str
    words: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    text: str
    missing: str | None = None

    def query_for(self, base: str) -> str:
        """Return the query for an installation, so that it can be sent from anywhere.

        `base` is the base URI of the installation, without a slash at the end (SPARQL 1.1, 4.1.1).
        """
        return f"BASE <{base}/>\n{self.text}"


def questions() -> tuple[CompetencyQuestion, ...]:
    """Return all bundled questions, sorted by name."""
    paths = (path for path in files(__package__ or "").iterdir() if path.name.endswith(".rq"))
    return tuple(
        read_question(path.name.removesuffix(".rq"), path.read_text("utf-8"))
        for path in sorted(paths, key=lambda path: path.name)
    )


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
    parameters = tuple(_parameter(value) for key, value in fields if key == "parameter")
    missing = next((value for key, value in fields if key == "missing"), None)
    return CompetencyQuestion(name, words[0], parameters, tuple(columns[0].split()), text, missing)


def _parameter(line: str) -> Parameter:
    parts = line.split(maxsplit=3)
    if len(parts) != len(Parameter.__dataclass_fields__) or parts[1] not in get_args(ParameterKind):
        raise ValueError(f"invalid parameter: expected `name type example meaning`, got {line!r}")
    name, kind, example, meaning = parts
    return Parameter(name, cast("ParameterKind", kind), example, meaning)
