"""The versions of the graph: the current one, older ones, and their numbers."""
