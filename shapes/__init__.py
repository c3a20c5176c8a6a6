"""SHACL shapes, and validation of data by them."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.shapes.model.lexical_spaces import check_lexical
from urbansdg.shapes.model.validation_report import Report
from urbansdg.shapes.validation import MINIMUM, validate, validate_change, validate_store

__all__ = ["MINIMUM", "Report", "check_lexical", "validate", "validate_change", "validate_store"]
