"""Readers of countries and cities."""
