"""Rows of an answer as Python values.

The mapping from XML Schema datatypes to Python types is in `_PYTHON`. What has no exact counterpart
in Python, or is not in the lexical space of its datatype, stays text: no value is guessed.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Self, overload

if TYPE_CHECKING:  # an extra
    import pandas as pd

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"


class Iri(str):
    """An IRI in an answer. It is a string; its class distinguishes an IRI from a text."""

    __slots__ = ()


class LanguageText(str):
    """A text with a language tag (BCP 47), such as `"서울"@ko`. It is a string."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str) -> Self:
        """Return the text with its language tag."""
        text_with_language = super().__new__(cls, text)
        text_with_language.language = language
        return text_with_language


Value = str | int | float | bool | Decimal | date | datetime | None
"""A value in a row; `Iri` and `LanguageText` are strings, None is an unbound variable."""

Row = dict[str, Value]
"""A row: a value for each variable of the query."""


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text]


_INTEGERS: Final = (
    "integer int long short byte nonNegativeInteger positiveInteger nonPositiveInteger"
    " negativeInteger unsignedInt unsignedLong unsignedShort unsignedByte gYear"
)
_PYTHON: Final[dict[str, Callable[[str], Value]]] = {
    **{f"{_XSD}{name}": int for name in _INTEGERS.split()},
    f"{_XSD}decimal": Decimal,
    f"{_XSD}double": float,
    f"{_XSD}float": float,
    f"{_XSD}boolean": _boolean,
    f"{_XSD}date": date.fromisoformat,
    f"{_XSD}dateTime": datetime.fromisoformat,
}


class Rows(Sequence[Row]):
    """The rows of an answer to SELECT, in the order of the answer.

    `variables` are the names of the columns. `version` is the number of the version of the graph
    that answered: cite it with the query. It is None where the source has no versions.
    """

    def __init__(
        self, variables: tuple[str, ...], rows: Sequence[Row], version: int | None
    ) -> None:
        """Take the columns, the rows and the version."""
        self.variables = variables
        self.version = version
        self._rows = rows

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        """Return a row, or some of them."""
        return self._rows[index]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        """Yield each row."""
        return iter(self._rows)

    def __repr__(self) -> str:
        """Describe the rows by their number and columns."""
        return f"<{len(self)} rows of {', '.join(self.variables)}>"

    def to_pandas(self) -> "pd.DataFrame":
        """Return the rows as a data frame; needs the extra `pandas`, else raises `ImportError`."""
        import pandas as pd

        return pd.DataFrame(list(self._rows), columns=list(self.variables))


def parse_rows(body: bytes, version: int | None) -> Rows:
    """Parse results in JSON (SPARQL 1.1 Query Results JSON Format).

    Raises `ValueError` or `KeyError` for what is not in this format.
    """
    answer = json.loads(body)
    variables = tuple(answer["head"]["vars"])
    rows = [
        {name: _value(binding[name]) if name in binding else None for name in variables}
        for binding in answer["results"]["bindings"]
    ]
    return Rows(variables, rows, version)


def parse_boolean(body: bytes) -> bool:
    """Parse the answer to ASK in JSON; raises `ValueError` or `KeyError` for anything else."""
    return bool(json.loads(body)["boolean"])


def _value(term: dict[str, Any]) -> Value:
    text = str(term["value"])
    if term["type"] == "uri":
        return Iri(text)
    if term["type"] == "bnode":
        return f"_:{text}"
    if "xml:lang" in term:
        return LanguageText(text, term["xml:lang"])
    convert = _PYTHON.get(term.get("datatype", ""))
    if convert is None:
        return text
    try:
        return convert(text)
    except (ValueError, ArithmeticError, KeyError):  # not in the lexical space of Python's type
        return text
