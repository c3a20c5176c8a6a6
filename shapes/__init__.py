"""SHACL shapes, and validation by them."""

from urbansdg.shapes.lexical import check_lexical
from urbansdg.shapes.report import Report
from urbansdg.shapes.validation import MINIMUM, validate, validate_change, validate_store

__all__ = ["MINIMUM", "Report", "check_lexical", "validate", "validate_change", "validate_store"]
