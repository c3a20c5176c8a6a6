"""Readers that turn sources into triples, and the way of those into the graph."""

from urbansdg.loaders.draft import Tell
from urbansdg.loaders.load import Guidance, Loaded, initialise, load

__all__ = ["Guidance", "Loaded", "Tell", "initialise", "load"]
