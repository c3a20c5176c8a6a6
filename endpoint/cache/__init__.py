"""Caches of whole responses, and the order in which responses are looked for."""
