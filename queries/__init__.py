"""Competency questions and quality checks, one query per file."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.queries.competency_questions import (
    CompetencyQuestion,
    Parameter,
    questions,
    read_question,
)
from urbansdg.queries.quality_checks import QualityCheck, checks

__all__ = [
    "CompetencyQuestion",
    "Parameter",
    "QualityCheck",
    "checks",
    "questions",
    "read_question",
]
