"""The figures of the pages of things, from the facts and the overviews of these."""
