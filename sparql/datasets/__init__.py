"""The graphs that a query or an update reads: their merge, and datasets of requests."""
