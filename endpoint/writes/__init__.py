"""Writes over HTTP, and the process that publishes them."""
