"""Changes to the graph: edits, forks, and their provenance."""
