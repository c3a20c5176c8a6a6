"""Drafts: the triples of a source, before they are validated and published."""
