"""The pages of single things, by kind."""
