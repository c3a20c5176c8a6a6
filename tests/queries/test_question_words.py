"""The words of the questions in the languages of the pages."""

import csv
import io
from importlib.resources import files

import pytest

from urbansdg.endpoint.html.interface_texts import LANGUAGES
from urbansdg.queries import questions
from urbansdg.queries.question_words import column_words, question_words

_QUESTIONS = questions()


def _rows() -> list[dict[str, str]]:
    text = files("urbansdg.queries").joinpath("words.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_question_parameter_and_column_has_words_and_nothing_else_has() -> None:
    """The file has the words of each question, parameter and column, once, and no others."""
    keys = [row["key"] for row in _rows()]
    columns = {f"column.{column}" for question in _QUESTIONS for column in question.columns}
    parameters = {f"{q.name}.{parameter.name}" for q in _QUESTIONS for parameter in q.parameters}
    assert sorted(keys) == sorted({question.name for question in _QUESTIONS} | columns | parameters)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_there_in_every_language_of_the_pages(language: str) -> None:
    """No text lacks a language, and none is the English one under another name."""
    rows = _rows()
    assert [row["key"] for row in rows if not row[language].strip()] == []
    names = {question.name for question in _QUESTIONS}
    same = [row["key"] for row in rows if row["key"] in names and row[language] == row["en"]]
    assert same == [] or language == "en"


def test_the_english_words_are_those_of_the_headers() -> None:
    """The English words of the file are those in the header of each query."""
    for question in _QUESTIONS:
        assert question_words(question.name, "en") == question.words
        for parameter in question.parameters:
            assert question_words(f"{question.name}.{parameter.name}", "en") == parameter.meaning


def test_a_language_without_words_has_the_english_ones() -> None:
    """A language that the pages do not have gets English."""
    assert column_words(("city",), "de") == {"city": "City"}
