"""The load pipeline: find the reader, read, validate, publish, report."""
