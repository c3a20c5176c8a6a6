"""Remedies: what a problem in a workbook says, and what to write in place of a wrong value."""
