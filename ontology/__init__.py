"""The published vocabulary: names, IRIs and the Turtle files."""
