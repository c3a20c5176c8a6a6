"""The small default dataset: facts with their sources, as tables."""
