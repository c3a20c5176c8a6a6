"""Readers of indicators and their values."""
