"""The home page, lists, and the search."""
