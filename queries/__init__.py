"""One question per file, with its words, parameters and expected columns."""

from urbansdg.queries.question import Parameter, Question, questions, read_question

__all__ = ["Parameter", "Question", "questions", "read_question"]
