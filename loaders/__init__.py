"""Readers that turn sources into triples, and the way of those into the graph."""

from urbansdg.loaders.draft import Tell
from urbansdg.loaders.load import Loaded, initialise, load

__all__ = ["Loaded", "Tell", "initialise", "load"]
