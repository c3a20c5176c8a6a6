"""Readers that turn sources into validated triples."""
