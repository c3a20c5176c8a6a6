"""Forgetting: persons and other things leave every version, and their bytes every file."""
