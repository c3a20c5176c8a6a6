"""The pipeline of a load: find the reader, read, validate, publish, report."""
