"""Code that gets the answer to a question: for curl, Python and R, to be copied."""

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class QuestionCode:
    """A program that gets an answer: the name of its language, and its text."""

    language: str
    text: str


_CURL: Final = "curl --fail --output {file} '{address}'"
_PYTHON: Final = """\
import csv, io, urllib.request

address = {address}
with urllib.request.urlopen(address) as answer:
    rows = list(csv.DictReader(io.TextIOWrapper(answer, "utf-8")))
print(len(rows), "rows")"""
_R: Final = """\
address <- {address}
rows <- read.csv(address, encoding = "UTF-8")
print(nrow(rows))"""


def code_for(
    base: str, name: str, pairs: tuple[tuple[str, str], ...], version: int | None
) -> tuple[QuestionCode, ...]:
    """Return the code for a question with values, of a version where there are versions.

    The address has percent-encoding for all that could end a string of a language.
    """
    pinned = () if version is None else (("version", str(version)),)
    query = urlencode((*pairs, *pinned, ("format", "csv")), safe="")
    address = f"{base}/questions/{name}?{query}"
    return (
        QuestionCode("curl", _CURL.format(file=f"{name}.csv", address=address)),
        QuestionCode("Python", _PYTHON.format(address=json.dumps(address))),
        QuestionCode("R", _R.format(address=json.dumps(address))),
    )
