"""The routes of things: documents, mementos, the vocabulary."""
