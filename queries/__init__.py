"""One question per file, with its words, parameters and expected columns; checks of quality."""

from urbansdg.queries.check import Check, checks
from urbansdg.queries.question import Parameter, Question, questions, read_question

__all__ = ["Check", "Parameter", "Question", "checks", "questions", "read_question"]
