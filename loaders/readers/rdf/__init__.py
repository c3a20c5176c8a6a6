"""Readers of RDF."""
