"""One question per file, with its words, parameters and expected columns; checks of quality."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.queries.check import Check, checks
from urbansdg.queries.question import Parameter, Question, questions, read_question

__all__ = ["Check", "Parameter", "Question", "checks", "questions", "read_question"]
