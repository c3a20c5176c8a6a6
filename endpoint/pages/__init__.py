"""Pages for people: HTML from the server that reads without a script."""
