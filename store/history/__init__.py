"""The index of the history: one sqlite file that a new version appends to."""
