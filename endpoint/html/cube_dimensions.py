"""The dimensions that break an observation down, beside its sex: their total is the code `_T`."""

from typing import Final

BREAKDOWN_DIMENSIONS: Final = (
    *("sdmx-dimension:age", "usdg:urbanisation", "usdg:incomeQuantile"),
    *("sdmx-dimension:educationLev", "sdmx-dimension:occupation", "usdg:disabilityStatus"),
    *("usdg:economicActivity", "usdg:product", "usdg:compositeBreakdown", "usdg:customBreakdown"),
)
"""Prefixed names; an observation without one of them is about the whole."""
