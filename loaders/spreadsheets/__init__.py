"""Spreadsheet files of any format, and CSV: from bytes to rows of raw cells."""
