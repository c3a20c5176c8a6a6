"""The home page, the mentions of a thing, and what lists are made of."""
