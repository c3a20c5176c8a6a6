"""Competency questions and quality checks, one query per file."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.queries.competency_questions import (
    TOPICS,
    CompetencyQuestion,
    InvalidParameter,
    Parameter,
    question_named,
    questions,
    read_question,
)
from urbansdg.queries.parameter_values import THING_KINDS, InvalidValue, ParameterKind, term_of
from urbansdg.queries.quality_checks import QualityCheck, checks

__all__ = [
    "THING_KINDS",
    "TOPICS",
    "CompetencyQuestion",
    "InvalidParameter",
    "InvalidValue",
    "Parameter",
    "ParameterKind",
    "QualityCheck",
    "checks",
    "question_named",
    "questions",
    "read_question",
    "term_of",
]
