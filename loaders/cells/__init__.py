"""Cells as officers fill them in: values, or problems with the remedy that fits."""
