"""Drafts: what is read from a source, before it is validated and published."""
