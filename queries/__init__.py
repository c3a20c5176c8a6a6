"""One question per file, with its words, parameters and expected columns."""
