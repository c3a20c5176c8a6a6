"""The routes of things, documents, mementos and vocabularies."""
