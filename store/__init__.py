"""The graph on disk as a sequence of immutable versions."""
