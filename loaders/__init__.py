"""Loaders: read sources into triples and load them into the graph."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.loaders.drafts.draft import ReportProgress
from urbansdg.loaders.pipeline.load import LoadOptions, LoadResult, initialise, load

__all__ = ["LoadOptions", "LoadResult", "ReportProgress", "initialise", "load"]
